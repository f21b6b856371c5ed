"""The thread that a broker runs in: it ends cleanly, whoever is still asking."""

from __future__ import annotations

from threading import Event, Thread, get_ident
from unittest import TestCase, mock

from twisted.internet.defer import CancelledError, Deferred

from fakebroker.testing.background import loop
from fakebroker.testing.background.answer import ThreadAnswer
from fakebroker.testing.background.loop import Loop
from fakebroker.testing.background.worker import Worker, make_reactor

SECONDS = 30


class Ending(TestCase):
    def setUp(self) -> None:
        self.loop = Loop()
        self.loop.start()
        self.addCleanup(self.loop.stop)

    def test_who_tells_it_to_end_may_wake_it_late(self) -> None:
        wake = self.loop.reactor.waker.wakeUp

        def late() -> None:
            wake()
            self.loop._worker.gone.wait(0.2)
            wake()

        self.loop.reactor.waker.wakeUp = late
        self.loop.stop()
        self.assertFalse(self.loop.alive)

    def test_what_is_asked_while_it_ends_is_answered(self) -> None:
        busy, go_on, answers = Event(), Event(), []
        self.loop.submit(busy.set)
        self.loop.submit(lambda: go_on.wait(SECONDS))
        self.assertTrue(busy.wait(SECONDS))
        ending = Thread(target=self.loop.stop)
        ending.start()
        asking = Thread(target=lambda: answers.append(self.loop.call(lambda: "an answer")))
        asking.start()
        go_on.set()
        asking.join(SECONDS)
        ending.join(SECONDS)
        self.assertEqual(answers, ["an answer"])

    def test_who_waits_for_something_that_can_not_happen_any_more_is_told(self) -> None:
        never: Deferred[None] = Deferred()
        waiting: ThreadAnswer[None] = self.loop.call(lambda: self.loop.promise(never, 1e6))
        self.loop.stop()
        with self.assertRaises(CancelledError):
            waiting.result(SECONDS)

    def test_an_error_in_its_last_calls_is_kept_and_the_others_are_made(self) -> None:
        made: list[str] = []
        self.loop.at_last(lambda: made.append("first"))
        self.loop.at_last(lambda: 1 // 0)
        self.loop.at_last(lambda: made.append("last"))
        self.loop.stop()
        self.assertEqual(made, ["first", "last"])
        self.assertEqual([failure.type for failure in self.loop.failures()], [ZeroDivisionError])

    def test_one_that_does_not_end_says_where_it_is(self) -> None:
        busy, go_on = Event(), Event()

        def never_comes_back() -> None:
            busy.set()
            go_on.wait(SECONDS)

        self.loop.submit(never_comes_back)
        self.assertTrue(busy.wait(SECONDS))
        with mock.patch.object(loop, "PATIENCE", 0), mock.patch.object(loop, "SECOND_TRY", 0):
            with self.assertRaisesRegex(RuntimeError, "(?s)does not end: what was called .* in never_comes_back"):
                self.loop.stop()
        go_on.set()

    def test_one_that_was_never_started_can_be_ended(self) -> None:
        other = Loop()
        other.stop()
        self.assertEqual(other.call(get_ident), get_ident(), "its caller does what nobody else will")

    def test_it_can_be_ended_twice(self) -> None:
        self.loop.stop()
        self.loop.stop()
        self.assertEqual(self.loop.call(lambda: 1 + 1), 2)


class Workers(TestCase):
    def test_one_that_is_told_twice_to_begin_has_one_thread(self) -> None:
        worker = Worker()
        worker.spawn()
        thread = worker.thread
        worker.spawn()
        self.assertIs(worker.thread, thread)
        self.assertTrue(worker.ready.wait(SECONDS))
        self.assertFalse(worker.join(0), "it works until it is told to end")
        worker.end()
        self.assertTrue(worker.join(SECONDS))

    def test_one_that_is_told_to_end_before_it_is_ready_does(self) -> None:
        def made_late() -> object:
            worker.end()
            return make_reactor()

        worker = Worker()
        with mock.patch("fakebroker.testing.background.worker.make_reactor", made_late):
            worker.spawn()
            self.assertTrue(worker.join(SECONDS))
        self.assertEqual(worker.failures, [])

    def test_where_no_thread_can_be_started_nobody_waits_for_one(self) -> None:
        worker = Worker()
        with mock.patch.object(Thread, "start", side_effect=RuntimeError("can't start new thread")):
            worker.spawn()
        self.assertTrue(worker.gone.happened and worker.ready.happened)
        self.assertEqual([failure.getErrorMessage() for failure in worker.failures], ["can't start new thread"])

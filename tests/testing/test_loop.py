"""The thread that a broker runs in: it ends cleanly, whoever is still asking."""

from __future__ import annotations

from threading import Event, Thread
from unittest import TestCase

from twisted.internet.defer import CancelledError, Deferred

from fakebroker.testing.background.answer import ThreadAnswer
from fakebroker.testing.background.loop import Loop

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

    def test_it_can_be_ended_twice(self) -> None:
        self.loop.stop()
        self.loop.stop()
        self.assertEqual(self.loop.call(lambda: 1 + 1), 2)

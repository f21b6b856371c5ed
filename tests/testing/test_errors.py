"""Errors in the broker's thread reach the test, and what can not work is refused rather than waited for."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest import TestCase, skipUnless

import pika
from twisted.logger import globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase

import fakebroker
from fakebroker.server.protocol import BrokerProtocol
from fakebroker.testing.memory_broker import MemoryBroker

NOTES = skipUnless(hasattr(Exception, "add_note"), "Python 3.10 has no notes on exceptions")


def connect(broker: fakebroker.RunningBroker) -> None:
    pika.BlockingConnection(pika.URLParameters(broker.url)).close()


class Mistake(Exception):
    """A test's own."""


def fails(*_: object) -> Any:
    raise Mistake("made by a function of the test")


class Told(SynchronousTestCase):
    def tearDown(self) -> None:
        self.flushLoggedErrors(Mistake, SystemExit)

    def watched(self, broker: fakebroker.RunningBroker, watcher: Any = fails) -> None:
        broker.journal.watch(watcher)
        connect(broker)

    def test_what_a_function_of_the_test_raised_is_raised_where_the_block_ends(self) -> None:
        with self.assertRaisesRegex(Mistake, "made by a function"), fakebroker.running() as broker:
            self.watched(broker)

    def test_by_stop_too(self) -> None:
        running = fakebroker.running()
        self.watched(running.start())
        self.assertRaises(Mistake, running.stop)
        running.stop()

    def test_by_stop_of_the_broker_too(self) -> None:
        broker = fakebroker.running().start()
        self.watched(broker)
        self.assertRaises(Mistake, broker.stop)

    def test_in_asyncio_too(self) -> None:
        async def scenario() -> None:
            async with fakebroker.running() as broker:
                await asyncio.get_running_loop().run_in_executor(None, self.watched, broker)

        self.assertRaises(Mistake, asyncio.run, scenario())

    def test_what_is_not_for_this_thread_comes_in_an_error_that_is(self) -> None:
        def leaves(_: object) -> None:
            raise SystemExit(3)

        with self.assertRaisesRegex(RuntimeError, "SystemExit was raised in the broker's thread"):
            with fakebroker.running() as broker:
                broker._loop.submit(lambda: broker._loop.reactor.callLater(0, leaves, None)).result()
                connect(broker)

    def test_what_the_reactor_itself_has_caught_is_raised_there_too(self) -> None:
        with self.assertRaises(Mistake), fakebroker.running() as broker:
            broker._loop.call(lambda: self.patch(BrokerProtocol, "dataReceived", fails))
            with self.assertRaises(pika.exceptions.AMQPError):
                connect(broker)
        self.flushLoggedErrors(Mistake)

    @NOTES
    def test_it_is_a_note_to_an_error_that_is_under_way(self) -> None:
        with self.assertRaises(ValueError) as caught, fakebroker.running() as broker:
            self.watched(broker)
            raise ValueError("the test's")
        notes = "".join(caught.exception.__notes__)
        self.assertIn("Mistake: made by a function", notes)

    @NOTES
    def test_the_conversation_is_shown_with_it(self) -> None:
        with self.assertRaises(Mistake) as caught, fakebroker.running() as broker:
            self.watched(broker)
        self.assertIn("connection.open-ok", "".join(caught.exception.__notes__))

    def test_the_errors_of_one_broker_are_not_anothers(self) -> None:
        with fakebroker.running() as other:
            with self.assertRaises(Mistake), fakebroker.running() as broker:
                self.watched(broker)
            connect(other)

    def test_what_was_raised_in_the_caller_is_not_raised_again(self) -> None:
        with fakebroker.running() as broker, self.assertRaises(KeyError):
            broker.vhosts["nowhere"]

    def test_no_observer_stays(self) -> None:
        before = list(globalLogPublisher._observers)
        with fakebroker.running() as broker:
            connect(broker)
        self.assertEqual(list(globalLogPublisher._observers), before)


class Predicates(SynchronousTestCase):
    """A predicate that raises ends the wait that it was given to, and nothing else."""

    def test_the_wait_fails_with_what_it_raised(self) -> None:
        broker = MemoryBroker()
        waiting = broker.journal.wait_for("connection.open", vhost=fails)
        broker.connect()
        self.failureResultOf(waiting, Mistake)
        self.assertEqual(len(broker.connections), 1)

    def test_so_does_one_that_is_asked_about_what_has_passed(self) -> None:
        broker = MemoryBroker()
        broker.connect()
        with self.assertRaises(Mistake):
            broker.result(broker.journal.wait_for("connection.open", vhost=fails))
        self.assertEqual(broker.clock.seconds(), 0)

    def test_and_in_another_thread(self) -> None:
        with fakebroker.running() as broker:
            connect(broker)
            with self.assertRaises(Mistake):
                broker.journal.wait_for("connection.open", vhost=fails)
            connect(broker)


class Refused(TestCase):
    def test_a_function_called_by_the_broker_may_not_wait_for_the_broker(self) -> None:
        told: list[str] = []

        def waits(_: object) -> bool:
            for call in (lambda: broker.journal.wait_for("basic.publish"), broker.stop, running.stop):
                try:
                    call()
                except RuntimeError as error:
                    told.append(str(error).partition(" the broker at ")[0])
            return True

        running = fakebroker.running()
        with running as broker:
            broker.journal.watch(lambda entry: told or waits(entry))
            connect(broker)
        here = "() waits, and was called in the thread of"
        self.assertEqual(told, [f"wait_for{here}", f"stop{here}", f"stop{here}"])

    def test_attributes_that_do_not_exist_can_not_be_set(self) -> None:
        with fakebroker.running() as broker:
            with self.assertRaisesRegex(AttributeError, "no attribute 'heartbeet'; did you mean 'heartbeat'"):
                broker.tuning.heartbeet = 5  # type: ignore[attr-defined]
            with self.assertRaisesRegex(AttributeError, "no attribute 'seeed'; did you mean 'seed'"):
                broker.seeed = 1
            with self.assertRaises(AttributeError):
                broker.port = 1  # type: ignore[misc]
            broker.tuning.heartbeat = 5
            self.assertEqual(broker.tuning.heartbeat, 5)

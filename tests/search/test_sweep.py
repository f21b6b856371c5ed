"""What a sweep finds, and what it does not."""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Generator
from functools import partial
from typing import Any, cast
from unittest import TestCase, mock

import aio_pika
import pika
from aiormq.exceptions import AMQPError
from twisted.internet.defer import Deferred, inlineCallbacks
from txamqp.client import Closed
from txamqp.queue import Closed as QueueClosed
from txamqp.queue import Empty

from connector import AmqpConnector, ConnectorError
from fakebroker import explore, memory, sweep
from fakebroker.errors import RuleError
from fakebroker.search.endless import limited_memory
from fakebroker.search.engine import CannotSweep
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.report import Report
from fakebroker.testing import MemoryBroker, txamqp_client
from tests.search.scenarios import conversation

ENDS = (ConnectorError, Closed, QueueClosed, Empty)


def ends(report: Report) -> dict[str, str]:
    """How each case that was run has ended."""
    return {str(each.case): each.kind.value for each in report.outcomes if each.kind.ran}


@inlineCallbacks
def greeting(broker: MemoryBroker) -> Generator[Any, Any, None]:
    """A short conversation, which puts away what it has opened."""
    connector = AmqpConnector(endpoint=broker.endpoint(), clock=broker.clock, heartbeat=10)
    try:
        yield connector.connect()
        yield connector.authenticate()
    finally:
        yield connector.disconnect()


class TheConnector(TestCase):
    def test_its_plain_conversation_has_only_ends_that_are_allowed(self) -> None:
        report = sweep(conversation, faults="all,-burst-loss", allow=ENDS)  # txAMQP has no limit for an answer's time
        self.assertFalse(report.found, report)
        self.assertGreater(report.count(Kind.PASSED), 250)

    def test_without_heartbeats_a_black_hole_lets_it_wait_for_ever(self) -> None:
        @inlineCallbacks
        def silent(broker: MemoryBroker) -> Generator[Any, Any, None]:
            connector = AmqpConnector(endpoint=broker.endpoint(), clock=broker.clock)
            try:
                yield connector.connect()
                yield connector.authenticate()
                channel = yield connector.channel_open()
                yield channel.queue_declare(queue="letters")
            finally:
                yield connector.disconnect()

        report = sweep(silent, faults="blackhole,reset", allow=ENDS, jobs=1)
        hung = [case for case, end in ends(report).items() if end == "hung"]
        self.assertEqual(hung, ["1:in:queue.declare:1 blackhole", "1:out:queue.declare-ok:1 blackhole"])


class Ends(TestCase):
    """How a case can end."""

    def test_an_error_that_is_not_allowed_is_a_failure_and_its_place_is_told(self) -> None:
        report = sweep(greeting, faults="reset", jobs=1)
        first = report.failures[0]
        self.assertEqual(str(first.case), "1:in:connect:1 reset")
        self.assertRegex(first.error, "^ConnectionLost: the connection was lost: ")
        self.assertRegex(first.place, r"^connector/connector\.py:\d+ in _wait$")
        self.assertIn('"kind": "rule"', first.transcript)

    def test_one_that_is_allowed_is_none(self) -> None:
        self.assertFalse(sweep(greeting, faults="reset", allow=ConnectorError, jobs=1).found)

    def test_an_error_may_be_allowed_for_one_fault_or_for_a_family(self) -> None:
        report = sweep(greeting, faults="reset,close", allow_for={"reset": ENDS}, jobs=1)
        self.assertEqual({fault for each in report.failures for _, fault in each.case.faults}, {"close"})
        self.assertFalse(sweep(greeting, faults="reset,close", allow_for={"network": ENDS}, jobs=1).found)

    def test_the_state_is_checked_at_the_end_of_each_run(self) -> None:
        def nobody_there(broker: MemoryBroker) -> None:
            assert broker.journal.find("connection.close"), "it did not say goodbye"

        report = sweep(greeting, faults="delay,reset", check=nobody_there, allow=ConnectorError, jobs=1)
        self.assertIn("AssertionError: it did not say goodbye", [group.error for group in report.groups])

    def test_what_nobody_catches_is_a_failure(self) -> None:
        @inlineCallbacks
        def careless(broker: MemoryBroker) -> Generator[Any, Any, None]:
            connector = AmqpConnector(endpoint=broker.endpoint(), clock=broker.clock)
            try:
                yield connector.connect()
                connector.authenticate()  # nobody looks what becomes of it
                gone: Deferred[None] = Deferred()
                broker.clock.callLater(10, gone.callback, None)
                yield gone
            finally:
                yield connector.disconnect()

        report = sweep(careless, faults="reset", allow=ConnectorError, only="1:in:connection.open:1 reset")
        self.assertEqual([each.error.partition(":")[0] for each in report.failures], ["nobody caught"])

    def test_it_is_told_in_the_run_in_which_it_happened_where_that_ends_with_an_error(self) -> None:
        @inlineCallbacks
        def forgetful(broker: MemoryBroker) -> Generator[Any, Any, None]:
            client = yield txamqp_client(broker)
            channel = yield client.channel(1)
            yield channel.channel_open()
            answer = channel.queue_declare(queue="jobs")  # nobody looks what becomes of it
            second = yield client.channel(2)
            yield second.channel_open()
            client.transport.loseConnection()
            del answer

        report = sweep(forgetful, faults="reset,close-connection,close-channel-406", allow=Closed, jobs=1)
        self.assertTrue(report.failures)
        for outcome in report.failures:
            self.assertEqual("closed by a rule" in outcome.error, "close-" in str(outcome.case))
            alone = sweep(forgetful, only=str(outcome.case), allow=Closed)
            self.assertEqual([each.error for each in alone.failures], [outcome.error])

    def test_a_connection_that_is_left_open_is_told(self) -> None:
        @inlineCallbacks
        def leaving(broker: MemoryBroker) -> Generator[Any, Any, None]:
            connector = AmqpConnector(endpoint=broker.endpoint(), clock=broker.clock)
            yield connector.connect()
            yield connector.authenticate()
            channel = yield connector.channel_open()
            yield channel.queue_declare(queue="q")
            yield connector.disconnect()

        report = sweep(leaving, faults="close-channel-406", allow=ConnectorError, jobs=1)
        self.assertEqual([each.kind for each in report.failures], [Kind.LEFT])
        self.assertEqual(report.failures[0].error, "connections that are still open: connection 1")

    def test_what_goes_on_and_on_while_no_time_passes_is_ended(self) -> None:
        @inlineCallbacks
        def stubborn(broker: MemoryBroker) -> Generator[Any, Any, None]:
            connector = AmqpConnector(endpoint=broker.endpoint(), clock=broker.clock)
            try:
                yield connector.connect()
            except ConnectorError:
                while True:
                    pass
            finally:
                yield connector.disconnect()

        with mock.patch("fakebroker.search.engine.PROCESSOR_SECONDS", 0.05):
            [outcome] = sweep(stubborn, only="1:in:connect:1 reset").failures
        self.assertEqual((outcome.kind, outcome.error), (Kind.HUNG, "it goes on and on, and no time passes"))

    def test_what_takes_more_and_more_memory_is_ended_and_the_next_run_has_its_own(self) -> None:
        @inlineCallbacks
        def greedy(broker: MemoryBroker) -> Generator[Any, Any, None]:
            connector = AmqpConnector(endpoint=broker.endpoint(), clock=broker.clock)
            try:
                yield connector.connect()
            except ConnectorError:
                taken = []
                while True:
                    taken.append(bytearray(10_000_000))
            finally:
                yield connector.disconnect()

        with mock.patch("fakebroker.search.workers.limited_memory", partial(limited_memory, 200_000_000)):
            report = sweep(greedy, faults="reset,delay", jobs=2)
        error = "it takes more and more memory, and no time passes"
        found = {(fault, each.kind, each.error) for each in report.failures for _, fault in each.case.faults}
        self.assertEqual(found, {("reset", Kind.HUNG, error)})

    def test_a_process_that_is_gone_is_told_and_the_others_go_on(self) -> None:
        @inlineCallbacks
        def fatal(broker: MemoryBroker) -> Generator[Any, Any, None]:
            connector = AmqpConnector(endpoint=broker.endpoint(), clock=broker.clock)
            try:
                yield connector.connect()
            except ConnectorError:
                os._exit(3)
            finally:
                yield connector.disconnect()

        report = sweep(fatal, faults="reset,close,delay", jobs=2)
        self.assertIn("it ended its process with status 3", [each.error for each in report.failures])
        self.assertGreater(report.count(Kind.PASSED), 2)


class Telling(TestCase):
    """How far it is."""

    def test_a_function_is_called_with_each_outcome(self) -> None:
        told: list[Outcome] = []
        report = sweep(greeting, faults="delay", progress=told.append)
        self.assertEqual(told, [each for each in report.outcomes if each.case.faults and each.kind.ran])

    def test_a_bar_is_drawn_and_taken_away(self) -> None:
        class Terminal(io.StringIO):
            def isatty(self) -> bool:
                return True

        with mock.patch("sys.stderr", Terminal()) as terminal:
            report = sweep(greeting, faults="delay", progress=True, jobs=1)
        count = sum(each.kind.ran for each in report.outcomes) - 1
        *_, last, blank, end = terminal.getvalue().split("\r")
        self.assertIn(f"{count} of {count} cases", last)
        self.assertEqual((blank.strip(), end), ("", ""))


class CannotBegin(TestCase):
    def test_a_scenario_that_fails_without_a_fault(self) -> None:
        def wrong(broker: MemoryBroker) -> None:
            raise ValueError("no")

        with self.assertRaisesRegex(CannotSweep, r"without a fault, .*: ValueError: no \(.*:\d+ in wrong\)"):
            sweep(wrong)

    def test_its_conversation_is_shown(self) -> None:
        def wrong(broker: MemoryBroker) -> None:
            pika.BlockingConnection(pika.URLParameters(broker.url)).channel().queue_declare("jobs", passive=True)

        with self.assertRaises(CannotSweep) as caught:
            sweep(wrong)
        self.assertRegex(str(caught.exception), r"(?s)NOT_FOUND.*\n .*queue.declare .*\n .*channel.close  ")

    def test_one_that_never_ends(self) -> None:
        with self.assertRaisesRegex(CannotSweep, "it waits for what never comes"):
            sweep(lambda broker: Deferred())

    def test_one_that_uses_no_broker(self) -> None:
        with self.assertRaisesRegex(CannotSweep, "nothing has crossed"):
            sweep(lambda broker: None)

    def test_one_inside_the_block_of_another_broker(self) -> None:
        for search in (sweep, explore):
            with memory(), self.assertRaisesRegex(RuntimeError, "can't be called inside another one's block"):
                search(greeting)

    def test_a_case_that_can_not_come(self) -> None:
        for case, told in (
            ("1:in:connect:1 nack", "nack acts on what goes out to the client, so never on connect"),
            ("1:in:basic.get:1 reset", "without a fault there is no crossing 1:in:basic.get:1$"),
            (
                "1:in:connect:9 reset",
                "no crossing 1:in:connect:9, but 1 of connect in, the last of them 1:in:connect:1$",
            ),
        ):
            with self.assertRaisesRegex(CannotSweep, f"{case}: .*{told}"):
                sweep(greeting, only=case)

    def test_two_runs_that_differ_are_noted(self) -> None:
        begun: list[MemoryBroker] = []

        @inlineCallbacks
        def other_each_time(broker: MemoryBroker) -> Generator[Any, Any, None]:
            begun.append(broker)
            for _ in begun:
                yield greeting(broker)

        report = sweep(other_each_time, faults="delay", only="1:in:connect:1 delay")
        note = "two runs without a fault differ from 1:in:end:1 on, where the other has 2:in:connect:1: "
        self.assertIn(f"{note}what was found may not be found again", report.notes)

    def test_what_is_wrong_is_named(self) -> None:
        wrong: list[tuple[str, Any, str]] = [
            ("faults", "rest", "there is no fault 'rest'; did you mean"),
            ("only", "1:in:connect:1 rset", "there is no fault 'rset'; did you mean 'reset'"),
            ("only", "connect reset", "no address of a crossing"),
            ("world", "twistd", "did you mean 'twisted'"),
            ("allow", "ConnectionLost", "a type of errors such as ConnectionError"),
            ("allow_for", {"rest": OSError}, "did you mean 'reset'"),
            ("within", -1, "within is a number of seconds from 0"),
            ("jobs", 0, "jobs is a whole number from 1"),
            ("pairs", -1, "pairs is a whole number from 0"),
            ("check", 3, "check is a function that takes the broker"),
        ]
        for name, value, told in wrong:
            with self.subTest(name), self.assertRaises((RuleError, TypeError, ValueError)) as caught:
                sweep(greeting, **cast(Any, {name: value}))
            self.assertIn(told, str(caught.exception))

    def test_a_scenario_takes_the_broker(self) -> None:
        with self.assertRaisesRegex(TypeError, "called with the broker, and nothing else"):
            sweep(lambda: None)


async def consumer(broker: MemoryBroker) -> None:
    """As many are: nobody handles a cancel of the broker."""
    connection = await aio_pika.connect(broker.url)
    async with connection:
        channel = await connection.channel()
        queue = await channel.declare_queue("jobs")
        for _ in range(2):
            await channel.default_exchange.publish(aio_pika.Message(b"job"), "jobs")
        done = 0
        async with queue.iterator() as jobs:
            async for job in jobs:
                await job.ack()
                done += 1
                if done == 2:
                    return


def blocking(broker: MemoryBroker) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        channel.queue_declare("jobs")
        channel.basic_publish("", "jobs", b"job")


class OtherClients(TestCase):
    def test_a_consumer_of_aio_pika_hangs_wherever_its_consumer_is_cancelled(self) -> None:
        report = sweep(consumer, faults="cancel-consumer", allow=(AMQPError, ConnectionError))
        tried = {case: end for case, end in ends(report).items() if "cancel" in case}
        self.assertEqual(list(tried), [f"1:out:{name} cancel-consumer" for name in
                                       ("basic.consume-ok:1", "basic.deliver:1", "basic.deliver:2")])  # fmt: skip
        self.assertEqual({*tried.values()}, {"hung"})
        self.assertEqual([group.place.rpartition(" ")[2] for group in report.groups], ["consumer"])

    def test_one_that_goes_on_after_it_has_hung_is_left_some_time_and_no_more(self) -> None:
        async def stubborn(broker: MemoryBroker) -> None:
            reader, writer = await asyncio.open_connection("localhost", 5672)
            writer.write(b"AMQP\0\0\x09\x01")
            try:
                await reader.readexactly(8)
            except Exception:
                while True:
                    await asyncio.sleep(1)
            writer.close()

        [_, outcome] = sweep(stubborn, only="1:in:connect:1 blackhole", within=3600).outcomes
        self.assertIs(outcome.kind, Kind.HUNG)
        self.assertLess(outcome.seconds, 100)

    def test_a_client_that_blocks(self) -> None:
        report = sweep(blocking, faults="reset,delay", allow=pika.exceptions.AMQPError)
        self.assertFalse(report.found, report)
        self.assertGreater(report.count(Kind.PASSED), 20)

    def test_an_error_in_a_task_that_nobody_waits_for_is_a_failure(self) -> None:
        async def forgotten(channel: aio_pika.abc.AbstractChannel) -> None:
            try:
                await channel.declare_queue("jobs")
            except AMQPError:
                raise ValueError("nobody looks") from None

        async def careless(broker: MemoryBroker) -> None:
            connection = await aio_pika.connect(broker.url)
            async with connection:
                channel = await connection.channel()
                tasks = [asyncio.create_task(forgotten(channel))]
                await asyncio.wait(tasks)
                del tasks

        allowed = (AMQPError, ConnectionError)
        [outcome] = sweep(careless, allow=allowed, only="1:in:queue.declare:1 close-channel-406").failures
        self.assertEqual((outcome.kind, outcome.error), (Kind.FAILED, "nobody caught: ValueError: nobody looks"))
        self.assertRegex(outcome.place, r":\d+ in forgotten$")

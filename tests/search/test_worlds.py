"""Scenarios of asyncio, of clients that block and of Twisted: what is told of each kind when it goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import io
import subprocess
import sys
import threading
from collections.abc import Callable, Generator
from typing import Any
from unittest import TestCase

import pika
from twisted.internet.defer import Deferred, inlineCallbacks

from fakebroker import sweep
from fakebroker.search.engine import CannotSweep
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.run import WrongWorld
from fakebroker.testing import MemoryBroker, txamqp_client
from tests.search.scenarios import conversation

CONNECT = "1:in:connect:1"


def outcome_of(scenario: Callable[..., object], case: str, **options: Any) -> Outcome:
    """What one case comes to."""
    return sweep(scenario, only=case, **options).outcomes[-1]


async def greet(broker: MemoryBroker) -> bool:
    """Begin a conversation, and tell whether the broker has answered. It does not end while the broker is silent."""
    reader, writer = await asyncio.open_connection("localhost", 5672)
    writer.write(b"AMQP\0\0\x09\x01")
    try:
        return bool(await reader.read(8))
    except ConnectionError:
        return False
    finally:
        writer.close()


def block(broker: MemoryBroker) -> None:
    pika.BlockingConnection(pika.URLParameters(broker.url)).close()


class Coroutines(TestCase):
    def test_one_that_catches_what_tells_it_that_it_hangs_has_hung(self) -> None:
        async def shrugging(broker: MemoryBroker) -> None:
            with contextlib.suppress(AssertionError):
                await greet(broker)

        found = outcome_of(shrugging, f"{CONNECT} blackhole")
        self.assertEqual((found.kind, found.error), (Kind.HUNG, "it waits for what never comes"))
        self.assertRegex(found.place, r"test_worlds\.py:\d+ in greet$")

    def test_one_that_waits_again_whatever_it_is_told_has_hung_and_the_next_run_begins_anew(self) -> None:
        async def stubborn(broker: MemoryBroker) -> None:
            if not await greet(broker):
                while True:
                    with contextlib.suppress(AssertionError):
                        await asyncio.Future()

        report = sweep(stubborn, only=(f"{CONNECT} reset", f"{CONNECT} delay", f"{CONNECT} reset"))
        self.assertEqual([each.kind for each in report.outcomes[1:]], [Kind.HUNG, Kind.PASSED, Kind.HUNG])
        self.assertEqual({each.error for each in report.failures}, {"it waits for what never comes"})

    def test_a_task_that_exits_is_the_end_of_its_run_alone(self) -> None:
        async def leaving() -> None:
            sys.exit(3)

        async def exiting(broker: MemoryBroker) -> None:
            if not await greet(broker):
                await asyncio.create_task(leaving())

        report = sweep(exiting, only=(f"{CONNECT} reset", f"{CONNECT} delay"))
        self.assertEqual([(each.kind, each.error) for each in report.outcomes[1:]],
                         [(Kind.FAILED, "SystemExit: 3"), (Kind.PASSED, "")])  # fmt: skip
        self.assertIs(outcome_of(exiting, f"{CONNECT} reset", allow=SystemExit).kind, Kind.PASSED)

    def test_what_the_event_loop_is_told_without_an_error_counts_as_one(self) -> None:
        async def losing(broker: MemoryBroker) -> None:
            if not await greet(broker):
                asyncio.get_running_loop().call_exception_handler({"message": "a callback is lost"})

        found = outcome_of(losing, f"{CONNECT} reset")
        self.assertEqual((found.kind, found.error, found.place),
                         (Kind.FAILED, "nobody caught: RuntimeError: a callback is lost", ""))  # fmt: skip

    def test_its_check_may_be_a_coroutine_too(self) -> None:
        async def answered(broker: MemoryBroker) -> None:
            assert broker.journal.find("connection.start"), "no answer"

        found = outcome_of(greet, f"{CONNECT} reset", check=answered)
        self.assertEqual((found.kind, found.error), (Kind.FAILED, "AssertionError: no answer"))

    def test_tasks_that_go_on_where_they_did_not_without_a_fault_are_left_behind(self) -> None:
        tasks = []

        async def retry() -> None:
            await asyncio.Future()

        async def careless(broker: MemoryBroker) -> None:
            if not await greet(broker):
                tasks.append(asyncio.create_task(retry()))

        found = outcome_of(careless, f"{CONNECT} reset")
        self.assertIs(found.kind, Kind.LEFT)
        self.assertRegex(found.error, r"retry$")

    def test_one_that_waits_for_deferreds_is_run_by_twisted(self) -> None:
        async def of_deferreds(broker: MemoryBroker) -> None:
            client = await txamqp_client(broker)
            client.transport.loseConnection()

        self.assertIs(outcome_of(of_deferreds, f"{CONNECT} delay").kind, Kind.PASSED)
        with self.assertRaisesRegex(WrongWorld, "waits for a Deferred: world='twisted' runs it"):
            sweep(of_deferreds, world="asyncio")


class Blocking(TestCase):
    def test_the_state_is_checked_at_its_end(self) -> None:
        def said_goodbye(broker: MemoryBroker) -> None:
            assert broker.journal.find("connection.close"), "it did not say goodbye"

        amqp = pika.exceptions.AMQPError
        found = outcome_of(block, f"{CONNECT} reset", check=said_goodbye, allow=(amqp, OSError))
        self.assertEqual((found.kind, found.error), (Kind.FAILED, "AssertionError: it did not say goodbye"))

    def test_an_error_in_a_thread_is_one_that_nobody_caught(self) -> None:
        def work(broker: MemoryBroker) -> None:
            try:
                block(broker)
            except pika.exceptions.AMQPError:
                raise ValueError("in a thread") from None

        def threaded(broker: MemoryBroker) -> None:
            thread = threading.Thread(target=work, args=(broker,))
            thread.start()
            thread.join()

        found = outcome_of(threaded, f"{CONNECT} reset")
        self.assertEqual((found.kind, found.error), (Kind.FAILED, "nobody caught: ValueError: in a thread"))

    def test_what_is_left_open_has_its_time_and_ends_with_the_program(self) -> None:
        kept = []

        def leaving(broker: MemoryBroker) -> None:
            kept.append(pika.BlockingConnection(pika.URLParameters(broker.url)))

        found = outcome_of(leaving, f"{CONNECT} delay")
        self.assertEqual((found.kind, len(kept)), (Kind.PASSED, 2 + 1))

    def test_what_somebody_would_have_to_wait_for_is_refused(self) -> None:
        def forgets_to_wait(broker: MemoryBroker) -> object:
            return greet(broker)

        def connects(broker: MemoryBroker) -> object:
            return txamqp_client(broker)

        for scenario, told in (
            (forgets_to_wait, r"forgets_to_wait\(\) returned a coroutine: world='asyncio' runs coroutines"),
            (connects, r"connects\(\) returned a Deferred: world='twisted' waits for it"),
        ):
            with self.assertRaisesRegex(WrongWorld, told):
                sweep(scenario, world="blocking")


class Reactive(TestCase):
    @staticmethod
    @inlineCallbacks
    def leaving(broker: MemoryBroker, later: Callable[[], object], seconds: float) -> Generator[Any, Any, None]:
        """Where the connection is lost, something else is done later."""
        try:
            client = yield txamqp_client(broker)
            client.transport.loseConnection()
        except Exception:
            broker.clock.callLater(seconds, later)

    def test_a_call_that_is_due_much_later_is_left_behind(self) -> None:
        def retry() -> None: ...

        found = outcome_of(functools.partial(self.leaving, later=retry, seconds=3600), f"{CONNECT} reset")
        self.assertEqual(found.kind, Kind.LEFT)
        self.assertRegex(found.error, r"calls that are .*retry")

    def test_one_that_is_due_soon_is_not(self) -> None:
        done: list[int] = []
        found = outcome_of(
            functools.partial(self.leaving, later=lambda: done.append(1), seconds=30), f"{CONNECT} reset"
        )
        self.assertEqual((found.kind, done), (Kind.PASSED, [1]))

    def test_calls_without_an_end_that_come_later_are_left_behind(self) -> None:
        @inlineCallbacks
        def leaving(broker: MemoryBroker) -> Generator[Any, Any, None]:
            def again() -> None:
                broker.clock.callLater(0, again)

            yield self.leaving(broker, again, 30)

        found = outcome_of(leaving, f"{CONNECT} reset")
        self.assertIs(found.kind, Kind.LEFT)
        self.assertRegex(found.error, r"^calls that are still due: \d+ calls at 30\.000 s, and no end, .*again$")

    def test_an_error_that_can_not_tell_its_text_is_told_by_its_name(self) -> None:
        class Odd(Exception):
            def __str__(self) -> str:
                raise ValueError

        @inlineCallbacks
        def odd(broker: MemoryBroker) -> Generator[Any, Any, None]:
            try:
                yield conversation(broker)
            except Exception:
                raise Odd from None

        error = outcome_of(odd, f"{CONNECT} reset").error
        self.assertRegex(error, r"Odd: \(its text fails with ValueError\)$")

    def test_calls_without_an_end_are_told(self) -> None:
        def endless(broker: MemoryBroker) -> Deferred[None]:
            def again() -> None:
                broker.clock.callLater(0, again)

            again()
            return Deferred()

        with self.assertRaisesRegex(CannotSweep, "it goes on and on, and no time passes"):
            sweep(endless)

    def test_a_function_that_only_holds_another_is_run_as_that_one(self) -> None:
        class Scenario:
            def __call__(self, broker: MemoryBroker, name: str = "") -> Deferred[None]:
                return conversation(broker)

        for scenario in (functools.partial(conversation), functools.partial(Scenario(), name="x"), Scenario()):
            self.assertIs(outcome_of(scenario, f"{CONNECT} delay").kind, Kind.PASSED)


class Around(TestCase):
    """What a sweep does to the process that it runs in."""

    def test_it_can_be_called_in_any_thread(self) -> None:
        kinds: list[Kind] = []
        thread = threading.Thread(target=lambda: kinds.append(outcome_of(conversation, f"{CONNECT} delay").kind))
        thread.start()
        thread.join()
        self.assertEqual(kinds, [Kind.PASSED])

    def test_who_collects_no_garbage_goes_on_so(self) -> None:
        self.addCleanup(gc.enable)
        for switch, wanted in ((gc.disable, False), (gc.enable, True)):
            switch()
            outcome_of(conversation, f"{CONNECT} delay")
            self.assertIs(gc.isenabled(), wanted)

    def test_what_hundreds_of_runs_print_goes_nowhere(self) -> None:
        def talkative(broker: MemoryBroker) -> None:
            if sys.stdout.writable():
                sys.stdout.write("here we go\n")
            print("still here", file=sys.stderr)  # noqa: T201
            subprocess.run(["true"], stderr=sys.stderr, check=True)  # it has a descriptor, as others have
            block(broker)

        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            report = sweep(talkative, faults="delay", jobs=1)
        self.assertFalse(report.found, report)
        self.assertEqual((out.getvalue(), err.getvalue()), ("", ""))

"""Tests of test cases that are sweeps: ``@sweep()`` on a method and on a class, and what a test runner is told."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any
from unittest import SkipTest, TestCase, TestResult, mock

from twisted.internet import defer
from twisted.internet.error import ConnectionLost
from txamqp.client import Closed
from txamqp.queue import Closed as QueueClosed

from fakebroker import explore, sweep
from fakebroker.faults import Drop, when
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.testing import BrokerTestCase, SynchronousBrokerTestCase

ENDS = (Closed, QueueClosed, ConnectionLost)
OUTCOMES: list[Outcome] = []


class Cases:
    """Inside of a class, where no test runner looks for tests."""

    class Synchronous(SynchronousBrokerTestCase):
        runs = 0

        @sweep(faults="reset", allow=ENDS)
        def test_it_ends_as_it_may(self) -> None:
            self.connect()

        @sweep(faults="close-after", allow=ENDS)
        def test_it_hangs(self) -> None:
            """txAMQP does: where the connection is lost just when it was opened, it waits for a channel's answer
            for ever.
            """
            channel = self.result(self.connect(heartbeat=10).channel(1))
            self.result(channel.channel_open())

        @sweep(faults="delay", jobs=1)
        def test_a_new_object_each_time(self) -> Generator[Any, Any, None]:
            """Fixtures may be generators, as ever."""
            type(self).runs += 1
            assert not hasattr(self, "used")
            self.used = True
            yield self.connect().transport.loseConnection()

        @sweep(faults="delay")
        def test_a_broker_of_its_own(self) -> None:
            self.broker.faults.add(when("connection.open"), Drop())
            self.connect()

        @sweep(faults="delay")
        def test_it_is_skipped(self) -> None:
            raise SkipTest("not today")

        @sweep(faults="reset,delay", jobs=1, progress=OUTCOMES.append)
        def test_it_is_skipped_where_the_connection_is_lost(self) -> None:
            try:
                self.connect().transport.loseConnection()
            except ENDS:
                raise SkipTest("nobody there") from None

        @sweep(only="1:in:connect:1 reset")
        def test_it_leaves_calls_behind(self) -> None:
            try:
                self.connect().transport.loseConnection()
            except ENDS:
                self.clock.callLater(10, self.again)

        def again(self) -> None:
            self.clock.callLater(0, self.again)

        def test_plain(self) -> None:
            self.connect()

    @sweep(faults="reset,delay", allow=ENDS)
    class Asynchronous(BrokerTestCase):
        @defer.inlineCallbacks
        def test_it_ends_as_it_may(self) -> Generator[Any, Any, None]:
            yield self.connect()

        @defer.inlineCallbacks
        def test_it_fails(self) -> Generator[Any, Any, None]:
            try:
                yield self.connect()
            except ENDS:
                raise ValueError("no connection") from None

    class Unready(SynchronousBrokerTestCase):
        def setUp(self) -> None:
            """It leaves out what it should begin with."""

        @sweep(faults="delay")
        def test_it(self) -> None:
            """It asks for nothing."""

    class Skipped(SynchronousBrokerTestCase):
        skip = "not here"

        @sweep(faults="delay")
        def test_it(self) -> None:
            raise AssertionError("it was run")


def run(name: str) -> TestResult:
    """Run one of the tests above."""
    kind, _, method = name.partition(".")
    result = TestResult()
    getattr(Cases, kind)(method).run(result)
    return result


class Sweeps(TestCase):
    def test_a_test_whose_ends_are_all_allowed_passes(self) -> None:
        for name in ("Synchronous.test_it_ends_as_it_may", "Asynchronous.test_it_ends_as_it_may"):
            result = run(name)
            self.assertTrue(result.wasSuccessful(), result.failures + result.errors)
            self.assertEqual(result.testsRun, 1)

    def test_a_test_that_hangs_fails_with_the_report(self) -> None:
        [(_, told)] = run("Synchronous.test_it_hangs").failures
        self.assertIn("hung: it is not over when the limit of virtual time is reached", told)
        self.assertIn("smallest: 1:in:connection.open:1 close-after", told)
        name = f"{Cases.Synchronous.__module__}.Cases.Synchronous.test_it_hangs"
        self.assertIn(f"FAKEBROKER_FAULT='1:in:connection.open:1 close-after' python -m twisted.trial {name}", told)

    def test_one_in_a_reactor_fails_with_the_report_too(self) -> None:
        [(_, told)] = run("Asynchronous.test_it_fails").failures
        self.assertIn("failed: ValueError: no connection", told)
        self.assertIn("in test_it_fails", told)

    def test_each_run_is_of_a_new_object(self) -> None:
        Cases.Synchronous.runs = 0
        result = run("Synchronous.test_a_new_object_each_time")
        self.assertTrue(result.wasSuccessful(), result.failures + result.errors)
        self.assertGreater(Cases.Synchronous.runs, 8)

    def test_one_that_fails_without_a_fault_says_so(self) -> None:
        [(_, told)] = run("Synchronous.test_a_broker_of_its_own").failures
        self.assertIn("CannotSweep: without a fault, the scenario does not end well: Closed: ", told)

    def test_one_that_is_skipped_is_skipped(self) -> None:
        [(_, why)] = run("Synchronous.test_it_is_skipped").skipped
        self.assertEqual(why, "not today")
        [(_, why)] = run("Skipped.test_it").skipped
        self.assertEqual(why, "not here")

    def test_one_that_is_skipped_where_something_goes_wrong_could_not_run_there(self) -> None:
        result = run("Synchronous.test_it_is_skipped_where_the_connection_is_lost")
        self.assertTrue(result.wasSuccessful(), result.failures + result.errors)
        self.assertEqual(result.skipped, [])
        self.assertEqual({(each.kind, each.why) for each in OUTCOMES if "reset" in str(each.case)},
                         {(Kind.BROKEN, "nobody there")})  # fmt: skip

    def test_calls_without_an_end_that_it_leaves_behind_are_told(self) -> None:
        [(_, told)] = run("Synchronous.test_it_leaves_calls_behind").failures
        self.assertIn("left something behind: calls that are still due: ", told)
        self.assertIn("calls at 10.000 s, and no end, Cases.Synchronous.again", " ".join(told.split()))

    def test_the_decorator_needs_no_brackets(self) -> None:
        for decorator in (sweep, explore):

            @decorator
            class Empty(SynchronousBrokerTestCase):
                @decorator
                def test_it(self) -> None:
                    """It does nothing, and nothing can be swept."""

            result = TestResult()
            Empty("test_it").run(result)
            [(_, told)] = result.failures
            self.assertIn("nothing has crossed between a client and the broker", told)

    def test_one_that_makes_no_broker_says_so(self) -> None:
        [(_, told)] = run("Unready.test_it").failures
        self.assertIn("the scenario has ended before it had a broker", told)

    def test_one_that_is_not_marked_runs_once(self) -> None:
        result = run("Synchronous.test_plain")
        self.assertTrue(result.wasSuccessful())

    def test_the_environment_names_a_case(self) -> None:
        os.environ["FAKEBROKER_FAULT"] = "1:in:connection.open:1 close-after"
        self.addCleanup(os.environ.pop, "FAKEBROKER_FAULT")
        self.assertEqual(len(run("Synchronous.test_it_ends_as_it_may").failures), 0)
        [(_, told)] = run("Synchronous.test_it_hangs").failures
        self.assertIn("2 runs: 1 passed, 1 hung", told)

    def test_what_the_environment_names_wrongly_is_an_error_of_the_test(self) -> None:
        with mock.patch.dict(os.environ, {"FAKEBROKER_FAULT": "1:in:connect:1 rest"}):
            [(_, told)] = run("Synchronous.test_it_hangs").errors
        self.assertIn("FAKEBROKER_FAULT: there is no fault 'rest'", told)

    def test_what_makes_its_broker_itself_can_be_no_sweep(self) -> None:
        with self.assertRaisesRegex(TypeError, "derived from SynchronousBrokerTestCase or BrokerTestCase"):

            @sweep()
            class Unknown(TestCase):
                pass

        with self.assertRaises((TypeError, RuntimeError)):

            class Another(TestCase):
                @sweep()
                def test_it(self) -> None:
                    pass

        with self.assertRaisesRegex(TypeError, r"@sweep\(\) is for a test method, a class of tests or a pytest test"):
            sweep()(3)

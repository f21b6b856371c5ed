"""The test cases that users derive from: with a broker, virtual time, clean-up, and a report when they fail."""

from __future__ import annotations

import os
import unittest
from typing import Any
from unittest import TestCase, mock

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.trial.unittest import SynchronousTestCase
from txamqp.client import Closed
from txamqp.content import Content

from fakebroker.faults import Delay, RefuseLogin, when
from fakebroker.testing import BrokerTestCase, NeverSettles, SynchronousBrokerTestCase


class WithTxAMQP(SynchronousBrokerTestCase):
    def test_a_whole_conversation_with_no_reactor(self) -> None:
        client = self.connect()
        channel = self.result(client.channel(1))
        self.result(channel.channel_open())
        self.result(channel.queue_declare(queue="q"))
        channel.basic_publish(routing_key="q", content=Content("hello"))
        self.assertEqual("hello", self.result(channel.basic_get(queue="q")).content.body)
        self.broker.journal.assert_published(1, body="hello")

    def test_minutes_of_protocol_time_pass_at_once(self) -> None:
        self.connect(heartbeat=5)
        self.clock.advance(600)
        self.assertEqual(1, len(self.broker.connections))
        self.assertEqual(600, self.clock.seconds())

    def test_a_late_answer(self) -> None:
        self.broker.faults.add(when("open-ok"), Delay(45))
        self.connect()
        self.assertEqual(45, self.clock.seconds())

    def test_a_refused_login(self) -> None:
        self.broker.faults.add(RefuseLogin())
        self.assertRaises((Closed, NeverSettles), self.connect)


class WithDeferreds(BrokerTestCase):
    timeout = 20

    @inlineCallbacks
    def test_time_jumps_when_all_is_quiet(self) -> Any:
        self.broker.faults.add(when("open-ok"), Delay(500))
        client = yield self.connect()
        channel = yield client.channel(1)
        yield channel.channel_open()
        self.assertGreaterEqual(self.clock.seconds(), 500)

    @inlineCallbacks
    def test_waiting_for_the_journal(self) -> Any:
        client = yield self.connect()
        channel = yield client.channel(1)
        channel.channel_open()
        [entry] = yield self.broker.journal.wait_for("channel.open-ok")
        self.assertEqual(1, entry.channel)

    @inlineCallbacks
    def test_over_tcp_too(self) -> Any:
        port = yield self.broker.listen()
        self.assertIsInstance(port, int)


class Reports(TestCase):
    def failure_of(self, case: type[SynchronousTestCase], method: str) -> str:
        result = unittest.TestResult()
        case(method).run(result)
        [(_, text)] = result.failures + result.errors
        return text

    def test_a_failing_test_shows_the_conversation_the_seed_and_how_to_run_it_again(self) -> None:
        class Failing(SynchronousBrokerTestCase):
            seed = 7

            def test_it(self) -> None:
                self.connect()
                self.broker.journal.assert_published()

        text = self.failure_of(Failing, "test_it")
        self.assertIn("expected at least one basic.publish", text)
        self.assertIn("<--    0  connection.open-ok", text)
        self.assertIn("(seed 7)", text)
        self.assertRegex(text, r"FAKEBROKER_SEED=7 python -m twisted\.trial .*Failing\.test_it")

    def test_one_that_is_run_until_it_fails_shows_it_once(self) -> None:
        class Flaky(SynchronousBrokerTestCase):
            runs = 0

            def test_it(self) -> None:
                self.runs += 1
                self.assertLess(self.runs, 3)

        case = Flaky("test_it")
        for _ in range(3):
            result = unittest.TestResult()
            case.run(result)
        [(_, text)] = result.failures
        self.assertEqual(1, text.count("to run exactly this again"))

    def test_one_that_returns_a_deferred_too(self) -> None:
        class Failing(SynchronousBrokerTestCase):
            def test_it(self) -> Any:
                deferred: Deferred[None] = Deferred()
                deferred.errback(AssertionError("no"))
                return deferred

        method = Failing("test_it")
        method.setUp()
        failure: list[Any] = []
        method.test_it().addErrback(failure.append)
        self.assertIn("to run exactly this again", str(failure[0].value))

    def test_one_that_waits_for_what_never_comes_names_what_is_due(self) -> None:
        class Waiting(BrokerTestCase):
            timeout = 20
            patience = 60.0

            @inlineCallbacks
            def test_it(self) -> Any:
                client = yield self.connect(heartbeat=5)
                yield Deferred()
                self.fail(f"{client} got here")

        text = self.failure_of(Waiting, "test_it")
        self.assertRegex(text, r"NeverSettles: it has not happened within 60\.0 s; at .* s these are due: \w+.* at 6\d")
        self.assertIn("to run exactly this again", text)

    def test_the_seed_can_be_given(self) -> None:
        class Seeded(SynchronousBrokerTestCase):
            def test_it(self) -> None:
                self.fail(f"the seed is {self.broker.seed}")

        with mock.patch.dict(os.environ, {"FAKEBROKER_SEED": "12345"}):
            self.assertIn("the seed is 12345", self.failure_of(Seeded, "test_it"))

    def test_what_did_not_go_wrong_is_told_under_the_conversation(self) -> None:
        class Failing(SynchronousBrokerTestCase):
            def test_it(self) -> None:
                self.broker.faults.add(when("basic.get"), Delay(1))
                self.connect()
                self.fail("no")

        text = self.failure_of(Failing, "test_it")
        self.assertIn("--- what did not go wrong\nrule 1 never acted: when('basic.get') -> Delay(seconds=1)\n", text)

    def test_strict_cases_fail_when_a_rule_never_acted(self) -> None:
        class Strict(SynchronousBrokerTestCase):
            strict_faults = True

            def test_it(self) -> None:
                self.broker.faults.add(when("basic.get"), Delay(1))

            def test_one_that_did(self) -> None:
                self.broker.faults.add(when("open"), Delay(1))
                self.connect()

        class StrictWithDeferreds(BrokerTestCase):
            strict_faults = True

            @inlineCallbacks
            def test_it(self) -> Any:
                self.broker.faults.add(when("basic.get"), Delay(1))
                yield self.connect()

        for case in (Strict, StrictWithDeferreds):
            self.assertIn("no basic.get passed", self.failure_of(case, "test_it"))
        result = unittest.TestResult()
        Strict("test_one_that_did").run(result)
        self.assertTrue(result.wasSuccessful())

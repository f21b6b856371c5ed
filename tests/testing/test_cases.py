"""The test cases that users derive from: with a broker, virtual time, clean-up, and a report when they fail."""

from __future__ import annotations

import os
import threading
import unittest
from typing import Any
from unittest import TestCase, mock

import pika
from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SynchronousTestCase
from txamqp.client import Closed
from txamqp.content import Content

from fakebroker.faults import Delay, RefuseLogin, when
from fakebroker.testing import BrokerTestCase, NeverSettles, SynchronousBrokerTestCase
from tests.rawclient import HEADERS


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

        self.assertIn("to run exactly this again", self.failure_of(Failing, "test_it"))

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


class Finishing(TestCase):
    """A test is not over before what it returns has come to its end, and a fixture is not either."""

    def run_it(self, case: type[SynchronousTestCase]) -> str:
        """What went wrong, if anything did."""
        result = unittest.TestResult()
        case("test_it").run(result)
        self.assertEqual(1, result.testsRun)
        return "".join(text for _, text in result.failures + result.errors)

    def test_a_deferred_is_waited_for_in_virtual_time(self) -> None:
        class Case(SynchronousBrokerTestCase):
            @inlineCallbacks
            def test_it(self) -> Any:
                yield deferLater(self.clock, 600, lambda: None)
                self.fail(f"at {self.clock.seconds():.0f} s")

        self.assertIn("at 600 s", self.run_it(Case))

    def test_a_deferred_that_never_fires_is_told(self) -> None:
        class Case(SynchronousBrokerTestCase):
            def test_it(self) -> Any:
                return self.broker.journal.wait_for("basic.publish")

        self.assertIn("NotSeen: waited 10.0 s for 1 basic.publish", self.run_it(Case))

    def test_coroutines_and_generators_are_run(self) -> None:
        class Coroutine(SynchronousBrokerTestCase):
            async def test_it(self) -> None:
                await deferLater(self.clock, 1, lambda: None)
                self.fail("run")

        class Plain(SynchronousBrokerTestCase):
            def test_it(self) -> Any:
                yield deferLater(self.clock, 1, lambda: None)
                self.fail("run")

        class Generator(BrokerTestCase):
            def test_it(self) -> Any:
                yield deferLater(self.clock, 1, lambda: None)
                self.fail("run")

        for case in (Coroutine, Plain, Generator):
            self.assertIn("FailTest: run", self.run_it(case), case.__name__)

    def test_what_nobody_can_run_is_an_error(self) -> None:
        class Case(SynchronousBrokerTestCase):
            async def test_it(self) -> Any:
                yield 1

        self.assertIn("test_it() returned a async_generator, which nobody runs", self.run_it(Case))

    def test_so_is_what_is_returned_in_a_container_or_was_never_called(self) -> None:
        class Several(SynchronousBrokerTestCase):
            def test_it(self) -> Any:
                return [Deferred(), Deferred()]

        class Named(BrokerTestCase):
            def test_it(self) -> Any:
                return {"one": Deferred()}

        class Uncalled(SynchronousBrokerTestCase):
            def test_it(self) -> Any:
                return self.check

            def check(self) -> None:
                self.fail("run")

        self.assertIn("test_it() returned a list of what nobody waits for: DeferredList does", self.run_it(Several))
        self.assertIn("test_it() returned a dict of what nobody waits for: DeferredList does", self.run_it(Named))
        self.assertRegex(self.run_it(Uncalled), r"test_it\(\) returned <bound method .*check.*>, which nobody calls")

    def test_fixtures_and_clean_ups_are_run_to_their_end_too(self) -> None:
        done: list[str] = []

        class Case(SynchronousBrokerTestCase):
            async def setUp(self) -> None:  # type: ignore[override]
                super().setUp()
                self.addCleanup(self.later, "clean-up")
                await self.later("setUp")

            async def later(self, name: str) -> None:
                await deferLater(self.clock, 5, lambda: None)
                done.append(name)

            def test_it(self) -> None:
                done.append("test")

            async def tearDown(self) -> None:  # type: ignore[override]
                await self.later("tearDown")

        self.assertEqual(self.run_it(Case), "")
        self.assertEqual(sorted(done), ["clean-up", "setUp", "tearDown", "test"])
        self.assertEqual(done[:2], ["setUp", "test"])

    def test_a_set_up_that_fails_late_fails(self) -> None:
        class Case(SynchronousBrokerTestCase):
            @inlineCallbacks
            def setUp(self) -> Any:  # type: ignore[override]
                super().setUp()
                yield deferLater(self.clock, 5, lambda: None)
                self.fail("in setUp")

            def test_it(self) -> None: ...

        self.assertIn("in setUp", self.run_it(Case))


class Hopeless(TestCase):
    """What can never happen is told at once, not when trial's time is up."""

    def told(self, case: type[SynchronousTestCase]) -> str:
        result = unittest.TestResult()
        case("test_it").run(result)
        return "".join(text for _, text in result.failures + result.errors)

    def test_a_deferred_that_can_never_fire(self) -> None:
        class Case(BrokerTestCase):
            def test_it(self) -> Any:
                return Deferred()

        self.assertIn("NeverSettles: all is quiet at 0.000 s, nothing is due", self.told(Case))

    def test_in_set_up_too(self) -> None:
        class Case(BrokerTestCase):
            async def setUp(self) -> None:  # type: ignore[override]
                super().setUp()
                await Deferred()

            def test_it(self) -> None: ...

        self.assertIn("nothing is due", self.told(Case))

    def test_in_a_clean_up_too_and_the_others_are_made(self) -> None:
        made: list[str] = []

        class Case(BrokerTestCase):
            def test_it(self) -> Any:
                self.addCleanup(lambda: deferLater(self.clock, 7, made.append, "made"))
                self.addCleanup(Deferred)
                return Deferred()

        self.assertEqual(self.told(Case).count("NeverSettles: all is quiet"), 2)
        self.assertEqual(made, ["made"])

    def test_in_tear_down_too(self) -> None:
        class Case(BrokerTestCase):
            def test_it(self) -> None: ...

            def tearDown(self) -> Any:
                return Deferred()

        self.assertIn("nothing is due", self.told(Case))

    def test_with_sockets_when_nobody_has_come_for_a_while(self) -> None:
        class Case(BrokerTestCase):
            silence = 0.05

            @inlineCallbacks
            def test_it(self) -> Any:
                yield self.broker.listen()
                yield Deferred()

        self.assertIn("nothing is due", self.told(Case))

    def test_not_while_a_thread_works_or_real_time_has_something_due(self) -> None:
        class Case(BrokerTestCase):
            @inlineCallbacks
            def test_it(self) -> Any:
                go_on = threading.Event()
                reactor.callLater(0.1, go_on.set)
                yield deferToThread(go_on.wait, 20)
                yield deferLater(reactor, 0.05, lambda: None)

        self.assertEqual("", self.told(Case))


class OverSockets(BrokerTestCase):
    """Virtual time stands still while octets are on their way."""

    @inlineCallbacks
    def test_a_wait_of_a_moment_is_long_enough(self) -> Any:
        port = yield self.broker.listen()
        client: Any = yield connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Protocol())
        self.addCleanup(client.transport.abortConnection)
        client.transport.write(HEADERS["0-9-1"])
        yield self.broker.journal.wait_for("connection.start", timeout=0.001)

    @inlineCallbacks
    def test_a_long_conversation_takes_no_time(self) -> Any:
        port = yield self.broker.listen()
        yield deferToThread(self.converse, port)
        self.assertLess(self.clock.seconds(), 1)

    def converse(self, port: int) -> None:
        with pika.BlockingConnection(pika.ConnectionParameters(port=port, heartbeat=0)) as connection:
            channel = connection.channel()
            channel.queue_declare("q")
            channel.confirm_delivery()
            for _ in range(50):
                channel.basic_publish("", "q", bytes(1000))

    @inlineCallbacks
    def test_time_passes_when_all_is_quiet(self) -> Any:
        port = yield self.broker.listen()
        client: Any = yield connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Protocol())
        client.transport.write(HEADERS["0-9-1"])
        yield self.broker.journal.wait_for("connection.start")
        yield deferLater(self.clock, 600, lambda: None)
        self.assertEqual(self.broker.connections, [])  # it did not log in

"""Where a ledger can be asked for: wherever a broker is made."""

from __future__ import annotations

import argparse
import os
from typing import Any
from unittest import TestCase, TestResult, mock

from twisted.internet.task import Clock

import fakebroker
from fakebroker import FakeBroker
from fakebroker.control.options import add_arguments
from fakebroker.control.server import Server
from fakebroker.testing import BrokerTestCase, SynchronousBrokerTestCase
from fakebroker.testing.memory_broker import MemoryBroker
from tests.testing.pytest_project import Project


def failing() -> SynchronousBrokerTestCase:
    """A test that publishes and fails."""

    class Publishing(SynchronousBrokerTestCase):
        ledger = True

        def test_it(self) -> None:
            self.broker.publish("hello", "nowhere")
            self.fail("so that it tells")

    return Publishing("test_it")


class Everywhere(TestCase):
    def assert_kept(self, broker: Any) -> None:
        broker.publish("hello", "nowhere")
        (message,) = broker.ledger.of(body="hello")
        self.assertIn("unroutable", str(message))

    def test_in_a_broker_of_ones_own(self) -> None:
        self.assert_kept(FakeBroker(clock=Clock(), ledger=True))
        self.assert_kept(MemoryBroker(ledger=True))

    def test_in_memory(self) -> None:
        with fakebroker.memory(ledger=True) as broker:
            self.assert_kept(broker)

    def test_in_a_thread(self) -> None:
        with fakebroker.running(ledger=True) as broker:
            self.assert_kept(broker)

    def test_in_a_test_case_and_its_failure_tells_of_each_message(self) -> None:
        result = TestResult()
        failing().run(result)
        ((_, text),) = result.failures
        self.assertIn("--- what became of each message\nmessage 1: b'hello'", text)

    def test_in_a_process(self) -> None:
        parser = argparse.ArgumentParser()
        add_arguments(parser)
        server = Server(Clock(), parser.parse_args(["--ledger", "--control-port=0"]))
        self.assert_kept(server.broker)

    def test_the_environment_asks_for_one_in_every_test_that_says_nothing(self) -> None:
        with mock.patch.dict(os.environ, FAKEBROKER_LEDGER="1"):
            with fakebroker.memory() as broker, fakebroker.memory(port=5673, ledger=False) as other:
                self.assertEqual((broker.keeps_ledger, other.keeps_ledger), (True, False))

    def test_where_nobody_asks_there_is_none_and_the_error_says_how_to_ask(self) -> None:
        with self.assertRaisesRegex(RuntimeError, "ask for one where it is made, with ledger=True"):
            FakeBroker(clock=Clock()).ledger.of()

    def test_a_reset_begins_a_new_one(self) -> None:
        broker = FakeBroker(clock=Clock(), ledger=True)
        broker.publish("hello", "nowhere")
        broker.reset()
        self.assertEqual((len(broker.ledger), broker.ledger.connections), (0, []))


class WithAReactor(BrokerTestCase):
    ledger = True

    def test_a_test_case_with_a_reactor_has_one_too(self) -> None:
        self.broker.publish("hello", "nowhere")
        self.assertEqual(len(self.broker.ledger), 1)


class InPytest(Project):
    def test_a_mark_or_the_configuration_asks_for_it_and_a_failure_tells(self) -> None:
        text = (
            "@pytest.mark.fakebroker(ledger=True)\n"
            "def test_marked(fakebroker_memory):\n"
            "    fakebroker_memory.publish('hello', 'nowhere')\n"
            "    assert not len(fakebroker_memory.ledger)\n"
            "def test_configured(fakebroker_memory):\n"
            "    assert fakebroker_memory.keeps_ledger\n"
        )
        code, out = self.pytest(text, "-o", "fakebroker_ledger=true")
        self.assertEqual(code, 1, out)
        self.assertIn("1 failed, 1 passed", out)
        self.assertIn("fakebroker: what became of each message", out)

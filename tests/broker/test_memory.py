"""What the memory alarm counts is what memory is taken, about."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.rawclient import RawClient

SPEC = load("0-9-1")


class Measured(SynchronousTestCase):
    """Memory is never more than a fifth above what is counted, and not far below."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.addCleanup(self.broker.stop)
        self.broker.journal.limit(max_octets=0)
        self.client = RawClient.connect(self.broker, self.clock).open()
        self.client.open_channel(1)
        self.client.send("queue.declare", 1, queue="q")

    def publish(self, body: bytes = b"", together: int = 1, **properties: object) -> None:
        content = Content.make(properties, body)  # type: ignore[arg-type]
        self.client.send_octets(encode(SPEC.command(1, "basic.publish", content, routing_key="q"), 0) * together)
        self.client.octets = b""
        self.client.events.clear()

    def assert_counted(self, act: Callable[[int], None], times: int = 1000) -> None:
        act(0)
        before = self.broker.memory.octets
        tracemalloc.start()
        self.addCleanup(tracemalloc.stop)
        for number in range(1, times + 1):
            act(number)
        taken, counted = tracemalloc.get_traced_memory()[0], self.broker.memory.octets - before
        self.assertLess(taken, 1.2 * counted)
        self.assertGreater(taken, counted / 4)

    def test_messages(self) -> None:
        self.assert_counted(lambda number: self.publish(b"%128d" % number))

    def test_messages_with_properties_of_their_own(self) -> None:
        self.assert_counted(lambda number: self.publish(b"x", message_id=f"{number:20}", correlation_id=f"{number:20}"))

    def test_messages_with_headers(self) -> None:
        self.assert_counted(lambda number: self.publish(b"x", headers={f"{number}-{each}": each for each in range(30)}))

    def test_messages_that_came_together(self) -> None:
        self.assert_counted(lambda number: self.publish(b"%128d" % number, 50), 50)

    def test_messages_in_a_transaction(self) -> None:
        self.client.send("tx.select", 1)
        self.assert_counted(lambda number: self.publish(b"%128d" % number))

    def test_messages_that_are_out(self) -> None:
        self.client.send("basic.consume", 1, queue="q")
        self.assert_counted(lambda number: self.publish(b"%128d" % number))

    def test_messages_that_are_out_and_came_together(self) -> None:
        self.client.send("basic.consume", 1, queue="q")
        self.assert_counted(lambda number: self.publish(b"%128d" % number, 50), 50)

    def test_queues(self) -> None:
        self.assert_counted(lambda number: self.client.send("queue.declare", 1, queue=f"{number}", no_wait=True))

    def test_bindings(self) -> None:
        send, at = self.client.send, "amq.topic"
        self.assert_counted(
            lambda number: send("queue.bind", 1, queue="q", exchange=at, routing_key=f"{number}.x", no_wait=True)
        )

    def test_consumers(self) -> None:
        send = self.client.send
        self.assert_counted(lambda number: send("basic.consume", 1, queue="q", consumer_tag=f"{number}", no_wait=True))

"""Memory is bounded: what a client does not read stays in the queue; what the broker does not read, with the client."""

from __future__ import annotations

import contextlib
import socket
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import SynchronousTestCase, TestCase

from fakebroker import FakeBroker
from fakebroker.broker.message import Message
from fakebroker.server.protocol import ENOUGH
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.rawclient import HEADERS, RawClient

MESSAGES, SIZE = 1000, 1024
SPEC = load("0-9-1")


def frames(channel: int, name: str, content: Content | None = None, **fields: Any) -> bytes:
    return encode(SPEC.command(channel, name, content, **fields), 0)


def publish(size: int) -> bytes:
    return frames(1, "basic.publish", Content.make({}, b"x" * size), routing_key="q")


HANDSHAKE = (
    HEADERS["0-9-1"]
    + frames(0, "connection.start-ok", mechanism="PLAIN", response=b"\0guest\0guest", locale="en_US")
    + frames(0, "connection.tune-ok", channel_max=2047, frame_max=131072)
    + frames(0, "connection.open", virtual_host="/")
    + frames(1, "channel.open")
)


class FlowCase(SynchronousTestCase):
    """A queue, and a client in memory."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.addCleanup(self.broker.stop)
        self.queue = self.broker.vhosts["/"].queues.declare("q")
        self.client = RawClient.connect(self.broker, self.clock).open()
        self.client.open_channel(1)


class SlowConsumers(FlowCase):
    def publish(self, count: int) -> None:
        for _ in range(count):
            self.queue.publish(Message("", "q", Content.make({}, b"x" * SIZE)))

    def test_what_a_client_does_not_read_stays_in_the_queue(self) -> None:
        self.publish(MESSAGES)
        self.client.transport.pauseProducing()  # type: ignore[union-attr]
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        delivered = MESSAGES - self.queue.message_count
        self.assertGreater(delivered * SIZE, ENOUGH / 2)
        self.assertLess(delivered * SIZE, 4 * ENOUGH)
        self.publish(1)
        self.clock.advance(60)
        self.assertEqual(MESSAGES + 1 - delivered, self.queue.message_count)

    def test_that_holds_for_what_was_published_in_one_piece(self) -> None:
        publisher = RawClient.connect(self.broker, self.clock).open()
        publisher.open_channel(1)
        publisher.send_octets(publish(SIZE) * MESSAGES)
        self.client.transport.pauseProducing()  # type: ignore[union-attr]
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        delivered = MESSAGES - self.queue.message_count
        self.assertGreater(delivered * SIZE, ENOUGH / 2)
        self.assertLess(delivered * SIZE, 4 * ENOUGH)

    def test_when_it_reads_again_it_gets_everything_in_order(self) -> None:
        self.client.transport.pauseProducing()  # type: ignore[union-attr]
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        self.publish(MESSAGES)
        self.client.transport.resumeProducing()  # type: ignore[union-attr]
        self.clock.advance(0)
        self.client.take("basic.consume-ok")
        tags = [event.args.delivery_tag for event in self.client.events]  # type: ignore[union-attr]
        self.assertEqual(list(range(1, MESSAGES + 1)), tags)
        self.assertEqual(0, self.queue.message_count)

    def test_a_client_that_does_not_read_can_still_be_hung_up_on(self) -> None:
        self.client.transport.pauseProducing()  # type: ignore[union-attr]
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        self.publish(MESSAGES)
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())


class Flood:
    """A producer that publishes whenever it may."""

    def __init__(self, client: RawClient, message: bytes) -> None:
        self.client = client
        self.message = message
        self.written = 0
        self.paused = False
        client.transport.registerProducer(self, True)  # type: ignore[union-attr]

    def resumeProducing(self) -> None:
        self.paused = False
        while not self.paused and self.written < MESSAGES * SIZE:
            self.written += SIZE
            self.client.transport.write(self.message)  # type: ignore[union-attr]

    def pauseProducing(self) -> None:
        self.paused = True

    def stopProducing(self) -> None:
        """The test is over."""


class FloodingPublishers(FlowCase):
    """What a broker has not read stays with the client: what arrives is handled at once, or not taken."""

    def setUp(self) -> None:
        super().setUp()
        self.flood = Flood(self.client, publish(SIZE))

    def test_a_blocked_broker_makes_the_publisher_stop(self) -> None:
        self.broker.alarms.set("memory")
        self.flood.resumeProducing()
        self.clock.advance(1)
        self.assertTrue(self.flood.paused)
        self.assertLess(self.flood.written, 2 * ENOUGH)
        self.assertEqual(0, self.queue.message_count)

    def test_when_the_alarm_is_over_all_of_it_arrives(self) -> None:
        self.broker.alarms.set("memory")
        self.flood.resumeProducing()
        self.clock.advance(1)
        self.broker.alarms.clear()
        self.clock.pump([0] * MESSAGES)
        self.assertEqual(MESSAGES, self.queue.message_count)


class FloodingPublishersOverTcp(TestCase):
    def setUp(self) -> None:
        self.broker = FakeBroker()
        self.addCleanup(self.broker.stop)
        self.queue = self.broker.vhosts["/"].queues.declare("q")

    @inlineCallbacks
    def test_a_blocked_broker_leaves_the_flood_in_the_kernel(self) -> Any:
        port = yield self.broker.listen()
        client = socket.create_connection(("127.0.0.1", port))
        self.addCleanup(client.close)
        client.setblocking(False)
        client.send(HANDSHAKE)
        while not self.broker.connections or not self.broker.connections[0].channels:
            yield a_moment()
        self.broker.alarms.set("memory")
        received, before = self.broker.connections[0].output, -1
        while received.octets_received > before:
            before = received.octets_received
            with contextlib.suppress(BlockingIOError):
                while True:
                    client.send(publish(ENOUGH) * 10)
            yield a_moment()
        self.assertLess(before, 4 * ENOUGH)
        self.assertEqual(0, self.queue.message_count)


def a_moment() -> Deferred[None]:
    """Let the reactor go round."""
    return deferLater(reactor, 0, lambda: None)

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
from fakebroker.server.protocol import CLOSE_TIMEOUT, ENOUGH, UNHANDLED, UNREAD
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

    def test_so_it_does_from_a_stream(self) -> None:
        self.broker.vhosts["/"].queues.declare("s", durable=True, arguments={"x-queue-type": "stream"})
        self.client.send("basic.qos", 1, prefetch_count=MESSAGES)
        self.client.take("basic.qos-ok")
        self.client.stop_reading()
        self.client.send("basic.consume", 1, queue="s")
        for _ in range(MESSAGES):
            self.broker.publish(b"x" * SIZE, "s")
        self.assertEqual([], self.client.events)
        self.client.read_again()
        self.client.take("basic.consume-ok")
        offsets = [event.content.properties.headers["x-stream-offset"] for event in self.client.events]  # type: ignore[union-attr,index]
        self.assertEqual(list(range(MESSAGES)), offsets)

    def test_a_client_that_does_not_read_can_still_be_hung_up_on(self) -> None:
        self.client.transport.pauseProducing()  # type: ignore[union-attr]
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        self.publish(MESSAGES)
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())


class UnreadCase(FlowCase):
    """A client that may stop reading."""

    def stop_reading(self) -> None:
        self.client.transport.pauseProducing()  # type: ignore[union-attr]

    def read(self) -> None:
        self.client.transport.resumeProducing()  # type: ignore[union-attr]
        self.clock.pump([0] * 100)

    @property
    def sent(self) -> int:
        return self.broker.connections[0].output.octets_sent

    def ask_for_messages(self, count: int = 100) -> None:
        """Ask for messages of 100,000 octets, the first of them b"0000...", the next b"1111..."."""
        for number in range(count):
            self.queue.publish(Message("", "q", Content.make({}, b"%d" % (number % 10) * 100_000)))
        self.client.send_octets(frames(1, "basic.get", queue="q", no_ack=True) * count)


class UnreadAnswers(UnreadCase):
    """Who asks again and again and reads no answer has to wait; who reads after all gets every answer, in order."""

    def test_messages_that_were_asked_for(self) -> None:
        self.stop_reading()
        self.ask_for_messages()
        self.assertLess(self.sent, UNREAD + 4 * 100_000)
        self.assertGreater(self.sent, UNREAD)
        self.read()
        bodies = [event.content.body[:1] for event in self.client.events]  # type: ignore[union-attr]
        self.assertEqual([b"%d" % (number % 10) for number in range(100)], bodies)

    def test_messages_that_come_back(self) -> None:
        self.stop_reading()
        returned = frames(1, "basic.publish", Content.make({"headers": {"h": "x" * 50_000}}), mandatory=True)
        self.client.send_octets(returned * 100)
        self.assertLess(self.sent, UNREAD + 4 * 50_000)
        self.read()
        self.assertEqual(["basic.return"] * 100, self.client.names)

    def test_answers_to_declarations_written_before_any_is_read(self) -> None:
        names = [f"{number:05}" + "x" * 250 for number in range(10_000)]
        self.stop_reading()
        self.client.send_octets(b"".join(frames(1, "queue.declare", queue=name) for name in names))
        self.assertLess(self.sent, 2 * UNREAD)
        self.read()
        self.assertEqual(names, [event.args.queue for event in self.client.events])  # type: ignore[union-attr]

    def test_confirms_one_by_one(self) -> None:
        self.client.send("confirm.select", 1)
        self.client.take("confirm.select-ok")
        self.stop_reading()
        count = UNREAD // 10
        for _ in range(20):
            self.client.send_octets(frames(1, "basic.publish", Content.make(), exchange="amq.fanout") * (count // 20))
        self.assertLess(self.sent, 2 * UNREAD)
        self.read()
        tags = [event.args.delivery_tag for event in self.client.events]  # type: ignore[union-attr]
        self.assertEqual(list(range(1, count // 20 * 20 + 1)), tags)

    def test_its_requests_stay_with_the_client(self) -> None:
        flood = Flood(self.client, frames(1, "basic.get", queue="q", no_ack=True))
        self.stop_reading()
        self.ask_for_messages()
        while not flood.paused and flood.written < 10 * UNHANDLED:
            self.client.transport.write(flood.message * 1000)  # type: ignore[union-attr]
            flood.written += 1000 * len(flood.message)
            self.clock.advance(0)
        self.assertTrue(flood.paused)
        self.assertLess(flood.written, 2 * UNHANDLED)

    def test_its_publishes_are_taken_as_long_as_only_deliveries_wait(self) -> None:
        for _ in range(MESSAGES):
            self.queue.publish(Message("", "q", Content.make({}, b"x" * SIZE)))
        self.stop_reading()
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        other = self.broker.vhosts["/"].queues.declare("other")
        for _ in range(100):
            self.client.send_octets(frames(1, "basic.publish", Content.make({}, b"x" * ENOUGH), routing_key="other"))
        self.assertEqual(100, other.message_count)

    def test_it_can_be_hung_up_on(self) -> None:
        self.stop_reading()
        self.ask_for_messages()
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())


class HeartbeatsOfWhoDoesNotRead(UnreadCase):
    """RabbitMQ hears the heartbeats of a client that does not read, and drops it when they stop."""

    def setUp(self) -> None:
        super().setUp()
        self.client.hang_up()
        self.client = RawClient.connect(self.broker, self.clock).open(heartbeat=10)
        self.client.open_channel(1)
        self.stop_reading()
        self.ask_for_messages()

    def test_it_is_kept_while_they_come(self) -> None:
        for _ in range(60):
            self.clock.advance(5)
            self.client.send_octets(b"\x08\0\0\0\0\0\0\xce")
        self.assertEqual(1, len(self.broker.connections))

    def test_it_is_dropped_when_they_stop(self) -> None:
        self.clock.pump([5] * 8)
        self.assertEqual([], self.broker.connections)

    def test_it_is_kept_while_it_is_not_read_from_and_dropped_later_for_silence(self) -> None:
        self.client.send_octets(frames(1, "basic.get", queue="none") * (UNHANDLED // 10))
        self.clock.pump([5] * 100)
        self.assertEqual(1, len(self.broker.connections))
        self.read()
        self.clock.pump([5] * 8)
        self.assertEqual([], self.broker.connections)


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


class UnreadAnswersOverTcp(TestCase):
    """The same where the kernel has buffers of its own."""

    @inlineCallbacks
    def setUp(self) -> Any:  # type: ignore[override]
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.addCleanup(self.broker.stop)
        queue = self.broker.vhosts["/"].queues.declare("q")
        for _ in range(200):
            queue.publish(Message("", "q", Content.make({}, b"x" * 100_000)))
        port = yield self.broker.listen()
        self.client = socket.create_connection(("127.0.0.1", port))
        self.addCleanup(self.client.close)
        self.client.sendall(HANDSHAKE + frames(1, "basic.get", queue="q", no_ack=True) * 200)
        self.client.setblocking(False)
        while not self.broker.connections or not self.sent:
            yield a_moment()
        before = 0
        while self.sent > before:
            before = self.sent
            yield a_moment()

    @property
    def sent(self) -> int:
        return self.broker.connections[0].output.octets_sent

    @inlineCallbacks
    def read(self) -> Any:
        """Everything up to the end; None when it ends with a reset."""
        found: list[bytes] = []
        while not found or found[-1]:
            try:
                found.append(self.client.recv(1 << 20))
            except BlockingIOError:
                yield a_moment()
            except ConnectionResetError:
                break
        return b"".join(found)

    @inlineCallbacks
    def test_who_has_said_all_that_it_will_gets_every_answer(self) -> Any:
        self.assertGreater(self.broker.vhosts["/"].queues["q"].message_count, 0)
        self.client.shutdown(socket.SHUT_WR)
        octets = yield self.read()
        self.assertGreater(len(octets), 200 * 100_000)

    @inlineCallbacks
    def test_who_never_reads_is_hung_up_on_after_a_while(self) -> Any:
        self.broker.close_connection(self.broker.connections[0])
        self.clock.advance(30)
        yield a_moment()
        self.assertEqual(1, len(self.broker._factory.protocols))
        self.clock.advance(CLOSE_TIMEOUT)
        yield a_moment()
        self.assertEqual({}, self.broker._factory.protocols)


def a_moment() -> Deferred[None]:
    """Let the reactor go round."""
    return deferLater(reactor, 0, lambda: None)

"""``--max-memory``: whatever a client fills the broker with raises the memory alarm, which blocks publishers."""

from __future__ import annotations

from unittest import TestCase

from fakebroker import FakeBroker
from fakebroker.control.main import parser
from fakebroker.control.memory_alarm import LEAST
from fakebroker.control.server import Server
from fakebroker.faults import Delay, Hold, when
from fakebroker.testing import VirtualClock
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.rawclient import RawClient

SPEC = load("0-9-1")
HEADERS = {"h": "x" * 10_000}


class MemoryCase(TestCase):
    """A broker with a limit of 300 KB, and a client."""

    limit = "300K"

    def setUp(self) -> None:
        self.clock = VirtualClock()
        server = Server(self.clock, parser().parse_args(["serve", "--max-memory", self.limit]))
        self.addCleanup(lambda: self.clock.result(server.stop()))
        self.broker: FakeBroker = server.broker
        self.queue = self.broker.vhosts["/"].queues.declare("q")
        self.client = self.connect()

    def connect(self) -> RawClient:
        client = RawClient.connect(self.broker, self.clock).open()
        client.open_channel(1)
        return client

    def publish(self, body: bytes = b"", count: int = 1, key: str = "q", **properties: object) -> None:
        content = Content.make(properties, body)  # type: ignore[arg-type]
        octets = encode(SPEC.command(1, "basic.publish", content, routing_key=key), 0)
        for _ in range(count):
            self.client.send_octets(octets)

    @property
    def is_alarmed(self) -> bool:
        self.clock.advance(3)
        return self.broker.alarms.active


class Filling(MemoryCase):
    def test_bodies(self) -> None:
        self.publish(bytes(10_000), 20)
        self.assertFalse(self.is_alarmed)
        self.publish(bytes(10_000), 20)
        self.assertTrue(self.is_alarmed)
        for _ in range(20):
            self.broker.get("q")
        self.assertFalse(self.is_alarmed)

    def test_it_takes_two_seconds_at_most(self) -> None:
        self.publish(bytes(10_000), 40)
        self.clock.advance(2)
        self.assertTrue(self.broker.alarms.active)
        self.broker.vhosts["/"].queues["q"].purge()
        self.clock.advance(1)
        self.assertFalse(self.broker.alarms.active)

    def test_far_too_much_raises_it_at_once(self) -> None:
        self.client.send_octets(
            encode(SPEC.command(1, "basic.publish", Content.make({}, bytes(LEAST)), routing_key="q"), 100_000)
        )
        self.assertFalse(self.broker.alarms.active)
        self.publish(bytes(10_000))
        self.assertTrue(self.broker.alarms.active)

    def test_headers(self) -> None:
        self.publish(b"", 40, headers=HEADERS)
        self.assertTrue(self.is_alarmed)

    def test_messages_of_nothing(self) -> None:
        self.publish(b"", 2000)
        self.assertTrue(self.is_alarmed)

    def test_messages_of_nothing_that_came_together(self) -> None:
        self.client.send_octets(encode(SPEC.command(1, "basic.publish", Content.make(), routing_key="q"), 0) * 20_000)
        self.assertTrue(self.is_alarmed)

    def test_copies_in_many_queues(self) -> None:
        for number in range(40):
            self.client.send("queue.declare", 1, queue=f"copy {number}")
            self.client.send("queue.bind", 1, queue=f"copy {number}", exchange="amq.fanout")
        content = Content.make({"priority": 1})
        for _ in range(20):
            self.client.send("basic.publish", 1, content, exchange="amq.fanout")
        self.assertTrue(self.is_alarmed)

    def test_a_stream(self) -> None:
        self.client.send("queue.declare", 1, queue="s", durable=True, arguments={"x-queue-type": "stream"})
        self.publish(bytes(10_000), 40, key="s")
        self.assertTrue(self.is_alarmed)

    def test_a_queue_with_priorities(self) -> None:
        self.client.send("queue.declare", 1, queue="p", arguments={"x-max-priority": 3})
        self.publish(bytes(10_000), 40, key="p", priority=2)
        self.assertTrue(self.is_alarmed)

    def test_messages_that_are_out(self) -> None:
        self.client.send("basic.consume", 1, queue="q")
        self.publish(bytes(10_000), 40)
        self.assertTrue(self.is_alarmed)
        self.client.send("basic.ack", 1, multiple=True)
        self.assertFalse(self.is_alarmed)

    def test_messages_that_are_out_of_a_queue_that_is_deleted(self) -> None:
        self.publish(bytes(10_000), 40)
        for _ in range(40):
            self.client.send("basic.get", 1, queue="q")
        self.broker.delete_queue("q")
        self.assertTrue(self.is_alarmed)
        self.client.hang_up()
        self.assertFalse(self.is_alarmed)

    def test_messages_of_a_deleted_queue_are_gone(self) -> None:
        self.publish(bytes(10_000), 40)
        self.broker.delete_queue("q")
        self.assertFalse(self.is_alarmed)

    def test_dead_letters(self) -> None:
        arguments = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "q", "x-message-ttl": 0}
        self.client.send("queue.declare", 1, queue="dying", arguments=arguments)
        self.publish(bytes(10_000), 40, key="dying")
        self.assertTrue(self.is_alarmed)

    def test_a_transaction(self) -> None:
        self.client.send("tx.select", 1)
        self.publish(b"", 40, headers=HEADERS)
        self.assertTrue(self.is_alarmed)
        self.client.send("tx.rollback", 1)
        self.assertFalse(self.is_alarmed)

    def test_acknowledgements_in_a_transaction(self) -> None:
        self.publish(bytes(10_000), 40)
        self.client.send("tx.select", 1)
        self.client.send("basic.consume", 1, queue="q")
        self.client.send("basic.ack", 1, multiple=True)
        self.assertTrue(self.is_alarmed)
        self.client.send("tx.commit", 1)
        self.assertFalse(self.is_alarmed)

    def test_what_rules_hold(self) -> None:
        self.broker.faults.add(when("basic.publish"), Hold("here"))
        self.publish(bytes(10_000), 40)
        self.assertTrue(self.is_alarmed)
        self.broker.faults.release("here")
        self.clock.advance(0)
        self.broker.vhosts["/"].queues["q"].purge()
        self.assertFalse(self.is_alarmed)

    def test_what_rules_delay(self) -> None:
        self.broker.faults.add(when("basic.deliver"), Delay(100))
        self.client.send("basic.consume", 1, queue="q", no_ack=True)
        self.publish(bytes(10_000), 40)
        self.assertTrue(self.is_alarmed)

    def test_what_clients_declare(self) -> None:
        for number in range(40):
            self.client.send("queue.declare", 1, queue=f"q{number}", arguments={"x-note": "x" * 10_000})
        self.assertTrue(self.is_alarmed)

    def test_replies_that_are_not_read(self) -> None:
        asking = self.connect()
        asking.send("basic.consume", 1, queue="amq.rabbitmq.reply-to", no_ack=True)
        asking.send("basic.publish", 1, Content.make({"reply_to": "amq.rabbitmq.reply-to"}), routing_key="q")
        request = self.broker.get("q")
        assert request is not None
        asking.transport.pauseProducing()  # type: ignore[union-attr]
        assert request.properties.reply_to is not None
        self.publish(bytes(10_000), 50, key=request.properties.reply_to)
        self.assertTrue(self.is_alarmed)

    def test_answers_that_are_not_read_count_and_are_fewer_than_without_a_limit(self) -> None:
        self.client.transport.pauseProducing()  # type: ignore[union-attr]
        self.publish(bytes(10_000))
        before = self.broker.memory.octets
        for _ in range(50):
            self.client.send("basic.get", 1, queue="q")
            self.client.send("basic.recover", 1, requeue=True)
        held = self.broker.memory.octets - before
        self.assertGreater(held, 30_000)
        self.assertLess(held, 80_000)


class Unfinished(MemoryCase):
    """Messages whose body has not all come."""

    def begin(self, channel: int, frames: int) -> None:
        """A publish, and so many frames of 4096 octets of its body."""
        content = Content.make({}, bytes(4088 * 500))
        whole = encode(SPEC.command(channel, "basic.publish", content, routing_key="q"), 4096)
        self.client.send_octets(whole[: len(whole) - (500 - frames) * 4096])

    def test_one(self) -> None:
        self.begin(1, 100)
        self.assertTrue(self.is_alarmed)

    def test_many(self) -> None:
        for channel in range(2, 22):
            self.client.open_channel(channel)
            self.begin(channel, 5)
        self.assertTrue(self.is_alarmed)

    def test_who_sends_more_of_it_is_blocked(self) -> None:
        self.client.hang_up()
        self.client = RawClient.connect(self.broker, self.clock)
        self.client.open(capabilities={"connection.blocked": True})
        self.client.open_channel(1)
        self.broker.set_alarm("memory")
        self.client.send("queue.declare", 1, queue="other")
        self.client.take("queue.declare-ok")
        self.begin(1, 5)
        self.client.take("connection.blocked")
        received = self.broker.connections[0].output.octets_received
        self.client.send_octets(bytes(100_000))
        self.assertEqual(received, self.broker.connections[0].output.octets_received)

    def test_when_the_alarm_is_over_the_rest_is_taken(self) -> None:
        self.broker.set_alarm("memory")
        whole = encode(SPEC.command(1, "basic.publish", Content.make({}, b"x" * 50_000), routing_key="q"), 4096)
        self.client.send_octets(whole[:10_000])
        self.client.send_octets(whole[10_000:])
        self.broker.clear_alarm("memory")
        self.clock.advance(0)
        self.assertEqual(1, self.queue.message_count)


class Journal(MemoryCase):
    limit = "10M"

    def test_it_keeps_less_than_it_would(self) -> None:
        self.publish(bytes(100_000), 100, key="nowhere")
        self.assertLess(len(self.broker.journal), 20)

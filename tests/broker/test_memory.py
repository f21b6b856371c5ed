"""What the memory alarm counts is what memory is taken, about."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.broker.memory_estimate import of_messages, of_session, of_vhost
from fakebroker.broker.message import make_message
from fakebroker.broker.queues.message_batch import DeliveryBatch, MessageBatch
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.broker.queueing import QueueCase
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


class Estimated(QueueCase):
    """The figures are the same on every machine: these."""

    def vhost_octets(self) -> int:
        return of_vhost(self.vhost)

    def session_octets(self) -> int:
        return of_session(self.client.session)

    def assertAdds(self, octets: int, act: Callable[[], object], where: Callable[[], int]) -> None:
        """What is done adds so many octets."""
        before = where()
        act()
        self.assertEqual(octets, where() - before)

    def test_a_queue_takes_3000_and_its_arguments(self) -> None:
        self.assertAdds(3064, lambda: self.queue("a"), self.vhost_octets)
        self.assertAdds(3064 + 160 + 12 + 40, lambda: self.queue("b", x_max_length=5), self.vhost_octets)

    def test_an_exchange_takes_1000_and_its_arguments(self) -> None:
        declare = self.vhost.exchanges.declare
        self.assertAdds(1064, lambda: declare("a"), self.vhost_octets)
        self.assertAdds(1064 + 160 + 1 + 40, lambda: declare("b", arguments={"x": 1}), self.vhost_octets)

    def test_a_binding_takes_1500_and_its_key_and_arguments(self) -> None:
        self.queue("q")
        bind = self.vhost.bindings.bind
        self.assertAdds(1564 + 3, lambda: bind("amq.topic", "q", "a.b"), self.vhost_octets)
        self.assertAdds(1564 + 160 + 1 + 40, lambda: bind("amq.topic", "q", "", {"x": 1}), self.vhost_octets)

    def test_a_message_takes_230_its_key_and_its_body(self) -> None:
        queue = self.queue("q")
        self.assertAdds(230 + 1 + 5, lambda: self.fill(queue, "12345"), self.vhost_octets)

    def test_one_that_has_properties_takes_340_and_their_octets_more(self) -> None:
        queue = self.queue("q")
        self.assertAdds(230 + 1 + 5 + 340 + 2 + 5, lambda: self.fill(queue, "12345", message_id="1234"),
                        self.vhost_octets)  # fmt: skip

    def test_a_single_octet_is_a_property_too(self) -> None:
        queue = self.queue("q")
        self.assertAdds(230 + 1 + 1 + 340 + 3, lambda: self.fill(queue, "1", delivery_mode=2), self.vhost_octets)

    def test_a_batch_in_the_mailbox_takes_250_for_each_of_its_deliveries(self) -> None:
        queue = self.queue("q")
        consumer = self.client.consume(queue, "a")
        batch = MessageBatch(make_message("", "q", Content.make({}, b"12")), [b"12", b"345"])
        self.client.session.pause()
        delivery = DeliveryBatch(consumer, batch)
        self.assertAdds(
            230 + 1 + 2 * (250 + 50) + 5, lambda: self.client.session.mailbox.put(delivery), self.session_octets
        )

    def test_one_that_has_more_routing_keys_takes_these_too(self) -> None:
        queue = self.queue("q")
        self.fill(queue, "1", headers={"CC": ["abc"]})
        header = len(queue.ready[0].content.header)
        more_keys = 64 + 8 + 60 + 3
        self.assertEqual(230 + 1 + more_keys + 340 + header + 1, of_messages(queue.ready))

    def test_messages_that_are_kept_together_share_all_but_50_and_their_bodies(self) -> None:
        first = make_message("", "q", Content.make({}, b"12"))
        self.assertEqual(230 + 1 + 50 * 3 + 6, of_messages([MessageBatch(first, [b"12", b"345", b"6"])]))

    def test_a_channel_takes_3000_and_each_consumer_1000_and_its_arguments(self) -> None:
        self.assertEqual(3000, self.session_octets())
        queue = self.queue("q")
        self.assertAdds(1064, lambda: self.client.consume(queue, "a"), self.session_octets)
        consume = self.client.consume
        self.assertAdds(1064 + 160 + 10 + 40, lambda: consume(queue, "b", arguments={"x-priority": 1}),
                        self.session_octets)  # fmt: skip

    def test_a_delivery_that_is_out_takes_250_beside_its_message(self) -> None:
        queue = self.queue("q")
        self.fill(queue, "12345")
        self.assertAdds(250 + 230 + 1 + 5, lambda: self.client.get(queue), self.session_octets)

    def test_so_does_one_in_the_mailbox(self) -> None:
        queue = self.queue("q")
        self.client.consume(queue, "a")
        self.client.session.pause()
        self.assertAdds(250 + 230 + 1 + 5, lambda: self.fill(queue, "12345"), self.session_octets)

    def test_a_reply_in_the_mailbox_takes_what_its_message_takes(self) -> None:
        session = self.client.session
        session.consume_replies(lambda message, tag, number: None)
        session.pause()
        assert session.replies.consumer is not None
        reply_to = session.replies.consumer.address
        self.assertAdds(230 + len(reply_to) + 3, lambda: self.client.publish(reply_to, b"123"), self.session_octets)

    def test_a_publication_that_waits_for_the_commit_takes_250_beside_its_message(self) -> None:
        self.client.session.select_tx()
        self.assertAdds(250 + 230 + 1 + 5, lambda: self.client.publish("q", b"12345"), self.session_octets)

    def test_a_delivery_that_the_commit_will_settle_is_still_out(self) -> None:
        queue = self.queue("q")
        self.fill(queue, "12345")
        self.client.session.select_tx()
        self.client.get(queue)
        self.assertAdds(0, lambda: self.client.session.ack(1), self.session_octets)

"""What is counted of messages, where, and by which of RabbitMQ's names."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.broker.stats import Churn
from tests.broker.queueing import QueueCase
from tests.rawclient import RawClient


class Published(QueueCase):
    def test_a_message_counts_at_its_channel_its_exchange_and_each_of_its_queues(self) -> None:
        for name in "ab":
            self.vhost.bindings.bind("amq.fanout", self.queue(name))
        self.client.publish("", exchange="amq.fanout")
        self.client.publish("", exchange="amq.fanout")
        fanout = self.vhost.exchanges["amq.fanout"]
        self.assertEqual({"publish_in": 2, "publish_out": 4}, fanout.counts.as_dict())
        self.assertEqual("<ExchangeStats 2 in, 4 out>", repr(fanout.counts))
        for name in "ab":
            self.assertEqual({"publish": 2}, self.vhost.queues[name].counts.of_queue())
        self.assertEqual(
            {"publish": 2, "confirm": 0, "return_unroutable": 0, "drop_unroutable": 0},
            self.client.session.counts.as_dict(),
        )

    def test_the_default_exchange_counts_each_message_once_whether_its_queue_is_there_or_not(self) -> None:
        self.fill(self.queue(), "1", "2")
        self.client.publish("nowhere")
        default = self.vhost.exchanges[""].counts
        self.assertEqual({"publish_in": 3, "publish_out": 3}, default.as_dict())

    def test_an_exchange_that_nothing_has_come_to_counts_nothing(self) -> None:
        self.assertEqual({}, self.vhost.exchanges["amq.fanout"].counts.as_dict())

    def test_what_goes_nowhere_is_returned_or_dropped(self) -> None:
        self.client.publish("nowhere")
        self.client.publish("nowhere")
        self.client.publish_optional("nowhere")
        self.fill(self.queue(), "1")
        self.assertEqual(
            {"publish": 4, "confirm": 0, "return_unroutable": 2, "drop_unroutable": 1},
            self.client.session.counts.as_dict(),
        )

    def test_confirms_count_from_confirm_select_on(self) -> None:
        queue = self.queue()
        self.fill(queue, "not confirmed")
        self.client.confirm()
        self.fill(queue, "1", "2")
        self.client.publish("nowhere")
        self.assertEqual(3, self.client.session.counts.confirm)
        self.assertEqual({"publish": 3}, queue.counts.of_queue())


class Delivered(QueueCase):
    NONE = {"get": 0, "get_no_ack": 0, "deliver": 0, "deliver_no_ack": 0, "redeliver": 0, "ack": 0, "get_empty": 0}

    def setUp(self) -> None:
        super().setUp()
        self.q = self.queue()
        self.fill(self.q, *"123456")

    def assertCounted(self, **counts: int) -> None:
        """The channel and the queue count the same."""
        expected = {**self.NONE, **counts}
        session = self.client.session.counts.as_dict()
        queue = self.q.counts.of_queue()
        self.assertEqual(expected, {name: session[name] for name in expected})
        self.assertEqual({"publish": 6, **expected}, queue)

    def test_nothing_is_shown_before_the_first(self) -> None:
        self.assertEqual({"publish": 6}, self.q.counts.of_queue())

    def test_to_a_consumer_that_acknowledges(self) -> None:
        self.client.consume(self.q, "a")
        self.client.session.ack(2, multiple=True)
        self.assertCounted(deliver=6, deliver_get=6, ack=2)

    def test_to_one_that_does_not(self) -> None:
        self.client.consume(self.q, "a", no_ack=True)
        self.assertCounted(deliver_no_ack=6, deliver_get=6)

    def test_what_was_asked_for(self) -> None:
        self.client.get(self.q)
        self.client.get(self.q)
        self.client.get(self.q, no_ack=True)
        self.assertCounted(get=2, get_no_ack=1, deliver_get=3)

    def test_what_comes_again_counts_as_a_redelivery_too(self) -> None:
        self.client.get(self.q)
        self.client.get(self.q)
        self.client.session.reject(0, multiple=True)
        self.client.consume(self.q, "a")
        self.assertCounted(get=2, deliver=6, redeliver=2, deliver_get=8)

    def test_the_virtual_host_takes_over_what_a_closed_channel_has_counted(self) -> None:
        self.client.get(self.q)
        self.client.session.close()
        other = self.another()
        other.get(self.q)
        other.session.close()
        self.assertEqual((6, 2, 1), (self.vhost.counts.publish, self.vhost.counts.get, self.vhost.counts.redeliver))
        self.assertRegex(repr(self.vhost.counts), "^<MessageStats {'publish': 6, .*'deliver_get': 2}>$")


class Churned(QueueCase):
    def test_all_begins_at_zero(self) -> None:
        zero = dict.fromkeys(Churn.__slots__, 0)
        self.assertEqual(zero, self.broker.churn.as_dict())

    def test_a_queue_counts_when_it_is_declared_made_and_deleted(self) -> None:
        self.queue("a")
        self.queue("a")
        self.queue("b")
        self.vhost.queues.delete(self.vhost.queues["a"])
        churn = self.broker.churn
        self.assertEqual((3, 2, 1), (churn.queue_declared, churn.queue_created, churn.queue_deleted))


class Together(SynchronousTestCase):
    def test_what_arrives_in_one_piece_counts_one_by_one(self) -> None:
        clock = Clock()
        broker = FakeBroker(clock=clock)
        self.addCleanup(broker.stop)
        client = RawClient.connect(broker, clock).open()
        client.open_channel(1)
        client.send("queue.declare", 1, queue="q")
        client.send("confirm.select", 1)
        client.send("basic.consume", 1, queue="q", no_ack=True)
        client.send_octets(client.octets_of("basic.publish", 1, b"x", routing_key="q") * 50)
        client.send("channel.close", 1, reply_code=200, reply_text="", class_id=0, method_id=0)
        counts = broker.vhosts["/"].counts
        self.assertEqual((50, 50, 50), (counts.publish, counts.confirm, counts.deliver_no_ack))

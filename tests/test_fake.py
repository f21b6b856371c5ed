"""FakeBroker's verbs: what a test may do to the broker, and look at, with no client."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import AMQPError, FakeBroker
from tests.rawclient import RawClient


class BrokerCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.addCleanup(self.broker.stop)
        self.vhost = self.broker.vhosts["/"]

    def client(self) -> RawClient:
        client = RawClient.connect(self.broker, self.clock).open()
        client.open_channel(1)
        return client


class WithNoClient(BrokerCase):
    def test_what_is_published_can_be_read_in_order(self) -> None:
        self.vhost.queues.declare("q")
        self.assertTrue(self.broker.publish(b"one", "q", headers={"n": 1}, priority=3))
        self.assertTrue(self.broker.publish(b"two", "q"))
        one = self.broker.get("q")
        assert one is not None
        self.assertEqual((b"one", {"n": 1}, 3), (one.body, one.properties.headers, one.properties.priority))
        self.assertEqual(("", "q", False, 1), (one.exchange, one.routing_key, one.redelivered, one.message_count))
        two = self.broker.get("q")
        assert two is not None
        self.assertEqual(b"two", two.body)
        self.assertIsNone(self.broker.get("q"))

    def test_a_message_that_no_queue_takes_is_told(self) -> None:
        self.assertFalse(self.broker.publish(b"lost", "nowhere"))

    def test_errors_are_those_a_client_would_get(self) -> None:
        error = self.assertRaises(AMQPError, self.broker.publish, b"", "q", exchange="none")
        self.assertEqual("NOT_FOUND - no exchange 'none' in vhost '/'", error.reply_text)
        error = self.assertRaises(AMQPError, self.broker.get, "none")
        self.assertEqual("NOT_FOUND - no queue 'none' in vhost '/'", error.reply_text)

    def test_a_property_that_does_not_exist_is_named(self) -> None:
        self.assertRaisesRegex(TypeError, "colour", self.broker.publish, b"", "q", colour="red")

    def test_it_reaches_a_consumer_at_once(self) -> None:
        self.vhost.queues.declare("q")
        client = self.client()
        client.send("basic.consume", 1, queue="q")
        client.take("basic.consume-ok")
        self.broker.publish(b"hello", "q")
        self.clock.advance(0)
        delivery = client.take("basic.deliver")
        assert delivery.content is not None
        self.assertEqual(b"hello", delivery.content.body)
        self.assertEqual([b"hello"], [each.message.body for each in self.vhost.queues["q"].unacked])

    def test_nothing_is_left_on_the_clock(self) -> None:
        self.vhost.queues.declare("q")
        self.broker.publish(b"x", "q")
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual([], self.broker.connections)


class AsAnAdministrator(BrokerCase):
    def test_a_restart_closes_connections_and_keeps_what_is_durable(self) -> None:
        client = self.client()
        for name, durable in (("kept", True), ("lost", False)):
            self.vhost.queues.declare(name, durable=durable)
        self.broker.publish(b"kept", "kept", delivery_mode=2)
        self.broker.publish(b"lost", "kept", delivery_mode=1)
        self.broker.restart()
        self.clock.advance(0)
        text = "CONNECTION_FORCED - broker forced connection closure with reason 'shutdown'"
        self.assertEqual(text, client.take("connection.close").args.reply_text)
        self.assertEqual(["kept"], list(self.vhost.queues))
        self.assertEqual([b"kept"], [message.body for message in self.vhost.queues["kept"].ready])

    def test_a_queue_can_be_deleted_under_its_consumers(self) -> None:
        self.vhost.queues.declare("q")
        client = RawClient.connect(self.broker, self.clock).open(capabilities={"consumer_cancel_notify": True})
        client.open_channel(1)
        client.send("basic.consume", 1, queue="q", consumer_tag="c")
        client.take("basic.consume-ok")
        self.broker.delete_queue("q")
        self.clock.advance(0)
        self.assertEqual("c", client.take("basic.cancel").args.consumer_tag)

    def test_a_channel_can_be_closed_under_its_client(self) -> None:
        client = self.client()
        (connection,) = self.broker.connections
        self.broker.close_channel(connection.channels[1], "because I say so")
        self.clock.advance(0)
        close = client.take("channel.close").args
        self.assertEqual((406, "PRECONDITION_FAILED - because I say so"), (close.reply_code, close.reply_text))
        self.assertTrue(connection.is_open)

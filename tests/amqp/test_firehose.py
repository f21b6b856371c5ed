"""The firehose: copies of what passes, as RabbitMQ 3.10.8 was seen to write them in the same conversations."""

from __future__ import annotations

from typing import Any

from fakebroker.values import Table
from fakebroker.wire.command import Content
from tests.amqp.conversation import ConversationCase

PROPERTIES: dict[str, Any] = {
    "content_type": "text/plain", "content_encoding": "ce", "headers": {"a": 1, "t": {"b": True}}, "delivery_mode": 2,
    "priority": 3, "correlation_id": "c", "reply_to": "r", "expiration": "60000", "message_id": "m", "timestamp": 5,
    "type": "ty", "user_id": "guest", "app_id": "ap", "cluster_id": "cl",
}  # fmt: skip


class Firehose(ConversationCase):
    def setUp(self) -> None:
        super().setUp()
        for name in ("traced", "q", "q2"):
            self.vhost.queues.declare(name)
        queues, exchanges = self.vhost.queues, self.vhost.exchanges
        self.vhost.bindings.bind(exchanges["amq.rabbitmq.trace"], queues["traced"], "#")
        for name in ("q", "q2"):
            self.vhost.bindings.bind(exchanges["amq.fanout"], queues[name], "")
        self.vhost.tracing = True

    def say(self, key: str, body: bytes, exchange: str = "", **properties: Any) -> None:
        content = Content.make(properties, body)
        self.client.send("basic.publish", 1, content, exchange=exchange, routing_key=key)

    def copies(self) -> list[tuple[str, bytes, dict[str, Any]]]:
        """Key, body and headers of each copy, and that there is nothing else to it."""
        found = []
        while (copy := self.broker.get("traced")) is not None:
            self.assertEqual(copy.exchange, "amq.rabbitmq.trace")
            headers = copy.properties.headers
            assert headers is not None
            self.assertEqual([each for each in copy.properties if each is not None], [headers])
            found.append((copy.routing_key, copy.body, headers))
        return found

    def origin(self) -> dict[str, Any]:
        return {"vhost": "/", "connection": self.broker.connections[0].name, "channel": 1, "user": "guest"}

    def test_a_publish_is_copied_with_all_that_is_known_of_it(self) -> None:
        self.say("key", b"y", "amq.fanout", **PROPERTIES)
        ((key, body, headers),) = self.copies()
        self.assertEqual((key, body), ("publish.amq.fanout", b"y"))
        self.assertEqual(
            list(headers.items()),
            [
                ("exchange_name", "amq.fanout"),
                ("routing_keys", ["key"]),
                ("properties", PROPERTIES),
                ("node", "rabbit@localhost"),
                *self.origin().items(),
                ("routed_queues", ["q", "q2"]),
            ],
        )
        self.assertEqual(list(headers["properties"]), list(reversed(PROPERTIES)))

    def test_the_default_exchange_tells_the_keys_be_there_such_queues_or_not(self) -> None:
        self.say("q", b"x", headers={"CC": ["q2"], "BCC": ["nowhere"]})
        ((key, _, headers),) = self.copies()
        self.assertEqual(key, "publish.")
        self.assertEqual(headers["routing_keys"], ["q", "q2", "nowhere"])
        self.assertEqual(headers["routed_queues"], ["nowhere", "q", "q2"])
        self.assertEqual(headers["properties"], {"headers": {"CC": ["q2"]}})

    def test_a_reply_is_told_to_go_to_no_queue(self) -> None:
        self.client.send("basic.consume", 1, queue="amq.rabbitmq.reply-to", consumer_tag="me", no_ack=True)
        self.say("q", b"request", reply_to="amq.rabbitmq.reply-to")
        ((_, _, headers),) = self.copies()
        address = headers["properties"]["reply_to"]
        self.say(address, b"reply")
        ((key, _, headers),) = self.copies()
        self.assertEqual((key, headers["routing_keys"], headers["routed_queues"]), ("publish.", [address], []))

    def test_what_goes_nowhere_is_copied_and_what_is_refused_is_not(self) -> None:
        self.say("nowhere", b"x", "amq.direct")
        self.assertEqual([(key, headers["routed_queues"]) for key, _, headers in self.copies()],
                         [("publish.amq.direct", [])])  # fmt: skip
        self.say("q", b"x", "no")
        self.assertEqual(self.copies(), [])

    def test_a_get_and_a_delivery_are_copied_with_the_queue_in_the_key(self) -> None:
        self.say("q", b"x")
        self.client.send("basic.get", 1, queue="q")
        self.client.send("basic.nack", 1, delivery_tag=1, requeue=True)
        self.client.send("basic.consume", 1, queue="q", consumer_tag="me")
        self.assertEqual(
            [(key, headers.get("redelivered")) for key, _, headers in self.copies()],
            [("publish.", None), ("deliver.q", 0), ("deliver.q", 1)],
        )

    def test_a_delivery_tells_where_it_goes(self) -> None:
        self.client.send("basic.consume", 1, queue="q", consumer_tag="me")
        self.say("q", b"x")
        _, (_, _, headers) = self.copies()
        self.assertEqual(
            list(headers.items()),
            [
                ("exchange_name", ""),
                ("routing_keys", ["q"]),
                ("properties", {}),
                ("node", "rabbit@localhost"),
                ("redelivered", 0),
                *self.origin().items(),
            ],
        )

    def test_each_of_many_that_arrive_in_one_piece_is_copied(self) -> None:
        self.client.send("basic.consume", 1, queue="q", consumer_tag="me", no_ack=True)
        octets = b"".join(
            self.client.octets_of("basic.publish", 1, b"%d" % number, routing_key="q") for number in range(50)
        )
        self.client.send_octets(octets)
        copies = self.copies()
        for key in ("publish.", "deliver.q"):
            self.assertEqual([body for each, body, _ in copies if each == key], [b"%d" % each for each in range(50)])

    def test_what_was_delivered_together_before_tracing_began_is_told_one_by_one(self) -> None:
        self.vhost.tracing = False
        octets = b"".join(
            self.client.octets_of("basic.publish", 1, b"%d" % number, routing_key="q") for number in range(50)
        )
        self.client.send_octets(octets)
        self.vhost.tracing = True
        self.client.send("basic.consume", 1, queue="q", consumer_tag="me", no_ack=True)
        self.assertEqual([body for key, body, _ in self.copies()], [b"%d" % each for each in range(50)])

    def test_a_publish_in_a_transaction_is_copied_before_the_commit(self) -> None:
        self.client.send("tx.select", 1)
        self.say("q", b"x")
        self.assertEqual([key for key, _, _ in self.copies()], ["publish."])
        self.client.send("tx.rollback", 1)
        self.assertEqual(self.copies(), [])

    def test_copies_are_not_copied_again(self) -> None:
        self.client.send("basic.consume", 1, queue="traced", consumer_tag="me")
        self.client.events.clear()
        self.say("q", b"x")
        self.assertEqual(self.client.names, ["basic.deliver"])

    def test_nothing_is_copied_when_it_is_off_or_by_dead_lettering(self) -> None:
        arguments: Table = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "q", "x-message-ttl": 0}
        self.vhost.queues.declare("dl", arguments=arguments)
        self.say("dl", b"x")
        self.assertEqual([key for key, _, _ in self.copies()], ["publish."])
        self.vhost.tracing = False
        self.say("q", b"x")
        self.assertEqual(self.copies(), [])

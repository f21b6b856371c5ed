"""Rules that meet: two actions on one item, and what has ended by the time a rule goes on."""

from __future__ import annotations

from typing import Any

from fakebroker.faults import (
    Block,
    CancelConsumer,
    Delay,
    Duplicate,
    Flow,
    Postpone,
    Redeliver,
    ReturnMessage,
    Slice,
    StallReading,
    Tune,
    when,
)
from fakebroker.faults.actions.action import Action
from tests.faults.scene import Scene, bodies

NOTIFIED = {"consumer_cancel_notify": True, "connection.blocked": True}
HEARTBEAT = b"\x08\0\0\0\0\0\0\xce"


class Together(Scene):
    def answers(self, channel_max: int) -> Any:
        """A client that gets as far as connection.open, when it has answered connection.tune."""
        client = self.connect()
        client.log_in()
        client.take("connection.tune")
        client.send("connection.tune-ok", channel_max=channel_max, frame_max=131072, heartbeat=0)
        client.send("connection.open", virtual_host="/")
        self.clock.advance(15)
        return client

    def test_limits_that_come_in_pieces_hold(self) -> None:
        self.add(Tune(channel_max=1), Slice(3))
        self.assertIsNotNone(self.answers(5).lost)
        self.add(Tune(channel_max=0), Slice(30))
        self.assertEqual(["connection.open-ok"], self.answers(65535).names)

    def test_what_comes_in_pieces_is_what_others_wait_for(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Postpone("basic.cancel-ok"))
        self.add(when("basic.cancel-ok"), Slice(4))
        self.publish(client)
        client.send("basic.cancel", 1, consumer_tag="c")
        self.assertEqual(["basic.cancel-ok", "basic.deliver"], client.names)

    def test_a_copy_is_no_delivery_that_could_go_back(self) -> None:
        client = self.consuming(capabilities=NOTIFIED)
        self.add(when("basic.deliver"), Duplicate(), CancelConsumer(after=True))
        self.publish(client, "a")
        self.publish(client, "b")
        self.assertEqual(["basic.deliver", "basic.cancel"], client.names)
        client.send("basic.ack", 1, delivery_tag=1)
        self.assertTrue(self.is_well(client))
        self.assertEqual(1, self.waiting())

    def test_nor_is_one_that_nobody_acknowledges(self) -> None:
        for action in (Duplicate(), Redeliver()):
            client = self.consuming(no_ack=True, capabilities=NOTIFIED)
            self.add(when("basic.deliver"), action, CancelConsumer(after=True))
            self.publish(client, "a")
            self.assertEqual(["basic.deliver", "basic.cancel"], client.names)
            self.assertEqual(0, self.waiting())

    def test_a_consumer_is_cancelled_once(self) -> None:
        client = self.consuming(capabilities=NOTIFIED)
        for after in (True, False):
            self.add(when("basic.deliver", nth=1), CancelConsumer(after=after))
        self.publish(client)
        self.assertEqual(["basic.cancel"], client.names)

    def test_deliveries_in_pieces_do_not_come_behind_the_cancel(self) -> None:
        client, other = self.consuming(capabilities=NOTIFIED), self.client()
        self.add(when("basic.deliver", nth=1), CancelConsumer(after=True))
        self.add(when("basic.deliver"), Slice(100), times=None)
        other.send_octets(b"".join(other.octets_of("basic.publish", 1, body, routing_key="q") for body in (b"a", b"b")))
        self.assertEqual(["basic.deliver", "basic.cancel"], client.names)
        self.assertEqual(1, self.waiting())

    def test_a_consumer_of_replies_that_is_cancelled_is_gone(self) -> None:
        client = self.client(capabilities=NOTIFIED)
        consume = {"queue": "amq.rabbitmq.reply-to", "no_ack": True}
        client.send("basic.consume", 1, consumer_tag="r", **consume)
        client.send("basic.consume", 1, queue="q", consumer_tag="me", no_ack=True)
        client.events.clear()
        self.publish(client, properties={"reply_to": "amq.rabbitmq.reply-to"})
        address = client.take("basic.deliver").content.properties.reply_to
        self.add(CancelConsumer())
        self.publish(client, key=address)
        self.publish(client, key=address)
        client.send("basic.consume", 1, consumer_tag="again", **consume)
        self.assertEqual(["basic.cancel", "basic.consume-ok"], client.names)


class ChannelsThatEnd(Scene):
    def test_flow_does_not_go_on_where_the_channel_has_ended(self) -> None:
        for again in (False, True):
            client = self.client()
            self.add(Flow(seconds=2))
            self.publish(client)
            client.send("channel.close", 1)
            if again:
                client.send("channel.open", 1)
            self.clock.advance(3)
            self.assertEqual(["channel.flow", "channel.close-ok", "channel.open-ok"][: 2 + again], client.names)


class Heard(Scene):
    """A client that the broker does not read from says its heartbeats in vain, and is not given up for that."""

    def beats(self, action: Action) -> Any:
        client = self.connect().open(heartbeat=2)
        client.open_channel(1)
        self.add(when("basic.publish"), action)
        self.publish(client)
        for _ in range(40):
            client.send_octets(HEARTBEAT)
            self.clock.advance(1)
        self.assertIsNone(client.lost)
        return client

    def test_while_it_is_blocked(self) -> None:
        self.beats(Block(seconds=30))
        self.beats(Block())

    def test_while_it_waits(self) -> None:
        self.beats(Delay(30))

    def test_while_reading_is_stalled(self) -> None:
        self.beats(StallReading(seconds=30))

    def test_but_afterwards(self) -> None:
        client = self.beats(Delay(30))
        self.clock.advance(10)
        self.assertIsNotNone(client.lost)


class Returned(Scene):
    def test_whoever_may_write_to_its_exchange_alone(self) -> None:
        self.broker.users.add("bob", "secret").permit("/", write="^logs$")
        self.broker.vhosts["/"].exchanges.declare("logs", "fanout")
        client = self.confirming(user="bob", password="secret")
        self.add(ReturnMessage())
        self.publish(client, exchange="logs")
        self.assertEqual(["basic.return", "basic.ack"], client.names)

    def test_no_queue_gets_it_by_its_headers_either(self) -> None:
        client = self.confirming()
        self.add(ReturnMessage(), times=2)
        for name in ("CC", "BCC"):
            self.publish(client, properties={"headers": {name: ["q"]}})
        self.assertEqual(["hello", "hello"], bodies(client))
        self.assertEqual([1, 2], [event.args.delivery_tag for event in client.events if event.name == "basic.ack"])
        self.assertEqual(0, self.waiting())

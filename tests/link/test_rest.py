"""When the broker does what a rule makes of something that the broker says."""

from __future__ import annotations

from typing import Any

from fakebroker.faults import CancelConsumer, Delay, Do, Hold, when
from fakebroker.values import Value
from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.faults.scene import Scene

NOTIFIED = {"consumer_cancel_notify": True}


class Resting(Scene):
    def setUp(self) -> None:
        super().setUp()
        self.queues = self.broker.vhosts["/"].queues

    def octets(self, client: Any, name: str, body: bytes | None = None, **fields: Any) -> bytes:
        content = None if body is None else Content.make({}, body)
        return encode(client.spec.command(1, name, content, **fields), 0)

    def test_it_is_done_before_the_next_command_of_the_same_piece(self) -> None:
        client = self.client()
        self.queues.declare("other")
        self.add(when("queue.declare-ok", nth=1), Do("delete_queue", arguments={"name": "other"}))
        other = self.octets(client, "queue.declare", queue="other", passive=True)
        client.send_octets(self.octets(client, "queue.declare", queue="q") + other)
        self.assertEqual(["queue.declare-ok", "channel.close"], client.names)
        self.assertEqual(404, client.events[1].args.reply_code)

    def test_what_is_delivered_before_comes_before_it_and_what_dies_before_comes_after_it(self) -> None:
        client = self.consuming(capabilities=NOTIFIED)
        self.queues.declare("dead")
        arguments: dict[str, Value] = {
            "x-max-length": 0,
            "x-dead-letter-exchange": "",
            "x-dead-letter-routing-key": "dead",
        }
        self.queues.declare("short", arguments=arguments)
        client.send("basic.consume", 1, queue="dead", consumer_tag="dead", no_ack=True)
        client.take("basic.consume-ok")
        self.add(when("basic.deliver", consumer_tag="c"), Do("delete_queue", arguments={"name": "dead"}))
        short = self.octets(client, "basic.publish", b"dies", routing_key="short")
        client.send_octets(short + self.octets(client, "basic.publish", b"m", routing_key="q"))
        # The letter finds no queue any more.
        self.assertEqual(["basic.deliver", "basic.cancel"], client.names)

    def test_a_queue_goes_on_with_the_other_consumer_when_one_is_cancelled_in_the_middle(self) -> None:
        client = self.consuming(capabilities=NOTIFIED)
        client.send("basic.consume", 1, queue="q", consumer_tag="other")
        client.take("basic.consume-ok")
        self.add(when("basic.deliver", consumer_tag="c", nth=1), CancelConsumer())
        client.send_octets(b"".join(self.octets(client, "basic.publish", b"%d" % n, routing_key="q") for n in range(4)))
        told = [(each.name, each.args.consumer_tag) for each in client.events]
        self.assertEqual([("basic.cancel", "c"), *[("basic.deliver", "other")] * 4], told)

    def test_a_consumer_that_is_cancelled_in_the_middle_gives_back_the_rest_in_its_order(self) -> None:
        client = self.client()
        for body in ("1", "2", "3"):
            self.publish(client, body)
        self.add(when("basic.deliver", nth=2), CancelConsumer())
        client.send("basic.consume", 1, queue="q", consumer_tag="c")
        self.assertEqual(["basic.consume-ok", "basic.deliver"], client.names)
        self.assertEqual([b"2", b"3"], [message.body for message in self.queues["q"].ready])
        client.send("basic.get", 1, queue="q")
        self.assertEqual(4, client.events[-1].args.delivery_tag)  # the channel had read all of its mailbox by then


class Memory(Scene):
    def test_what_is_held_up_takes_memory_until_it_goes_on(self) -> None:
        for action, go_on in (
            (Hold("held"), lambda: self.broker.faults.release("held")),
            (Delay(5), lambda: self.clock.advance(5)),
        ):
            client = self.client()
            before = self.broker.memory.octets
            self.add(when("basic.publish"), action)
            self.publish(client, "m" * 10_000, key="nowhere")
            self.assertGreater(self.broker.memory.octets, before + 10_000)
            go_on()
            self.clock.settle()
            self.assertLess(self.broker.memory.octets, before + 1_000)

"""In which order things come that rules hold, release, cancel and close: as RabbitMQ has it, unless asked for."""

from __future__ import annotations

from typing import Any

from fakebroker.faults import (
    Block,
    CancelConsumer,
    CloseChannel,
    CloseConnection,
    Delay,
    Do,
    Duplicate,
    Hold,
    Postpone,
    Redeliver,
    Release,
    StallReading,
    when,
)
from fakebroker.faults.match import When
from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.faults.scene import Scene, bodies, tags

CAPABLE = {"consumer_cancel_notify": True, "connection.blocked": True}


class Released(Scene):
    def confirms(self, *, after: bool) -> list[int]:
        client = self.confirming()
        self.add(when("basic.ack", "out", delivery_tag=1), Hold("h"))
        self.add(when("basic.ack", "out", delivery_tag=2), Hold("h"))
        self.add(when("basic.ack", "out", delivery_tag=4), Release("h", after=after))
        for _ in range(5):
            self.publish(client)
        return [tag for _, tag in tags(client)]

    def test_before_the_item(self) -> None:
        self.assertEqual([3, 1, 2, 4, 5], self.confirms(after=False))

    def test_behind_the_item(self) -> None:
        self.assertEqual([3, 4, 1, 2, 5], self.confirms(after=True))

    def test_before_an_item_of_a_whole_batch(self) -> None:
        client = self.confirming()
        self.add(when("basic.ack", "out", delivery_tag=1), Hold("h"))
        self.add(when("basic.ack", "out", delivery_tag=3), Release("h"))
        publish = encode(client.spec.command(1, "basic.publish", Content.make({}, b"x"), routing_key="q"), 0)
        client.send_octets(publish * 4)
        self.assertEqual([2, 1, 3, 4], [tag for _, tag in tags(client)])

    def test_before_a_request_is_handled(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok", queue="one"), Hold("h"))
        self.add(when("basic.get", "in"), Release("h"))
        client.send("queue.declare", 1, queue="one")
        client.send("basic.get", 1, queue="q")
        self.assertEqual(["queue.declare-ok", "basic.get-empty"], client.names)

    def test_what_comes_in(self) -> None:
        client = self.client()
        self.add(when("basic.publish", body="a"), Hold("h"))
        self.add(when("basic.publish", body="c"), Release("h"))
        for body in "abc":
            self.publish(client, body)
        for _ in range(3):
            client.send("basic.get", 1, queue="q")
        self.assertEqual(["b", "a", "c"], bodies(client))

    def test_a_release_of_a_label_lets_go_all_that_is_held_under_it(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Hold("h", all=True), times=2)
        client.send("queue.declare", 1, queue="one")
        client.send("queue.declare", 1, queue="two")
        self.assertEqual([], client.names)
        self.assertEqual(2, self.broker.faults.release("h"))
        self.clock.settle()
        self.assertEqual(["one", "two"], [event.args.queue for event in client.events])

    def test_what_holds_all_and_what_holds_one_behind_it(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok", queue="one"), Hold("h", all=True))
        self.add(when("queue.declare-ok", queue="two"), Hold("h"))
        for name in ("one", "two", "three"):
            client.send("queue.declare", 1, queue=name)
        self.assertEqual(2, self.broker.faults.release("h"))
        self.clock.settle()
        self.assertEqual(["one", "two", "three"], [event.args.queue for event in client.events])

    def test_several_connections(self) -> None:
        clients: list[Any] = [self.client(), self.client()]
        self.add(when("basic.get-empty"), Hold("h", all=True), times=None)
        for client in clients:
            client.send("basic.get", 1, queue="q")
        self.assertEqual(2, self.broker.faults.release("h"))
        self.clock.settle()
        self.assertEqual([["basic.get-empty"]] * 2, [client.names for client in clients])

    def test_what_is_late_and_then_held_is_let_go_while_it_is_late(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Delay(5), Hold("h"))
        client.send("basic.get", 1, queue="q")
        self.assertEqual(1, self.broker.faults.release("h"))
        self.assertEqual([], client.names)
        self.clock.advance(5)
        self.assertEqual(["basic.get-empty"], client.names)

    def test_reading_that_is_stalled_under_the_same_label(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Hold("h"))
        self.add(when("basic.get", "in"), StallReading(until="h"))
        client.send("basic.get", 1, queue="q")
        client.send("basic.get", 1, queue="q")
        self.assertEqual(2, self.broker.faults.release("h"))
        self.clock.settle()
        self.assertEqual(["basic.get-empty"] * 2, client.names)


class Cancelled(Scene):
    def deliveries(self, where: When, action: CancelConsumer, *, no_ack: bool, at_once: bool) -> Any:
        """A client that is sent a to e."""
        client = self.consuming(no_ack=no_ack, capabilities=CAPABLE)
        self.add(where, action)
        if at_once:
            with self.broker.turn:
                for body in "abcde":
                    self.broker.publish(body.encode(), "q")
        else:
            for body in "abcde":
                self.broker.publish(body.encode(), "q")
        self.clock.settle()
        return client

    def test_no_delivery_comes_behind_the_cancel(self) -> None:
        for no_ack in (True, False):
            for at_once in (True, False):
                for after in (True, False):
                    self.setUp()
                    action = CancelConsumer(after=after)
                    client = self.deliveries(when("basic.deliver", nth=2), action, no_ack=no_ack, at_once=at_once)
                    delivered = ["a", "b"] if after else ["a"]
                    self.assertEqual(["basic.deliver"] * len(delivered) + ["basic.cancel"], client.names)
                    self.assertEqual(delivered, bodies(client))
                    left = [message.body.decode() for message in self.broker.vhosts["/"].queues["q"].ready]
                    self.assertEqual(list("abcde")[len(delivered) :], left)
                    self.assertEqual(0 if no_ack else len(delivered), len(self.broker.vhosts["/"].queues["q"].unacked))
                    self.assertTrue(self.is_well(client))

    def test_another_consumer_gets_what_it_would_have_got(self) -> None:
        client = self.consuming(no_ack=True, capabilities=CAPABLE)
        self.add(when("basic.deliver", consumer_tag="c"), CancelConsumer())
        client.send("basic.consume", 1, queue="q", consumer_tag="d", no_ack=True)
        client.take("basic.consume-ok")
        for body in "abc":
            self.broker.publish(body.encode(), "q")
            self.clock.settle()
        self.assertEqual(["a", "b", "c"], bodies(client))
        told = [event.args.consumer_tag for event in client.events if event.name == "basic.deliver"]
        self.assertEqual(["d"] * 3, told)

    def test_a_delivery_that_was_asked_to_come_late_does(self) -> None:
        client = self.consuming(capabilities=CAPABLE)
        self.add(when("basic.deliver", nth=1), Postpone(after="basic.cancel"))
        self.add(when("basic.deliver", nth=2), CancelConsumer(after=True))
        for body in "ab":
            self.broker.publish(body.encode(), "q")
        self.clock.settle()
        self.assertIn("b", bodies(client))

    def test_the_answer_to_consume_comes_first(self) -> None:
        client = self.client(capabilities=CAPABLE)
        self.broker.publish(b"a", "q")
        self.add(when("basic.consume-ok"), CancelConsumer())
        client.send("basic.consume", 1, queue="q", consumer_tag="c", no_ack=True)
        self.assertEqual(["basic.consume-ok", "basic.cancel"], client.names)
        self.assertEqual(1, self.waiting())

    def test_a_queue_that_is_deleted_in_the_instant_of_the_clients_cancel(self) -> None:
        client = self.consuming(capabilities=CAPABLE)
        self.add(when("basic.cancel", "in"), Do("delete_queue", {"name": "q"}))
        client.send("basic.cancel", 1, consumer_tag="c")
        self.assertEqual(["basic.cancel-ok"], client.names)

    def test_a_queue_that_is_deleted_just_before_a_delivery(self) -> None:
        client = self.consuming(capabilities=CAPABLE)
        self.add(when("basic.deliver"), Do("delete_queue", {"name": "q"}))
        with self.broker.turn:
            for body in "ab":
                self.broker.publish(body.encode(), "q")
        self.clock.settle()
        self.assertEqual(["basic.deliver", "basic.deliver", "basic.cancel"], client.names)

    def test_tags_of_deliveries_stay_in_order_when_one_comes_again(self) -> None:
        client = self.consuming()
        self.add(Redeliver())
        with self.broker.turn:
            for body in "abc":
                self.broker.publish(body.encode(), "q")
        self.clock.settle()
        self.assertEqual([1, 2, 3, 4], [tag for _, tag in tags(client)])
        self.assertEqual(["a", "b", "c", "a"], bodies(client))


class BothSidesClose(Scene):
    def closes(self, where: When, first: Any, name: str) -> Any:
        """A client that publishes and closes in one write."""
        client = self.confirming()
        self.add(where, first)
        content = Content.make({}, b"x")
        publish = encode(client.spec.command(1, "basic.publish", content, routing_key="q"), 0)
        channel = 1 if name == "channel.close" else 0
        client.send_octets(publish + encode(client.spec.command(channel, name, None), 0))
        return client

    def test_the_channel_at_a_request(self) -> None:
        client = self.closes(when("basic.publish"), CloseChannel(), "channel.close")
        self.assertEqual(["channel.close", "channel.close-ok"], client.names)
        self.comes_back(client)

    def test_the_channel_at_a_delivery(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), CloseChannel())
        client.transport.write(encode(client.spec.command(1, "channel.close", None), 0))
        self.broker.publish(b"x", "q")
        self.clock.settle()
        self.assertEqual(["channel.close", "channel.close-ok"], client.names)
        self.comes_back(client)

    def comes_back(self, client: Any) -> None:
        client.send("channel.close-ok", 1)
        client.events.clear()
        client.send("channel.open", 1)
        self.assertEqual(["channel.open-ok"], client.names)
        self.assertTrue(self.is_well(client))

    def test_the_connection(self) -> None:
        client = self.closes(when("basic.publish"), CloseConnection(), "connection.close")
        self.assertEqual(["connection.close", "connection.close-ok"], client.names)
        client.send("connection.close-ok")
        self.assertIsNotNone(client.lost)


class WhileBlocked(Scene):
    def test_a_connection_that_is_closed_is_blocked_no_longer(self) -> None:
        client = self.client(capabilities=CAPABLE)
        self.broker.set_alarm("memory")
        self.publish(client)
        self.broker.close_connection(self.broker.connections[0], "bye")
        self.clock.settle()
        self.assertEqual(["connection.blocked", "connection.close"], client.names)
        client.send("connection.close-ok")
        self.assertIsNotNone(client.lost)

    def test_nor_by_a_rule(self) -> None:
        client = self.client(capabilities=CAPABLE)
        self.add(Block())
        self.publish(client)
        self.broker.close_connection(self.broker.connections[0], "bye")
        self.clock.settle()
        client.send("connection.close-ok")
        self.assertEqual(["connection.blocked", "connection.close"], client.names)
        self.assertIsNotNone(client.lost)
        self.assertEqual(0, self.waiting())

    def test_what_it_had_sent_behind_the_publish_is_not_handled(self) -> None:
        client = self.client()
        self.broker.set_alarm("memory")
        self.publish(client)
        client.send("queue.declare", 1, queue="never")
        self.broker.close_connection(self.broker.connections[0], "bye")
        self.clock.settle()
        self.assertNotIn("never", self.broker.vhosts["/"].queues)


class AtTheEnd(Scene):
    def test_a_restart_tells_everybody_and_hangs_up_at_once(self) -> None:
        clients = [self.client(), self.consuming(), self.confirming()]
        self.broker.restart()
        self.clock.settle()
        for client in clients:
            self.assertEqual(("connection.close", 320), (client.names[-1], client.events[-1].args.reply_code))
            self.assertIsNotNone(client.lost)

    def test_whoever_is_still_logging_in_is_hung_up_on(self) -> None:
        client = self.connect()
        client.begin()
        self.broker.restart()
        self.clock.settle()
        self.assertEqual([], client.names)
        self.assertIsNotNone(client.lost)

    def test_what_a_slow_network_holds_up_comes_late_and_then_the_end(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Delay(5))
        client.send("basic.get", 1, queue="q")
        self.broker.restart()
        self.clock.settle()
        self.assertIsNone(client.lost)
        self.clock.advance(5)
        self.assertEqual(["basic.get-empty", "connection.close"], client.names)
        self.assertIsNotNone(client.lost)

    def test_copies_come_before_the_close(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Duplicate(), CloseConnection(after=True))
        client.send("basic.get", 1, queue="q")
        self.assertEqual(["basic.get-empty", "connection.close"], client.names)

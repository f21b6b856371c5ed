"""One direction of a connection: what waits, what is held meanwhile, and in which order it all goes on."""

from __future__ import annotations

from typing import Any

from fakebroker.faults import (
    CancelConsumer,
    CloseChannel,
    CloseConnection,
    Delay,
    Flow,
    Hold,
    Postpone,
    Redeliver,
    Release,
    Say,
    when,
)
from tests.faults.scene import Scene, bodies


class Lanes(Scene):
    def declare(self, client: Any, *queues: str) -> None:
        for queue in queues:
            client.send("queue.declare", 1, queue=queue)

    def heard(self, client: Any) -> list[str]:
        """What came back, a declared queue by its name."""
        said = [event.args.queue if event.name == "queue.declare-ok" else event.name for event in client.events]
        client.events.clear()
        return said

    def release(self, label: str = "held") -> None:
        self.broker.faults.release(label)
        self.clock.settle()


class Answers(Lanes):
    def test_what_is_let_go_comes_before_what_waits_in_the_order_in_which_it_was_held(self) -> None:
        client = self.client()
        for _ in range(2):  # and once more, when all of that has gone
            self.add(when("queue.declare-ok"), Hold(), times=2)
            self.add(when("basic.get-empty"), Delay(5))
            self.declare(client, "x", "y")
            client.send("basic.get", 1, queue="q")
            client.send("queue.unbind", 1, queue="q", exchange="amq.direct", routing_key="none")
            self.release()
            self.assertEqual([], client.names)
            self.clock.advance(5)
            self.assertEqual(["x", "y", "basic.get-empty", "queue.unbind-ok"], self.heard(client))

    def test_what_comes_behind_an_answer_comes_before_what_is_behind_that(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Postpone("basic.get-empty"), times=2)
        self.add(when("basic.get-empty"), Delay(5))
        self.declare(client, "x", "y")
        client.send("basic.get", 1, queue="q")
        client.send("queue.unbind", 1, queue="q", exchange="amq.direct", routing_key="none")
        self.clock.advance(5)
        self.assertEqual(["basic.get-empty", "x", "y", "queue.unbind-ok"], self.heard(client))


class Requests(Lanes):
    def test_what_is_let_go_while_others_go_on_comes_behind_those(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Hold("first"), times=2)
        self.add(when("queue.declare"), Hold("second"))
        self.add(when("queue.declare-ok"), Release("second"))
        self.add(when("basic.get"), Delay(5))
        self.declare(client, "x", "y", "z")
        client.send("basic.get", 1, queue="q")
        self.release("first")
        self.clock.advance(5)
        self.assertEqual(["x", "y", "z", "basic.get-empty"], self.heard(client))

    def test_and_behind_what_comes_behind_those(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Postpone("basic.get"), times=2)
        self.add(when("queue.declare"), Hold())
        self.add(when("queue.declare-ok"), Release())
        self.declare(client, "x", "y", "z")
        client.send("basic.get", 1, queue="q")
        self.assertEqual(["basic.get-empty", "x", "y", "z"], self.heard(client))

    def test_a_request_is_carried_out_when_those_before_it_have_been(self) -> None:
        """What the broker says of one may let another go: it does not come in between."""
        client = self.consuming()
        self.add(when("queue.declare"), Hold())
        self.add(when("basic.deliver"), Release())
        self.declare(client, "x")
        self.publish(client, "a")
        self.assertEqual(["basic.deliver", "x"], self.heard(client))


class WhileAQueueDelivers(Scene):
    """What a rule has the broker do because of a delivery, when there are more on their way."""

    def both(self, **options: Any) -> Any:
        """A client with a consumer on each of two channels."""
        client = self.client(**options)
        client.open_channel(2)
        for channel in (1, 2):
            client.send("basic.consume", channel, queue="q", consumer_tag=f"c{channel}")
            client.take("basic.consume-ok")
        return client

    def deliver(self, *bodies: str) -> None:
        """Several messages at once."""
        other = self.client()
        other.send_octets(
            b"".join(other.octets_of("basic.publish", 1, body.encode(), routing_key="q") for body in bodies)
        )

    def test_a_channel_that_is_closed_gets_no_more_and_another_gets_it_all(self) -> None:
        client = self.both()
        self.add(when("basic.deliver", nth=1), CloseChannel())
        self.deliver("a", "b", "c")
        said = [(event.name, event.channel) for event in client.events]
        self.assertEqual([("channel.close", 1), *[("basic.deliver", 2)] * 3], said)
        self.assertEqual(["a", "b", "c"], sorted(bodies(client)))

    def test_nor_what_was_to_be_held(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver", nth=1), CloseChannel())
        self.add(when("basic.deliver", nth=2), Hold())
        self.deliver("a", "b")
        self.broker.faults.release()
        self.clock.settle()
        self.assertEqual(["channel.close"], client.names)

    def test_a_consumer_that_is_cancelled_gets_no_more_and_another_gets_it_all(self) -> None:
        client = self.both(capabilities={"consumer_cancel_notify": True})
        self.add(when("basic.deliver", nth=1), CancelConsumer())
        self.deliver("a", "b", "c")
        self.assertEqual(["basic.cancel", *["basic.deliver"] * 3], client.names)
        self.assertEqual((1, ("c1", True)), (client.events[0].channel, tuple(client.events[0].args)))
        self.assertEqual({"c2"}, {event.args.consumer_tag for event in client.events[1:]})
        self.assertEqual(["a", "b", "c"], sorted(bodies(client)))

    def test_what_is_on_its_way_to_another_consumer_comes_behind_the_cancel(self) -> None:
        client = self.client(capabilities={"consumer_cancel_notify": True})
        for queue in "qr":
            client.send("queue.declare", 1, queue=queue)
            client.send("queue.bind", 1, queue=queue, exchange="amq.fanout")
            client.send("basic.consume", 1, queue=queue, consumer_tag=queue)
        client.events.clear()
        self.add(when("basic.deliver", nth=1), CancelConsumer())
        self.publish(self.client(), exchange="amq.fanout")
        self.assertEqual(["basic.cancel", "basic.deliver"], client.names)
        self.assertEqual(["q", "r"], [event.args.consumer_tag for event in client.events])
        self.assertEqual((2, False), client.events[1].args[1:3])


class ChannelsThatAreOpenedAgain(Scene):
    """A channel of the same number is another one."""

    def reopen(self, client: Any) -> None:
        for name in ("channel.close", "channel.open"):
            client.send(name, 1)
        client.events.clear()

    def test_an_answer_that_a_rule_expected_is_the_brokers_to_hear(self) -> None:
        client = self.client()
        self.add(Flow())
        self.publish(client)
        self.reopen(client)
        client.send("channel.flow-ok", 1, active=False)
        heard = client.names
        other = self.client()
        other.send("channel.flow-ok", 1, active=False)
        self.assertEqual(other.names, heard)

    def test_but_not_what_was_expected_on_others(self) -> None:
        client = self.client()
        self.add(Flow())
        self.publish(client)
        client.send("channel.open", 2)
        client.send("channel.flow-ok", 1, active=False)
        self.assertTrue(self.is_well(client))

    def test_it_is_not_told_to_go_on(self) -> None:
        client = self.client()
        self.add(Flow(seconds=5))
        self.publish(client)
        self.reopen(client)
        self.clock.advance(5)
        self.assertEqual([], client.names)

    def test_nor_is_one_that_a_rule_has_closed(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Flow(seconds=5))
        self.add(when("basic.get-empty"), Say("channel.close", reply_code=320, reply_text="enough"))
        self.publish(client, key="nowhere")
        client.send("channel.flow-ok", 1, active=False)
        client.send("basic.get", 1, queue="q")
        self.clock.advance(5)
        self.assertEqual(["channel.flow", "basic.get-empty", "channel.close"], client.names)

    def test_nor_is_one_that_the_broker_has_closed(self) -> None:
        client = self.client()
        self.add(Flow(seconds=5))
        self.publish(client)
        client.send("channel.flow-ok", 1, active=False)
        client.send("queue.declare", 1, queue="none", passive=True)
        self.clock.advance(5)
        self.assertEqual(["channel.flow", "channel.close"], client.names)


class AfterTheEnd(Lanes):
    def test_what_waits_for_a_client_that_is_gone_is_not_carried_out(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Delay(5))
        self.publish(client)
        client.abort()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEqual(0, self.waiting())

    def test_nor_what_is_behind_what_ends_the_connection(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), CloseConnection(320, "enough"))
        self.declare(client, "x")
        self.publish(client)
        self.assertEqual(["connection.close"], client.names)
        self.assertEqual(0, self.waiting())

    def test_a_message_that_is_to_come_again_goes_to_somebody_else(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Redeliver(), Delay(5))
        self.publish(client, "a")
        client.hang_up()
        other = self.consuming()
        self.clock.advance(5)
        self.assertEqual(["a"], bodies(other))

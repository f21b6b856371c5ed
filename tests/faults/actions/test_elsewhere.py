"""What clients see of items that get lost, come again, or pass elsewhere; and of what a function of the user's says."""

from __future__ import annotations

from typing import Any

from twisted.internet import error

from fakebroker.errors import RuleError
from fakebroker.faults import (
    BurstLoss,
    Call,
    Close,
    CloseChannel,
    Delay,
    Divert,
    Do,
    Drop,
    Duplicate,
    Hold,
    OctetLimit,
    Replay,
    when,
)
from fakebroker.journal.entries import Failed
from fakebroker.wire.writer import encode
from tests.faults.scene import Scene, bodies, tags
from tests.rawclient import Content


class BurstLossTests(Scene):
    def test_so_many_in_a_row_are_lost_and_then_all_goes_on(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver", nth=2), BurstLoss(3))
        for body in "abcdef":
            self.publish(client, body)
        self.assertEqual(["a", "e", "f"], bodies(client))

    def test_what_goes_the_other_way_is_not(self) -> None:
        client = self.confirming()
        self.add(when("basic.publish", nth=2), BurstLoss(2))
        for _ in range(4):
            self.publish(client)
        self.assertEqual([("basic.ack", 1), ("basic.ack", 4)], tags(client))

    def test_of_other_connections_nothing_is(self) -> None:
        client, other = self.client(), self.client()
        self.add(when("basic.qos", connection=1), BurstLoss(10))
        client.send("basic.qos", 1)
        self.assertTrue(self.is_well(other))
        self.assertFalse(self.is_well(client))


class OctetLimitTests(Scene):
    def test_the_connection_ends_at_exactly_that_octet(self) -> None:
        cases: tuple[tuple[Any, Any], ...] = (("close", error.ConnectionDone), ("reset", error.ConnectionLost))
        for then, kind in cases:
            client = self.client()
            self.add(when("basic.qos"), OctetLimit(30, "out", then))
            client.send("basic.qos", 1)
            client.send("basic.qos", 1)
            self.assertIsNone(client.lost)
            client.send("basic.qos", 1)
            self.assertEqual(30, len(client.octets))
            self.assertTrue(client.lost.check(kind), then)

    def test_in_silence_the_socket_stays(self) -> None:
        client = self.client()
        self.add(when("basic.qos"), OctetLimit(5, then="silence", direction="out"))
        client.send("basic.qos", 1)
        self.assertFalse(self.is_well(client))
        self.assertEqual((5, None), (len(client.octets), client.lost))

    def test_what_the_client_sends_counts_too(self) -> None:
        client = self.client()
        publish = encode(client.spec.command(1, "basic.publish", Content.make({}, b"x"), routing_key="q"), 0)
        self.add(when("basic.qos"), OctetLimit(len(publish) * 3 + 20, "in"))
        client.send("basic.qos", 1)
        for _ in range(5):
            self.publish(client, "x")
        self.assertTrue(client.lost.check(error.ConnectionDone))
        self.assertEqual(3, self.waiting())

    def test_each_connection_has_its_own(self) -> None:
        self.add(OctetLimit(2000))
        for _ in range(2):
            client = self.client()
            while client.lost is None:
                client.send("basic.qos", 1)
            self.assertGreater(len(client.octets), 200)

    def test_both_ways_count_together(self) -> None:
        client = self.client()
        self.add(when("basic.qos"), OctetLimit(40))
        client.send("basic.qos", 1)  # 19 octets, and 12 for the answer
        client.send("basic.qos", 1)
        self.assertTrue(client.lost.check(error.ConnectionDone))
        self.assertEqual(["basic.qos-ok"], client.names)


class ReplayTests(Scene):
    def test_a_delivery_comes_again_behind_others(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver", nth=1), Replay(2))
        for body in "abcd":
            self.publish(client, body)
        self.assertEqual(["a", "b", "c", "a", "d"], bodies(client))
        for tag in (1, 2, 3, 1, 4):
            client.send("basic.ack", 1, delivery_tag=tag)
        self.assertTrue(self.is_well(client), "the broker hears of one ack for each delivery")

    def test_a_request_is_carried_out_again(self) -> None:
        client = self.confirming()
        self.add(when("basic.publish", nth=1), Replay(2))
        for body in "abc":
            self.publish(client, body)
        self.assertEqual([("basic.ack", 1), ("basic.ack", 2), ("basic.ack", 3)], tags(client))
        ready = self.broker.vhosts["/"].queues["q"].ready
        self.assertEqual(["a", "b", "c", "a"], [each.body.decode() for each in ready])

    def test_behind_a_crossing_of_another_connection(self) -> None:
        client, other = self.consuming(), self.client()
        self.add(when("basic.deliver"), Replay("2:out:basic.qos-ok:1"))
        self.publish(client, "again")
        self.assertEqual(["again"], bodies(client))
        other.send("basic.qos", 1)
        self.assertEqual(["again", "again"], bodies(client))
        other.send("basic.qos", 1)
        self.assertEqual(["again", "again"], bodies(client))

    def test_it_is_forgotten_with_its_connection(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Replay("1:out:basic.qos-ok:1"))
        self.publish(client)
        client.abort()
        self.assertTrue(self.is_well(self.client()))

    def test_what_is_no_address_is_told(self) -> None:
        self.assertRaisesRegex(RuleError, "is no address", Replay, "basic.deliver")
        self.assertRaisesRegex(RuleError, "after=0 must be a number from 1", Replay, 0)


class DivertTests(Scene):
    def test_a_delivery_goes_to_another_client(self) -> None:
        client, other = self.consuming(), self.client()
        self.add(when("basic.deliver"), Divert(2))
        self.publish(client, "astray")
        self.assertEqual(([], ["astray"]), (client.names, bodies(other)))
        other.send("basic.ack", 1, delivery_tag=1)
        self.assertTrue(self.is_well(other), "the broker does not hear of its ack")
        client.abort()
        self.assertEqual(1, self.waiting(), "it is still the first client's")

    def test_a_request_is_carried_out_for_another_client(self) -> None:
        client, other = self.client(), self.confirming()
        self.add(when("queue.declare", queue="x"), Divert(2))
        client.send("queue.declare", 1, queue="x", exclusive=True)
        self.assertEqual(([], ["queue.declare-ok"]), (client.names, other.names))
        self.add(when("basic.publish", connection=1), Divert(2))
        other.events.clear()
        self.publish(client)
        self.publish(other)
        self.assertEqual([("basic.ack", 1)], tags(other), "what it has not sent is not confirmed")
        self.assertEqual(2, self.waiting())

    def test_where_there_is_no_such_connection_it_is_lost(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Divert(7))
        client.send("queue.declare", 1, queue="x")
        self.assertEqual([], client.names)
        self.assertTrue(self.is_well(client))

    def test_to_its_own_connection_there_is_nothing_to_divert(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Divert(1))
        self.assertTrue(self.is_well(client))
        self.assertRaisesRegex(RuleError, "count from 1", Divert, 0)


class SayingTests(Scene):
    def test_a_command_comes_at_any_time(self) -> None:
        client = self.client()
        self.broker.say(1, "basic.deliver", consumer_tag="c", delivery_tag=9, body="late", priority=3)
        self.clock.settle()
        self.assertEqual((["late"], [("basic.deliver", 9)]), (bodies(client), tags(client)))
        client.send("basic.ack", 1, delivery_tag=9)
        self.assertTrue(self.is_well(client), "the broker does not hear of the ack")

    def test_on_which_channel(self) -> None:
        client = self.client()
        [connection] = self.broker.connections
        self.broker.say(connection, "connection.blocked", reason="full")
        self.broker.say(connection, "basic.cancel", channel=5, consumer_tag="c")
        self.clock.settle()
        self.assertEqual([(0, "connection.blocked"), (5, "basic.cancel")], [(e.channel, e.name) for e in client.events])

    def test_a_rule_can_have_it_said_to_somebody_else(self) -> None:
        client, other = self.client(), self.client()
        said = {"connection": 2, "name": "basic.cancel", "consumer_tag": "gone"}
        self.add(when("basic.qos"), Do("say", said))
        client.send("basic.qos", 1)
        self.assertEqual((["basic.qos-ok"], ["basic.cancel"]), (client.names, other.names))

    def test_what_can_not_be_said(self) -> None:
        self.client("0-8")
        for what, kind, told in (
            ((1, "basic.cansel"), RuleError, "did you mean 'basic.cancel'"),
            ((1, "basic.publish"), RuleError, "only clients send"),
            ((1, "connection.blocked"), RuleError, "AMQP 0-8 has no connection.blocked"),
            ((1, "basic.cancel-ok", 70000), RuleError, "no channel number"),
            ((3, "basic.cancel-ok"), LookupError, "connection 3 is not open"),
        ):
            self.assertRaisesRegex(kind, told, self.broker.say, *what)


class CallTests(Scene):
    def call(self, function: Any, what: str = "basic.publish", **more: Any) -> None:
        self.add(when(what), Call(function), times=None, **more)

    def test_the_function_sees_the_item(self) -> None:
        seen: list[Any] = []
        client = self.client(client_properties={"product": "mine"})
        self.call(seen.append)
        self.publish(client, "hello", properties={"priority": 3})
        [item] = seen
        self.assertEqual(("basic.publish", "in", 1, 1), (item.name, item.direction, item.connection, item.channel))
        self.assertEqual(("q", {"priority": 3}, b"hello"), (item.queue, item.properties, item.body))
        self.assertEqual(("", "q"), (item.arguments["exchange"], item.arguments["routing_key"]))
        self.assertEqual(("mine", "guest", "/"), (item.client, item.user, item.vhost))
        self.assertEqual("1:in:basic.publish:1", item.address)
        [published] = self.broker.journal.published()
        self.assertEqual(published.number, item.number)
        self.assertEqual("<basic.publish in on connection 1, channel 1>", repr(item))
        self.assertEqual((True, False), (item.can(Drop()), item.can(CloseChannel()) and item.can(BurstLoss()) is None))

    def test_what_carries_nothing_has_nothing(self) -> None:
        seen: list[Any] = []
        self.call(seen.append, "protocol-header")
        self.connect().begin()
        self.assertEqual((None, {}, {}, None), (seen[0].body, seen[0].arguments, seen[0].properties, seen[0].queue))

    def test_nothing_said_lets_it_pass(self) -> None:
        client = self.client()
        self.call(lambda item: None)
        self.publish(client)
        self.assertEqual(1, self.waiting())

    def test_it_says_what_is_to_be_done(self) -> None:
        client = self.client()
        self.call(lambda item: item.do(Drop()) if item.body == b"bad" else None)
        for body in ("good", "bad", "good"):
            self.publish(client, body)
        self.assertEqual(2, self.waiting())

    def test_or_returns_it(self) -> None:
        client = self.consuming()
        self.call(lambda item: [Duplicate(), Delay(5)] if item.body == b"twice" else Close(), "basic.deliver")
        self.publish(client, "twice")
        self.assertEqual([], bodies(client))
        self.clock.advance(10)
        self.assertEqual(["twice", "twice"], bodies(client))
        self.publish(client, "the end")
        self.assertIsNotNone(client.lost)

    def test_other_actions_of_the_rule_come_behind_it(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Call(lambda item: Duplicate()), Delay(1))
        self.publish(client)
        self.assertEqual([], client.names)
        self.clock.advance(2)
        self.assertEqual(["basic.deliver"] * 2, client.names)

    def test_what_it_holds_can_be_released(self) -> None:
        client = self.client()
        self.call(lambda item: Hold("mine"))
        self.publish(client)
        self.assertEqual(0, self.waiting())
        self.assertEqual(1, self.broker.faults.release("mine"))
        self.assertEqual(1, self.waiting())

    def test_an_error_of_its_own_is_told_and_the_item_passes(self) -> None:
        client = self.client()
        self.call(lambda item: 1 // 0)
        self.publish(client)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertTrue(any(isinstance(entry.item, Failed) for entry in self.broker.journal))
        self.assertEqual(1, self.waiting())

    def test_what_is_no_action_or_can_not_act_is_told_too(self) -> None:
        client = self.client()
        for said, told in (("drop", "'drop', which is not an action"), (Divert(1), "can't act on basic.publish")):
            with self.add(when("basic.publish"), Call(lambda item, said=said: [said])):
                self.publish(client)
            [failure] = self.flushLoggedErrors(RuleError)
            self.assertIn(told, str(failure.value))
        self.assertEqual(2, self.waiting())

    def test_it_has_no_form_in_json(self) -> None:
        self.call(len)
        self.assertRaisesRegex(RuleError, "rule 1 .*Call.len. has a function", self.broker.faults.to_json)
        self.assertRaisesRegex(RuleError, "is not a function of the item", Call, "drop")

"""What a client sees when commands go wrong."""

from __future__ import annotations

from fakebroker.errors import RuleError
from fakebroker.faults import (
    Block,
    Change,
    CloseChannel,
    CloseConnection,
    Drop,
    Duplicate,
    Hold,
    Postpone,
    Release,
    Reorder,
    Reply,
    Say,
    when,
)
from fakebroker.wire.writer import HEARTBEAT
from tests.faults.scene import Scene, bodies, tags


class DropTests(Scene):
    def test_a_request_is_never_answered_and_never_carried_out(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Drop())
        client.send("queue.declare", 1, queue="x")
        self.assertEqual([], client.names)
        self.assertNotIn("x", self.broker.vhosts["/"].queues)
        self.assertTrue(self.is_well(client))

    def test_a_reply_is_lost_but_the_request_was_carried_out(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Drop())
        client.send("queue.declare", 1, queue="x")
        self.assertEqual([], client.names)
        self.assertIn("x", self.broker.vhosts["/"].queues)

    def test_without_its_protocol_header_a_client_speaks_no_amqp(self) -> None:
        self.add(when("protocol-header"), Drop())
        client = self.connect()
        self.assertRaises(AssertionError, client.log_in)
        client.send("connection.start-ok", mechanism="PLAIN", response=b"\0guest\0guest", locale="en_US")
        self.assertEqual(b"AMQP\x00\x00\x09\x01", client.octets)
        self.assertIsNotNone(client.lost)

    def test_a_client_whose_heartbeats_are_lost_is_given_up(self) -> None:
        client = self.client(heartbeat=5)
        self.add(when("heartbeat", "in"), Drop(), times=None)
        for _ in range(20):
            client.send_octets(HEARTBEAT)
            self.clock.advance(1)
        self.assertIsNotNone(client.lost)

    def test_a_publish_goes_with_its_header_and_body(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Drop())
        self.publish(client, "lost")
        self.publish(client, "kept")
        client.send("basic.get", 1, queue="q")
        self.assertEqual(["kept"], bodies(client))


class DuplicateTests(Scene):
    def test_a_delivery_comes_twice_just_as_it_was(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Duplicate())
        self.publish(client)
        self.assertEqual([("basic.deliver", 1)] * 2, tags(client))

    def test_a_request_is_carried_out_twice(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Duplicate(copies=2))
        self.publish(client)
        self.assertEqual(3, self.waiting())


class ReorderTests(Scene):
    def test_two_confirms_change_places(self) -> None:
        client = self.confirming()
        self.add(when("basic.ack", "out", delivery_tag=2), Reorder())
        for _ in range(4):
            self.publish(client)
        self.assertEqual([("basic.ack", tag) for tag in (1, 3, 2, 4)], tags(client))

    def test_two_publishes_change_places(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Reorder())
        for body in "abc":
            self.publish(client, body)
        for _ in range(3):
            client.send("basic.get", 1, queue="q")
        self.assertEqual(["b", "a", "c"], bodies(client))

    def test_another_channel_does_not_count(self) -> None:
        client = self.client()
        client.open_channel(2)
        self.add(when("queue.declare-ok"), Reorder())
        client.send("queue.declare", 1, queue="x")
        client.send("queue.declare", 2, queue="y")
        self.assertEqual([2], [event.channel for event in client.events])


class PostponeTests(Scene):
    def test_a_delivery_comes_to_a_consumer_that_is_cancelled(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Postpone(after="basic.cancel-ok"))
        self.publish(client)
        self.assertEqual([], client.names)
        client.send("basic.cancel", 1, consumer_tag="c")
        self.assertEqual(["basic.cancel-ok", "basic.deliver"], client.names)
        client.send("basic.ack", 1, delivery_tag=1)
        self.assertTrue(self.is_well(client))

    def test_it_needs_something_that_goes_the_same_way(self) -> None:
        self.assertRaisesRegex(
            RuleError, "never goes the way", self.add, when("basic.deliver"), Postpone(after="basic.publish")
        )


class HoldTests(Scene):
    def test_an_answer_waits_for_the_test_and_the_rest_passes(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Hold())
        client.send("queue.declare", 1, queue="x")
        client.send("basic.get", 1, queue="q")
        self.assertEqual(["basic.get-empty"], client.names)
        self.assertEqual(1, self.broker.faults.release())
        self.clock.settle()
        self.assertEqual(["basic.get-empty", "queue.declare-ok"], client.names)

    def test_or_all_that_is_behind_it_waits_too(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Hold(all=True))
        client.send("queue.declare", 1, queue="x")
        client.send("basic.get", 1, queue="q")
        self.assertEqual([], client.names)
        self.broker.faults.release()
        self.clock.settle()
        self.assertEqual(["queue.declare-ok", "basic.get-empty"], client.names)

    def test_a_label_says_what_is_released(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Hold("mine"))
        client.send("queue.declare", 1, queue="x")
        self.assertRaisesRegex(RuleError, "under the label 'other'.* 'mine'", self.broker.faults.release, "other")
        self.assertEqual(1, self.broker.faults.release("mine"))

    def test_what_is_held_for_a_client_that_is_gone_is_forgotten(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Hold())
        client.send("queue.declare", 1, queue="x")
        client.hang_up()
        self.assertEqual(0, self.broker.faults.release())


class ReleaseTests(Scene):
    def test_a_rule_lets_go_what_another_holds(self) -> None:
        client = self.confirming()
        self.add(when("basic.ack", "out", delivery_tag=1), Hold())
        self.add(when("basic.ack", "out", delivery_tag=3), Release(after=True))
        for _ in range(3):
            self.publish(client)
        self.assertEqual([("basic.ack", tag) for tag in (2, 3, 1)], tags(client))


class ChangeTests(Scene):
    def test_a_reply_says_something_else(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Change(message_count=7))
        client.send("queue.declare", 1, queue="q")
        self.assertEqual(7, client.take("queue.declare-ok").args.message_count)

    def test_a_message_has_another_body_and_other_properties(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Change(body="other", message_id="m", redelivered=True))
        self.publish(client)
        deliver = client.take("basic.deliver")
        self.assertEqual(
            (b"other", "m", True),
            (deliver.content.body, deliver.content.properties.message_id, deliver.args.redelivered),
        )

    def test_a_request_asks_for_something_else(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Change(queue="other"))
        client.send("queue.declare", 1, queue="x")
        self.assertEqual("other", client.take("queue.declare-ok").args.queue)

    def test_what_the_command_does_not_have_is_named(self) -> None:
        self.assertRaisesRegex(
            RuleError, "did you mean 'message_count'", self.add, when("queue.declare-ok"), Change(mesage_count=7)
        )


class OfAnotherVersion(Scene):
    """A command that the client's version of AMQP does not have is not sent; such a rule has never acted."""

    def test_it_is_as_if_there_were_no_rule(self) -> None:
        for action in (Say("connection.blocked"), Reply("confirm.select-ok")):
            with self.subTest(action=action):
                rule = self.add(when("queue.declare-ok"), action)
                client = self.client("0-8")
                client.send("basic.get", 1, queue="q")
                self.assertEqual(["basic.get-empty"], client.names)
                self.assertEqual(0, rule.acted)
                self.assertIn("can't act on what fitted", str(self.broker.faults.unused()[-1].why_not))
                rule.remove()

    def test_a_connection_that_can_not_be_told_that_it_is_blocked_is_blocked_all_the_same(self) -> None:
        self.add(when("basic.publish"), Block(seconds=5))
        client = self.client("0-8", capabilities={"connection.blocked": True})
        self.publish(client)
        client.send("basic.get", 1, queue="q")
        self.assertEqual([], client.names)
        self.clock.advance(5)
        self.assertEqual(["basic.get-ok"], client.names)


class ReplyTests(Scene):
    def test_a_request_gets_another_answer_and_is_not_carried_out(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Reply("queue.declare-ok", queue="x", message_count=3))
        client.send("queue.declare", 1, queue="x")
        self.assertEqual(3, client.take("queue.declare-ok").args.message_count)
        self.assertNotIn("x", self.broker.vhosts["/"].queues)

    def test_with_content(self) -> None:
        client = self.client()
        self.add(when("basic.get"), Reply("basic.get-ok", delivery_tag=9, routing_key="k", body="made up", priority=3))
        client.send("basic.get", 1, queue="q")
        answer = client.take("basic.get-ok")
        self.assertEqual((b"made up", 3), (answer.content.body, answer.content.properties.priority))

    def test_the_broker_says_what_brokers_say(self) -> None:
        self.assertRaisesRegex(RuleError, "only clients send", Reply, "basic.publish")
        self.assertRaisesRegex(RuleError, "did you mean 'basic.get-ok'", Reply, "basic.get-okay")
        self.assertRaisesRegex(RuleError, "no argument 'count'", Reply, "queue.declare-ok", count=1)

    def test_what_cannot_be_sent_is_found_when_the_rule_is_made(self) -> None:
        for wrong in ({"message_count": "x"}, {"message_count": -1}, {"queue": 7}, {"queue": "x" * 300}):
            with self.subTest(wrong), self.assertRaisesRegex(RuleError, "does not fit into queue.declare-ok"):
                Reply("queue.declare-ok", **wrong)
        self.assertRaisesRegex(RuleError, "where it is of type octet", Reply, "basic.get-ok", priority="high")
        self.assertRaisesRegex(RuleError, "does not fit", Say, "basic.get-ok", headers=3)
        self.assertRaisesRegex(RuleError, "does not fit", self.add, when("basic.deliver"), Change(delivery_tag="x"))
        self.assertRaisesRegex(RuleError, "does not fit", self.add, when("basic.deliver"), Change(body=3.5))


class SayTests(Scene):
    def test_a_delivery_that_nobody_asked_for(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Say("basic.deliver", consumer_tag="gone", delivery_tag=1, body="late"))
        client.send("basic.get", 1, queue="q")
        self.assertEqual(["basic.get-empty", "basic.deliver"], client.names)

    def test_before_the_item_and_on_another_channel(self) -> None:
        client = self.client()
        self.add(when("basic.get"), Say("connection.blocked", before=True, channel=0, reason="why not"))
        client.send("basic.get", 1, queue="q")
        self.assertEqual(["connection.blocked", "basic.get-empty"], client.names)
        self.assertEqual(0, client.events[0].channel)


class CloseChannelTests(Scene):
    def test_both_sides_agree_that_the_channel_is_closed(self) -> None:
        client = self.consuming()
        self.publish(client)
        client.take("basic.deliver")
        self.add(when("basic.ack"), CloseChannel(404, "NOT_FOUND - really"))
        client.send("basic.ack", 1, delivery_tag=1)
        close = client.take("channel.close").args
        self.assertEqual((404, "NOT_FOUND - really", 60, 80), close[:4])
        self.assertEqual(1, self.waiting())
        client.send("channel.close-ok", 1)
        client.open_channel(1)
        self.assertTrue(self.is_well(client))

    def test_a_channel_can_be_refused_in_answer_to_its_open(self) -> None:
        client = self.client()
        self.add(when("channel.open", channel=2), CloseChannel(403, "ACCESS_REFUSED - no more channels"))
        client.send("channel.open", 2)
        close = client.take("channel.close")
        self.assertEqual((2, 403), (close.channel, close.args.reply_code))
        client.send("channel.close-ok", 2)
        client.open_channel(2)

    def test_any_code_and_text(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), CloseChannel(799, "no such thing"))
        client.send("queue.declare", 1, queue="x")
        self.assertEqual((799, "no such thing", 0, 0), client.take("channel.close").args[:4])
        self.assertEqual([], client.names)

    def test_after_the_answer(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), CloseChannel(after=True))
        client.send("queue.declare", 1, queue="x")
        self.assertEqual(["queue.declare-ok", "channel.close"], client.names)

    def test_while_a_queue_delivers(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver", nth=2), CloseChannel())
        other = self.client()
        for body in "abc":
            self.publish(other, body)
        self.assertEqual(["basic.deliver", "channel.close"], client.names)
        self.assertEqual(3, self.waiting())

    def test_a_rule_for_everything_does_not_meet_its_own_close(self) -> None:
        client = self.client()
        self.add(when("method", "out"), CloseChannel(), times=None)
        client.send("queue.declare", 1, queue="x")
        self.assertEqual(["channel.close"], client.names)

    def test_the_connection_has_no_channel_to_close(self) -> None:
        self.assertRaisesRegex(RuleError, "close_connection", self.add, when("open"), CloseChannel())


class CloseConnectionTests(Scene):
    def test_both_sides_agree_that_the_connection_is_closed(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), CloseConnection(541, "INTERNAL_ERROR - oops"))
        client.send("queue.declare", 1, queue="x")
        self.assertEqual((541, "INTERNAL_ERROR - oops", 50, 10), client.take("connection.close").args[:4])
        self.assertEqual([], self.broker.connections)
        client.send("connection.close-ok")
        self.assertIsNotNone(client.lost)

    def test_in_the_handshake(self) -> None:
        for step in ("start-ok", "tune-ok", "open", "open-ok"):
            with self.add(when(step), CloseConnection()):
                client = self.connect()
                self.assertRaises(AssertionError, client.open)
                self.assertEqual(["connection.close"], client.names or ["connection.close"])
                self.assertIn("connection.close", self.broker.journal.methods("out", connection=client_number(self)))


def client_number(scene: Scene) -> int:
    """The number of the connection made last."""
    return max(entry.connection for entry in scene.broker.journal)

"""What a client sees when messages, confirms and consumers go wrong."""

from __future__ import annotations

from fakebroker import FakeBroker
from fakebroker.errors import AMQPError, RuleError
from fakebroker.faults import (
    Block,
    CancelConsumer,
    Chaos,
    ConfirmMultiple,
    Delay,
    DeleteQueue,
    Do,
    Drop,
    Flow,
    LateConfirms,
    Nack,
    Redeliver,
    ReturnMessage,
    when,
)
from fakebroker.journal.entries import Failed
from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.faults.scene import Scene, bodies, tags


class NackTests(Scene):
    def test_the_seventh_publish_is_refused(self) -> None:
        client = self.confirming()
        self.add(when(delivery_tag=7), Nack())
        for _ in range(8):
            self.publish(client)
        expected = [("basic.nack" if tag == 7 else "basic.ack", tag) for tag in range(1, 9)]
        self.assertEqual(expected, tags(client))

    def test_it_is_found_among_messages_that_were_sent_in_one_write(self) -> None:
        client = self.confirming()
        publish = encode(client.spec.command(1, "basic.publish", Content.make({}, b"x"), routing_key="q"), 0)
        client.send_octets(publish * 5)
        self.assertEqual([(5, True)], [event.args[:2] for event in client.events])
        client.events.clear()
        self.add(when(delivery_tag=7), Nack())
        client.send_octets(publish * 4)
        self.assertEqual([("basic.ack", 6), ("basic.nack", 7), ("basic.ack", 8), ("basic.ack", 9)], tags(client))

    def test_only_confirms_can_be_refused(self) -> None:
        self.assertRaisesRegex(RuleError, "acts on basic.ack", self.add, when("basic.deliver"), Nack())


class LateConfirmsTests(Scene):
    def setUp(self) -> None:
        super().setUp()
        self.add(when("basic.ack", "out", nth=2), LateConfirms(3))

    def test_a_confirm_comes_late_and_others_of_its_channel_with_it(self) -> None:
        client = self.confirming()
        for _ in range(4):
            self.publish(client)
        self.assertEqual([("basic.ack", 1)], tags(client))
        self.clock.advance(3)
        self.assertEqual([("basic.ack", 1), ("basic.ack", 4)], tags(client))
        self.assertTrue(client.events[1].args.multiple)
        self.publish(client)
        self.assertEqual(("basic.ack", 5), tags(client)[-1])

    def test_two_that_come_late_at_once_come_once_and_those_of_other_channels_are_in_time(self) -> None:
        self.broker.faults.clear()
        self.add(when("basic.ack", "out", channel=1), LateConfirms(3), times=None)
        client = self.confirming()
        client.open_channel(2)
        client.send("confirm.select", 2)
        client.take("confirm.select-ok")
        for _ in range(2):
            self.publish(client)
        client.send("basic.publish", 2, Content.make({}, b"x"), routing_key="q")
        self.assertEqual([(2, 1)], [(event.channel, event.args.delivery_tag) for event in client.events])
        self.clock.advance(10)
        self.assertEqual([("basic.ack", 1), ("basic.ack", 2)], tags(client))

    def test_one_confirm_alone_is_as_it_was(self) -> None:
        client = self.confirming()
        for _ in range(2):
            self.publish(client)
        self.clock.advance(3)
        self.assertEqual([("basic.ack", 1), ("basic.ack", 2)], tags(client))
        self.assertFalse(client.events[1].args.multiple)
        self.assertEqual("1:out:basic.ack:2", self.broker.journal.find("basic.ack")[-1].address)

    def test_other_commands_come_before_it(self) -> None:
        client = self.confirming()
        for _ in range(2):
            self.publish(client)
        self.assertTrue(self.is_well(client))

    def test_a_channel_that_is_opened_anew_gets_no_confirm_of_the_one_before(self) -> None:
        client = self.confirming()
        for _ in range(2):
            self.publish(client)
        client.send("channel.close", 1)
        client.send("channel.open", 1)
        client.events.clear()
        self.clock.advance(3)
        self.assertEqual([], client.events)


class ConfirmMultipleTests(Scene):
    def test_three_confirms_in_one(self) -> None:
        client = self.confirming()
        self.add(ConfirmMultiple(3))
        for _ in range(4):
            self.publish(client)
        self.assertEqual([(3, True), (4, False)], [event.args[:2] for event in client.events])

    def test_always(self) -> None:
        client = self.confirming()
        self.add(ConfirmMultiple(2), times=None)
        for _ in range(5):
            self.publish(client)
        self.assertEqual([(2, True), (4, True)], [event.args[:2] for event in client.events])


class ReturnMessageTests(Scene):
    def test_it_comes_back_and_no_queue_has_it(self) -> None:
        client = self.client()
        self.add(ReturnMessage(313, "NO_CONSUMERS"))
        self.publish(client)
        returned = client.take("basic.return")
        self.assertEqual((313, "NO_CONSUMERS", "", "q"), returned.args[:4])
        self.assertEqual(b"hello", returned.content.body)
        self.assertEqual(0, self.waiting())

    def test_in_confirm_mode_the_confirm_follows(self) -> None:
        client = self.confirming()
        self.add(when("basic.publish", nth=2), ReturnMessage())
        for _ in range(3):
            self.publish(client)
        self.assertEqual(["basic.ack", "basic.return", "basic.ack", "basic.ack"], client.names)
        self.assertEqual([1, 2, 3], [event.args[0] for event in client.events if event.name == "basic.ack"])


class RedeliverTests(Scene):
    def test_it_comes_again_and_both_may_be_acknowledged(self) -> None:
        client = self.consuming()
        self.add(Redeliver())
        self.publish(client)
        self.assertEqual([(1, False), (2, True)], [event.args[1:3] for event in client.events])
        for tag in (1, 2):
            client.send("basic.ack", 1, delivery_tag=tag)
        self.assertTrue(self.is_well(client))
        self.assertEqual(0, self.waiting())

    def test_always_is_once_each(self) -> None:
        client = self.consuming()
        self.add(Redeliver(), times=None)
        self.publish(client, "a")
        self.publish(client, "b")
        self.assertEqual([(1, False), (2, True), (3, False), (4, True)], [event.args[1:3] for event in client.events])

    def test_in_the_other_order_too(self) -> None:
        client = self.consuming()
        self.add(Redeliver())
        self.publish(client)
        for tag in (2, 1):
            client.send("basic.ack", 1, delivery_tag=tag)
        self.assertTrue(self.is_well(client))

    def test_with_no_acks_it_is_the_same_again(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(Redeliver())
        self.publish(client)
        self.assertEqual([(1, False), (1, True)], [event.args[1:3] for event in client.events])


class CancelConsumerTests(Scene):
    capabilities = {"consumer_cancel_notify": True}

    def test_a_client_that_can_is_told_and_gets_no_more(self) -> None:
        client = self.consuming(capabilities=self.capabilities)
        self.add(when("basic.deliver", nth=2), CancelConsumer(after=True))
        for body in "abc":
            self.publish(client, body)
        self.assertEqual(["basic.deliver", "basic.deliver", "basic.cancel"], client.names)
        self.assertEqual(1, self.waiting())

    def test_in_the_place_of_the_delivery(self) -> None:
        client = self.consuming(capabilities=self.capabilities)
        self.add(CancelConsumer())
        self.publish(client)
        self.assertEqual(["basic.cancel"], client.names)
        self.assertEqual(1, self.waiting())

    def test_a_client_that_can_not_just_gets_no_more(self) -> None:
        client = self.consuming()
        self.add(CancelConsumer(after=True))
        self.publish(client, "a")
        self.publish(client, "b")
        self.assertEqual(["a"], bodies(client))

    def test_as_soon_as_it_consumes(self) -> None:
        client = self.client(capabilities=self.capabilities)
        self.add(when("basic.consume-ok"), CancelConsumer(after=True))
        client.send("basic.consume", 1, queue="q", consumer_tag="c")
        self.assertEqual(["basic.consume-ok", "basic.cancel"], client.names)


class DeleteQueueTests(Scene):
    def test_the_queue_of_a_delivery_goes_and_its_consumer_is_told(self) -> None:
        client = self.consuming(capabilities={"consumer_cancel_notify": True})
        self.add(when("basic.deliver", nth=2), DeleteQueue(after=True))
        self.publish(client, "one")
        self.publish(client, "two")
        self.assertEqual(["basic.deliver", "basic.deliver", "basic.cancel"], client.names)
        self.assertNotIn("q", self.broker.vhosts["/"].queues)

    def test_what_needs_it_is_answered_with_not_found(self) -> None:
        client = self.client()
        self.add(when("basic.get"), DeleteQueue())
        client.send("basic.get", 1, queue="q")
        self.assertEqual(404, client.take("channel.close").args.reply_code)

    def test_what_is_published_straight_to_it_is_lost(self) -> None:
        client = self.confirming()
        self.add(when("basic.publish"), DeleteQueue())
        self.publish(client, mandatory=True)
        self.assertEqual(["basic.return", "basic.ack"], client.names)

    def test_another_queue_may_be_meant(self) -> None:
        client = self.client()
        client.send("queue.declare", 1, queue="other")
        client.events.clear()
        self.add(when("basic.qos"), DeleteQueue("other"))
        client.send("basic.qos", 1)
        self.assertEqual(["q"], list(self.broker.vhosts["/"].queues))
        self.assertTrue(self.is_well(client))

    def test_where_there_is_no_such_queue_nothing_happens(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), DeleteQueue())
        client.send("queue.declare", 1, queue="new")
        self.assertEqual(["queue.declare-ok"], client.names)

    def test_what_is_about_no_queue_needs_a_name(self) -> None:
        self.assertRaisesRegex(
            RuleError, "basic.qos is not about a queue; name", self.add, when("basic.qos"), DeleteQueue()
        )
        self.assertRaisesRegex(RuleError, "no virtual host yet", self.add, when("tune"), DeleteQueue("q"))


class BlockTests(Scene):
    def test_nothing_is_answered_until_it_is_unblocked(self) -> None:
        client = self.confirming(capabilities={"connection.blocked": True})
        self.add(when("basic.publish", nth=2), Block("no room", seconds=5))
        self.publish(client)
        self.publish(client)
        self.publish(client)
        self.assertEqual(["basic.ack", "connection.blocked"], client.names)
        self.assertEqual("no room", client.events[1].args.reason)
        self.clock.advance(5)
        self.assertEqual(["connection.unblocked", "basic.ack", "basic.ack"], client.names[2:])

    def test_until_released(self) -> None:
        client = self.confirming()
        self.add(Block())
        self.publish(client)
        self.clock.advance(1000)
        self.assertEqual([], client.names)
        self.broker.faults.release("blocked")
        self.clock.settle()
        self.assertEqual(["basic.ack"], client.names)


class FlowTests(Scene):
    def test_off_and_on_and_the_answers_go_no_further(self) -> None:
        client = self.client()
        self.add(Flow(seconds=3))
        self.publish(client)
        self.assertFalse(client.take("channel.flow").args.active)
        client.send("channel.flow-ok", 1, active=False)
        self.clock.advance(3)
        self.assertTrue(client.take("channel.flow").args.active)
        client.send("channel.flow-ok", 1, active=True)
        self.assertTrue(self.is_well(client))


class DoTests(Scene):
    def test_a_restart_between_publish_and_confirm(self) -> None:
        client = self.confirming()
        self.add(when("basic.ack", "out"), Do("restart"))
        self.publish(client)
        self.assertEqual(["connection.close"], client.names)
        self.assertEqual(320, client.events[0].args.reply_code)

    def test_a_restart_between_connect_and_channel_open(self) -> None:
        self.add(when("channel.open"), Do("restart"))
        client = self.connect().open()
        client.send("channel.open", 1)
        self.assertEqual(["connection.close"], client.names)

    def test_a_restart_in_the_middle_of_the_handshake(self) -> None:
        self.add(when("start-ok"), Do("restart"))
        client = self.connect()
        client.log_in()
        self.assertEqual([], client.names)
        self.assertIsNotNone(client.lost)

    def test_a_queue_deleted_under_its_consumer(self) -> None:
        client = self.consuming(capabilities={"consumer_cancel_notify": True})
        self.add(when("basic.deliver"), Do("delete_queue", {"name": "q"}, after=True))
        self.publish(client)
        self.assertEqual(["basic.deliver", "basic.cancel"], client.names)

    def test_a_verb_with_arguments_that_it_does_not_take(self) -> None:
        self.assertRaisesRegex(
            RuleError, r"down\(.*unexpected keyword argument 'secs'", self.add, when("open"), Do("down", {"secs": 3})
        )
        self.assertRaisesRegex(
            RuleError, "missing a required argument: 'name'", self.add, when("open"), Do("delete_queue")
        )

    def test_a_verb_that_fails_is_told_and_nothing_else_happens(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Do("delete_queue", {"name": "none"}))
        self.publish(client)
        self.assertTrue(self.is_well(client))
        self.assertIn("delete_queue failed: AMQPError: NOT_FOUND", self.broker.journal.transcript())
        told = [entry for entry in self.broker.journal if isinstance(entry.item, Failed)]
        self.assertEqual([""], [entry.direction for entry in told])
        self.assertEqual(1, len(self.flushLoggedErrors(AMQPError)))

    def test_a_verb_that_is_none(self) -> None:
        self.assertRaisesRegex(RuleError, "did you mean 'restart'", self.add, when("basic.publish"), Do("restrat"))


class ChaosTests(Scene):
    def run_once(self, seed: int) -> str:
        self.setUp()
        self.broker = FakeBroker(clock=self.clock, seed=seed)
        client = self.confirming()
        self.broker.faults.chaos({Drop(): 1, Delay(1.0, jitter=2): 3}, probability=0.3, when=when("basic.*"))
        for number in range(30):
            self.publish(client, str(number))
        self.clock.advance(300)
        return self.broker.journal.transcript()

    def test_the_same_seed_makes_the_same_run(self) -> None:
        self.assertEqual(self.run_once(1), self.run_once(1))

    def test_another_seed_makes_another(self) -> None:
        self.assertNotEqual(self.run_once(1), self.run_once(2))

    def test_only_actions_that_can_act_are_drawn(self) -> None:
        self.broker.faults.chaos({Nack(): 100, Delay(0): 1}, probability=1)
        self.assertTrue(self.is_well(self.client()))

    def test_something_must_be_able_to_act(self) -> None:
        self.assertRaisesRegex(
            RuleError, "none of the choices", self.broker.faults.chaos, {Nack(): 1}, 0.5, when("basic.publish")
        )
        self.assertRaisesRegex(RuleError, "choices is empty", Chaos, ())

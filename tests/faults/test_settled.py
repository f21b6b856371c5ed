"""What a rule has made up is the rule's to see settled: the broker hears of its own deliveries only."""

from __future__ import annotations

from typing import Any

from fakebroker.faults import Change, Duplicate, Hold, Redeliver, Reply, Say, Slice, when
from tests.faults.scene import Scene, bodies


class Settled(Scene):
    def unacked(self) -> int:
        """How many deliveries the broker waits for."""
        return len(self.broker.vhosts["/"].queues["q"].unacked)

    def settles(self, client: Any, *tags: int, name: str = "basic.ack", **fields: Any) -> None:
        for tag in tags:
            client.send(name, 1, delivery_tag=tag, **fields)

    def redelivered(self) -> Any:
        """A client that has got a (1), b (2) and b again (3)."""
        client = self.consuming()
        self.add(when("basic.deliver", nth=2), Redeliver())
        self.publish(client, "a")
        self.publish(client, "b")
        self.assertEqual(["a", "b", "b"], bodies(client))
        return client

    def test_an_ack_of_several_is_heard_for_those_that_are_the_brokers(self) -> None:
        client = self.redelivered()
        self.settles(client, 2, multiple=True)
        self.assertEqual(1, self.unacked())
        self.settles(client, 3)
        self.assertEqual(0, self.unacked())
        self.assertTrue(self.is_well(client))

    def test_of_all(self) -> None:
        client = self.redelivered()
        self.settles(client, 0, multiple=True)
        self.assertEqual(0, self.unacked())

    def test_by_way_of_the_copy(self) -> None:
        client = self.redelivered()
        self.settles(client, 3, multiple=True)
        self.assertEqual(0, self.unacked())
        self.settles(client, 2)
        self.assertEqual(["channel.close"], client.names[3:])

    def test_a_nack_of_several(self) -> None:
        client = self.redelivered()
        self.settles(client, 2, name="basic.nack", multiple=True, requeue=False)
        self.settles(client, 3)
        self.assertEqual((0, 0), (self.unacked(), self.waiting()))

    def test_all_of_them_the_rules(self) -> None:
        client = self.consuming()
        self.add(Redeliver())
        self.publish(client)
        self.settles(client, 1, multiple=True)
        self.assertEqual(1, self.unacked())
        self.assertTrue(self.is_well(client))

    def twice(self) -> Any:
        """A client that has got a (1), a again (2), b (3) and b again (4), and may settle them all."""
        client = self.consuming()
        self.add(when("basic.deliver"), Redeliver(), times=None)
        for body in "ab":
            self.publish(client, body)
        self.assertEqual(["a", "a", "b", "b"], bodies(client))
        return client

    def test_a_reject_means_one(self) -> None:
        client = self.twice()
        self.settles(client, 3, name="basic.reject", requeue=True)
        self.settles(client, 1)
        self.assertTrue(self.is_well(client))

    def test_an_ack_of_several_leaves_what_came_later(self) -> None:
        for last in (1, 2):
            client = self.twice()
            self.settles(client, last, multiple=True)
            self.settles(client, 3)
            self.assertTrue(self.is_well(client))
            client.hang_up()
            self.broker.faults.clear()
            self.broker.vhosts["/"].queues["q"].purge()

    def test_an_ack_of_all_leaves_nothing(self) -> None:
        client = self.twice()
        self.settles(client, 0, multiple=True)
        self.settles(client, 3)
        self.assertEqual(406, client.events[-1].args.reply_code)

    def test_an_ack_of_several_by_way_of_the_copy_means_all_of_the_brokers_before_it(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver", nth=3), Redeliver())
        for body in "abc":
            self.publish(client, body)
        self.settles(client, 3, multiple=True)
        self.assertEqual(1, self.unacked())

    def test_of_a_delivery_and_its_copy_the_broker_hears_the_first_ack(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Duplicate())
        self.publish(client)
        self.settles(client, 1)
        self.assertEqual(0, self.unacked())

    def test_in_a_transaction_it_comes_again_at_once(self) -> None:
        client = self.consuming()
        client.send("tx.select", 1)
        client.take("tx.select-ok")
        self.add(Redeliver())
        other = self.client()
        self.publish(other, "a")
        self.assertEqual(["a", "a"], bodies(client))
        self.settles(client, 1, 2)
        client.send("tx.commit", 1)
        self.assertEqual(["basic.deliver", "basic.deliver", "tx.commit-ok"], client.names)
        self.assertEqual(0, self.unacked())

    def test_from_a_stream_it_comes_again_just_as_it_was(self) -> None:
        client = self.client()
        client.send("queue.declare", 1, queue="s", durable=True, arguments={"x-queue-type": "stream"})
        client.send("basic.qos", 1, prefetch_count=10)
        client.send("basic.consume", 1, queue="s", consumer_tag="c")
        client.events.clear()
        self.add(Redeliver())
        self.publish(client, "a", "s")
        self.assertEqual([(1, False), (1, True)], [event.args[1:3] for event in client.events])
        self.settles(client, 1, 1)
        self.assertTrue(self.is_well(client))

    def test_each_copy_may_be_acknowledged(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Duplicate(2))
        self.publish(client)
        self.settles(client, 1, 1, 1)
        self.assertEqual(0, self.unacked())
        self.assertTrue(self.is_well(client))
        self.settles(client, 1)
        self.assertEqual("channel.close", client.names[-1])

    def test_each_copy_that_came_in_pieces(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Duplicate(2), Slice(50))
        self.publish(client, "x" * 200)
        self.assertEqual(3, len(bodies(client)))
        self.settles(client, 1, 1, 1)
        self.assertTrue(self.is_well(client))
        self.settles(client, 1)
        self.assertEqual("channel.close", client.names[-1])

    def test_copies_that_nobody_acknowledges(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.deliver"), Duplicate(), Slice(50))
        self.publish(client)
        self.settles(client, 1)
        self.assertEqual("channel.close", client.names[-1])

    def test_a_copy_that_was_fetched(self) -> None:
        client = self.client()
        self.publish(client)
        self.add(when("basic.get-ok"), Duplicate())
        client.send("basic.get", 1, queue="q")
        self.settles(client, 1, 1)
        self.assertTrue(self.is_well(client))

    def test_a_copy_that_is_held_back_meanwhile(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Duplicate(), Hold())
        self.publish(client)
        self.broker.faults.release()
        self.settles(client, 1, multiple=True)
        self.settles(client, 1)
        self.assertEqual(["channel.close"], client.names[2:])

    def test_what_a_rule_says(self) -> None:
        client = self.consuming()
        self.add(when("queue.declare-ok"), Say("basic.deliver", consumer_tag="c", delivery_tag=7, body="late"))
        client.send("queue.declare", 1, queue="q", passive=True)
        self.settles(client, 7)
        self.assertTrue(self.is_well(client))

    def test_what_a_rule_answers(self) -> None:
        client = self.client()
        self.add(when("basic.get"), Reply("basic.get-ok", delivery_tag=1, body="x"))
        client.send("basic.get", 1, queue="q")
        self.settles(client, 1, name="basic.reject", requeue=True)
        self.assertTrue(self.is_well(client))

    def test_a_delivery_under_another_tag(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Change(delivery_tag=9))
        self.publish(client)
        self.settles(client, 9)
        self.assertEqual(1, self.unacked())
        self.assertTrue(self.is_well(client))

    def test_a_tag_that_is_nobodys_is_the_clients_mistake(self) -> None:
        client = self.redelivered()
        self.settles(client, 8, multiple=True)
        self.assertEqual(406, client.events[-1].args.reply_code)

    def test_on_a_new_channel_nothing_is_owed(self) -> None:
        client = self.redelivered()
        client.send("channel.close", 1)
        client.send("channel.open", 1)
        self.settles(client, 2)
        self.assertEqual(406, client.events[-1].args.reply_code)

    def test_nor_when_the_client_has_had_everything_recovered(self) -> None:
        for name in ("basic.recover", "basic.recover-async"):
            client = self.redelivered()
            client.send(name, 1, requeue=True)
            self.settles(client, 2)
            self.assertEqual(406, client.events[-1].args.reply_code)
            client.hang_up()
            self.broker.vhosts["/"].queues["q"].purge()

    def test_what_a_rollback_makes_unsettled_one_by_one(self) -> None:
        client = self.consuming()
        client.send("tx.select", 1)
        self.add(when("basic.deliver", nth=1), Redeliver())
        self.publish(self.client())
        self.settles(client, 1)
        client.send("tx.rollback", 1)
        self.settles(client, 1)
        self.assertTrue(self.is_well(client))

    def test_what_was_settled_before_the_transaction_no_rollback_makes_unsettled(self) -> None:
        client = self.redelivered()
        self.settles(client, 2)
        for name in ("tx.select", "tx.rollback"):
            client.send(name, 1)
        self.settles(client, 2)
        client.send("tx.commit", 1)
        self.assertEqual(406, client.events[-1].args.reply_code)

    def test_what_a_commit_has_settled_no_rollback_makes_unsettled(self) -> None:
        client = self.consuming()
        client.send("tx.select", 1)
        self.add(when("basic.deliver", nth=1), Redeliver())
        self.publish(self.client())
        self.settles(client, 1, 2)
        client.send("tx.commit", 1)
        client.send("tx.rollback", 1)
        self.settles(client, 1)
        client.send("tx.commit", 1)
        self.assertEqual(406, client.events[-1].args.reply_code)

    def test_nor_does_one_on_a_channel_that_has_been_opened_since(self) -> None:
        client = self.consuming()
        client.send("tx.select", 1)
        self.add(when("basic.deliver", nth=1), Redeliver())
        self.publish(self.client())
        self.settles(client, 1)
        for name in ("channel.close", "channel.open", "tx.select", "tx.rollback"):
            client.send(name, 1)
        self.settles(client, 1)
        client.send("tx.commit", 1)
        self.assertEqual(406, client.events[-1].args.reply_code)

    def test_what_a_rollback_makes_unsettled_may_be_settled_again(self) -> None:
        client = self.consuming()
        client.send("tx.select", 1)
        self.add(when("basic.deliver", nth=2), Redeliver())
        other = self.client()
        for body in "ab":
            self.publish(other, body)
        for end in ("tx.rollback", "tx.commit"):
            self.settles(client, 2, multiple=True)
            self.settles(client, 3)
            client.send(end, 1)
        self.assertEqual(["tx.rollback-ok", "tx.commit-ok"], client.names[-2:])
        self.assertEqual((0, 0), (self.unacked(), self.waiting()))

    def test_a_delivery_under_another_tag_and_in_pieces(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Change(delivery_tag=9), Slice(20))
        self.publish(client)
        self.settles(client, 9)
        self.assertTrue(self.is_well(client))

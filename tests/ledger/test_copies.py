"""What the ledger tells of a copy: from the queue to a consumer, back, and to its end."""

from __future__ import annotations

from typing import Any

from fakebroker.faults import Drop, Duplicate, Redeliver, when
from tests.ledger.scene import LedgerScene, names


class Settling(LedgerScene):
    def test_a_copy_is_delivered_and_acked(self) -> None:
        client = self.consuming()
        self.publish(client)
        client.send("basic.ack", 1, delivery_tag=1)
        copy = self.copy()
        self.assertEqual(names(copy.events), ["ready", "delivered", "acked"])
        delivered, acked = copy.events[1:]
        self.assertEqual(
            (delivered.connection, delivered.channel, delivered.consumer, delivered.tag, delivered.redelivered),
            (1, 1, "c", 1, False),
        )
        self.assertEqual((delivered.address, acked.address), ("1:out:basic.deliver:1", "1:in:basic.ack:1"))
        self.assertEqual(copy.place, "gone")

    def test_a_copy_that_is_nacked_comes_again(self) -> None:
        client = self.consuming()
        self.publish(client)
        client.send("basic.nack", 1, delivery_tag=1, requeue=True)
        copy = self.copy()
        self.assertEqual(names(copy.events), ["ready", "delivered", "nacked", "requeued", "delivered"])
        self.assertEqual([event.redelivered for event in copy.deliveries], [False, True])
        self.assertEqual(copy.place, "unacked")

    def test_a_copy_that_is_rejected_is_gone(self) -> None:
        client = self.consuming()
        self.publish(client)
        client.send("basic.reject", 1, delivery_tag=1, requeue=False)
        self.assertEqual(names(self.copy().events), ["ready", "delivered", "rejected"])
        self.assertEqual(self.copy().place, "gone")

    def test_a_consumer_that_needs_no_acks_ends_it(self) -> None:
        client = self.consuming(no_ack=True)
        self.publish(client)
        copy = self.copy()
        self.assertEqual((names(copy.events), copy.events[-1].ends, copy.place), (["ready", "delivered"], True, "gone"))

    def test_a_copy_that_is_taken_with_get(self) -> None:
        client = self.client()
        self.publish(client)
        client.send("basic.get", 1, queue="q")
        client.send("basic.ack", 1, delivery_tag=1)
        copy = self.copy()
        self.assertEqual(names(copy.events), ["ready", "got", "acked"])
        self.assertEqual(copy.events[1].address, "1:out:basic.get-ok:1")

    def test_what_is_settled_in_a_transaction_is_settled_with_the_commit(self) -> None:
        client = self.consuming()
        self.publish(client)
        client.send("tx.select", 1)
        client.send("basic.ack", 1, delivery_tag=1)
        self.assertEqual(self.copy().state, "delivered")
        client.send("tx.rollback", 1)
        client.send("basic.nack", 1, delivery_tag=1, requeue=False)
        client.send("tx.commit", 1)
        last = self.copy().events[-1]
        self.assertEqual((last.name, last.address), ("nacked", "1:in:basic.nack:1"))

    def test_recover_is_no_settlement(self) -> None:
        client = self.consuming()
        self.publish(client)
        client.send("basic.recover", 1, requeue=True)
        self.assertEqual(names(self.copy().events), ["ready", "delivered", "requeued", "delivered"])


class Ends(LedgerScene):
    def test_the_queue_is_purged(self) -> None:
        client = self.client()
        self.publish(client)
        client.send("queue.purge", 1, queue="q")
        self.assertEqual((self.copy().state, self.copy().place), ("purged", "gone"))

    def test_the_queue_is_deleted_with_what_is_delivered(self) -> None:
        client = self.consuming()
        self.publish(client, "delivered")
        client.send("basic.cancel", 1, consumer_tag="c")
        self.publish(client, "waiting")
        client.send("queue.delete", 1, queue="q")
        self.assertEqual([self.copy(body=body).state for body in ("delivered", "waiting")], ["queue-deleted"] * 2)

    def test_it_expires(self) -> None:
        client = self.client()
        self.publish(client, properties={"expiration": "1000"})
        self.clock.advance(2)
        expired = self.copy().events[-1]
        self.assertEqual((expired.name, expired.time), ("expired", 1.0))

    def test_the_queue_is_too_long(self) -> None:
        client = self.client()
        self.declare(client, "short", max_length=1)
        for body in ("old", "new"):
            self.publish(client, body, key="short")
        self.assertEqual([self.copy("short", body=body).state for body in ("old", "new")], ["dropped", "ready"])

    def test_a_restart_loses_what_is_not_persistent(self) -> None:
        client = self.client()
        self.declare(client, "kept", durable=True)
        self.publish(client, "transient queue", properties={"delivery_mode": 2})
        self.publish(client, "transient message", key="kept")
        self.publish(client, "persistent", key="kept", properties={"delivery_mode": 2})
        self.broker.restart()
        self.assertEqual(self.copy(body="transient queue").state, "lost")
        self.assertEqual(self.copy("kept", body="transient message").state, "lost")
        self.assertEqual(self.copy("kept", body="persistent").state, "ready")

    def test_what_a_connection_had_comes_back_when_it_ends(self) -> None:
        client = self.consuming()
        self.publish(client)
        client.abort()
        self.assertEqual((self.copy().state, self.copy().place), ("requeued", "ready"))


class DeadLetters(LedgerScene):
    def dead(self, **arguments: Any) -> Any:
        """A client with a queue whose dead letters go to ``q``."""
        client = self.client()
        self.declare(client, "work", dead_letter_exchange="", dead_letter_routing_key="q", **arguments)
        return client

    def test_a_dead_letter_goes_on_as_another_copy(self) -> None:
        client = self.dead(message_ttl=100)
        self.publish(client, key="work")
        self.clock.advance(1)
        dead, letter = self.copy("work"), self.copy("q")
        self.assertEqual(names(dead.events), ["ready", "expired", "dead-lettered"])
        self.assertEqual((letter.cause, letter.reason, letter.place), (dead, "expired", "ready"))
        self.assertEqual(dead.letters, [letter])

    def test_through_a_cycle_each_round_is_a_copy(self) -> None:
        client = self.dead()
        self.declare(client, "retry", message_ttl=10, dead_letter_exchange="", dead_letter_routing_key="work")
        self.broker.delete_queue("q")
        self.declare(client, "q", message_ttl=10, dead_letter_exchange="", dead_letter_routing_key="work")
        self.publish(client, key="work")
        for tag in (1, 2):
            client.send("basic.get", 1, queue="work")
            client.send("basic.nack", 1, delivery_tag=tag, requeue=False)
            self.clock.advance(1)
        places = [(copy.queue, copy.place) for copy in self.only().copies]
        self.assertEqual(places, [("work", "gone"), ("q", "gone")] * 2 + [("work", "ready")])
        causes = [copy.cause for copy in self.only().copies]
        self.assertEqual(causes, [None, *self.only().copies[:-1]])

    def test_a_letter_that_would_go_round_for_ever_is_told_to_go_nowhere(self) -> None:
        client = self.client()
        self.declare(client, "round", message_ttl=10, dead_letter_exchange="", dead_letter_routing_key="round")
        self.publish(client, key="round")
        self.clock.advance(1)
        self.assertEqual(self.copy("round").events[-1].detail, "to no queue")


class Rules(LedgerScene):
    def test_a_delivery_that_a_rule_drops_has_not_reached_the_client(self) -> None:
        client = self.consuming()
        rule = self.add(when("basic.deliver"), Drop())
        self.publish(client)
        (delivered,) = self.copy().deliveries
        self.assertEqual((delivered.reached, delivered.rule), (False, rule.number))
        self.assertEqual(self.copy().place, "unacked")

    def test_a_delivery_that_a_rule_doubles_is_told_twice(self) -> None:
        client = self.consuming()
        rule = self.add(when("basic.deliver"), Duplicate())
        self.publish(client)
        first, second = self.copy().deliveries
        self.assertEqual((first.rule, second.rule, second.tag), (None, rule.number, 1))
        client.send("basic.ack", 1, delivery_tag=1)
        client.send("basic.ack", 1, delivery_tag=1)
        (connection,) = self.ledger.connections
        settled = connection.channels[0].settlements
        self.assertEqual([(each.wrong, each.moment.rule) for each in settled], [("", None), ("", rule.number)])

    def test_what_a_rule_has_redelivered_is_requeued_by_the_rule(self) -> None:
        client = self.consuming()
        rule = self.add(when("basic.deliver"), Redeliver())
        self.publish(client)
        copy = self.copy()
        (requeued,) = [event for event in copy.events if event.name == "requeued"]
        self.assertEqual(requeued.rule, rule.number)
        self.assertEqual([event.redelivered for event in copy.deliveries], [False, True])

"""What the ledger tells of a copy: from the queue to a consumer, back, and to its end."""

from __future__ import annotations

from typing import Any

from fakebroker.faults import CancelConsumer, Change, Drop, Duplicate, Redeliver, Say, when
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

    def test_a_queue_that_crashes_takes_back_what_is_persistent_and_loses_the_rest(self) -> None:
        client, crasher = self.client(), self.client()
        self.declare(client, "kept", durable=True)
        for body, mode in (("persistent", 2), ("transient", 1)):
            self.publish(client, body, key="kept", properties={"delivery_mode": mode})
            client.send("basic.get", 1, queue="kept")
        crasher.send("basic.consume", 1, queue="kept", arguments={"x-credit": 5})
        copies = [self.copy("kept", body=body) for body in ("persistent", "transient")]
        self.assertEqual([names(copy.events)[2:] for copy in copies], [["requeued"], ["lost"]])
        self.assertEqual([copy.place for copy in copies], ["ready", "gone"])
        self.assertEqual(copies[1].events[-1].detail, "the queue has crashed")

    def test_what_a_connection_had_comes_back_when_it_ends(self) -> None:
        client = self.consuming()
        self.publish(client)
        client.abort()
        self.assertEqual((self.copy().state, self.copy().place), ("requeued", "ready"))


class QuorumQueues(LedgerScene):
    def nacked(self, **arguments: Any) -> None:
        """A message that comes from a quorum queue, and is nacked twice."""
        client = self.client()
        self.declare(client, "safe", durable=True, queue_type="quorum", **arguments)
        self.publish(client, key="safe")
        for tag in (1, 2):
            client.send("basic.get", 1, queue="safe")
            client.send("basic.nack", 1, delivery_tag=tag, requeue=True)

    def test_what_is_nacked_is_requeued(self) -> None:
        self.nacked()
        copy = self.copy("safe")
        self.assertEqual(names(copy.events), ["ready", *["got", "nacked", "requeued"] * 2])
        self.assertEqual((copy.place, copy.queue_type), ("ready", "quorum"))

    def test_what_is_nacked_too_often_is_dropped(self) -> None:
        self.nacked(delivery_limit=1)
        copy = self.copy("safe")
        self.assertEqual(names(copy.events), ["ready", "got", "nacked", "requeued", "got", "nacked", "dropped"])
        self.assertEqual((copy.events[-1].detail, copy.place), ("it was delivered too often", "gone"))

    def test_a_full_one_refuses(self) -> None:
        client = self.client()
        self.declare(client, "full", durable=True, queue_type="quorum", max_length=0, overflow="reject-publish")
        self.publish(client, "taken", key="full")
        self.publish(client, "refused", key="full")
        self.assertEqual([self.copy("full", body=body).state for body in ("taken", "refused")], ["ready", "refused"])


class Streams(LedgerScene):
    def test_a_copy_stays_whoever_reads_it(self) -> None:
        client = self.client()
        self.declare(client, "log", durable=True, queue_type="stream")
        self.publish(client, key="log")
        client.send("basic.qos", 1, prefetch_count=10)
        for tag in ("one", "two"):
            arguments = {"x-stream-offset": "first"}
            client.send("basic.consume", 1, queue="log", consumer_tag=tag, arguments=arguments)
        client.send("basic.ack", 1, delivery_tag=1)
        copy = self.copy("log")
        self.assertEqual(names(copy.events), ["ready", "delivered", "delivered", "acked"])
        self.assertEqual(copy.place, "ready")


class Replies(LedgerScene):
    def test_a_direct_reply_has_a_copy_in_no_queue(self) -> None:
        client = self.client()
        client.send("basic.consume", 1, queue="amq.rabbitmq.reply-to", no_ack=True)
        self.publish(client, "question", properties={"reply_to": "amq.rabbitmq.reply-to"})
        question = self.broker.get("q")
        assert question is not None
        self.publish(client, "answer", key=str(question.properties.reply_to))
        answer = self.only(body="answer")
        self.assertEqual(names(answer.fate), ["published", "routed"])
        (copy,) = answer.copies
        self.assertEqual((copy.queue_type, names(copy.events)), ("reply", ["ready", "delivered"]))
        self.assertEqual(copy.events[1].address, "1:out:basic.deliver:1")

    def address(self, client: Any) -> str:
        """Where the client gets replies."""
        client.send("basic.consume", 1, queue="amq.rabbitmq.reply-to", no_ack=True)
        self.publish(client, "question", properties={"reply_to": "amq.rabbitmq.reply-to"})
        question = self.broker.get("q")
        assert question is not None
        return str(question.properties.reply_to)

    def test_a_reply_that_waits_is_lost_when_the_connection_ends(self) -> None:
        client = self.client()
        address = self.address(client)
        client.stop_reading()
        self.broker.publish(b"x" * 1_000_000, address)
        self.clock.settle()
        self.broker.publish("last", address)
        client.abort()
        (copy,) = self.only(body="last").copies
        self.assertEqual((names(copy.events), copy.place), (["ready", "lost"], "gone"))
        self.assertEqual(copy.events[-1].detail, "its channel ended before it was delivered")

    def test_a_dead_letter_can_be_a_reply(self) -> None:
        client = self.client()
        address = self.address(client)
        client.events.clear()
        self.declare(client, "work", message_ttl=100, dead_letter_exchange="", dead_letter_routing_key=address)
        self.publish(client, "late", key="work")
        self.clock.advance(1)
        dead, reply = self.only(body="late").copies
        self.assertEqual((reply.cause, reply.reason, reply.queue_type), (dead, "expired", "reply"))
        self.assertEqual(reply.state, "delivered")


class NotReading(LedgerScene):
    """The client's channel holds what its queue has sent, and has not passed it on."""

    def waiting_copy(self, no_ack: bool) -> Any:
        """The client, which has not been told of the message ``last``."""
        client = self.consuming(no_ack=no_ack)
        client.stop_reading()
        self.broker.publish(b"x" * 1_000_000, "q")
        self.clock.settle()
        self.broker.publish("last", "q")
        return client

    def test_it_is_with_the_consumer_though_not_delivered(self) -> None:
        self.waiting_copy(no_ack=False)
        copy = self.copy(body="last")
        self.assertEqual((names(copy.events), copy.place), (["ready"], "unacked"))

    def test_it_comes_back_when_the_connection_ends(self) -> None:
        self.waiting_copy(no_ack=False).abort()
        copy = self.copy(body="last")
        self.assertEqual((names(copy.events), copy.place), (["ready", "requeued"], "ready"))

    def test_it_is_lost_where_the_consumer_needs_no_acks(self) -> None:
        self.waiting_copy(no_ack=True).abort()
        copy = self.copy(body="last")
        self.assertEqual((names(copy.events), copy.place), (["ready", "lost"], "gone"))


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

    def test_a_delivery_without_acks_that_a_rule_took_back_with_its_consumer_is_in_the_queue_again(self) -> None:
        self.consuming(no_ack=True, capabilities={"consumer_cancel_notify": True})
        rule = self.add(when("basic.deliver"), CancelConsumer())
        self.broker.publish("hello", "q")
        copy = self.copy(body="hello")
        self.assertEqual(names(copy.events), ["ready", "delivered", "requeued"])
        self.assertEqual((copy.events[1].reached, copy.events[2].rule, copy.place), (False, rule.number, "ready"))

    def test_a_delivery_that_a_rule_doubles_is_told_twice_where_no_acks_are_needed_too(self) -> None:
        client = self.consuming(no_ack=True)
        rule = self.add(when("basic.deliver"), Duplicate(2))
        self.publish(client)
        deliveries = self.copy().deliveries
        self.assertEqual([each.rule for each in deliveries], [None, rule.number, rule.number])
        client.send("basic.ack", 1, delivery_tag=1)
        (settled,) = self.ledger.connections[0].channels[0].settlements
        self.assertEqual(settled.wrong, "no-ack")

    def test_each_of_the_deliveries_that_a_rule_adds_may_be_acked(self) -> None:
        client = self.consuming()
        rule = self.add(when("basic.deliver"), Duplicate(2))
        self.add(when("basic.ack", "in", nth=4), Drop())
        self.publish(client)
        for _ in range(3):
            client.send("basic.ack", 1, delivery_tag=1)
        settled = self.ledger.connections[0].channels[0].settlements
        self.assertEqual([(each.wrong, each.moment.rule) for each in settled], [("", None)] + [("", rule.number)] * 2)

    def test_a_tag_that_a_rule_has_changed_is_told(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Change(delivery_tag=7))
        self.publish(client)
        (delivered,) = self.copy().deliveries
        self.assertEqual((delivered.tag, delivered.detail), (1, "a rule has changed the tag to 7"))

    def test_a_delivery_that_a_rule_makes_up_is_no_copys(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Say("basic.deliver", consumer_tag="c", delivery_tag=9, body="made up"))
        self.publish(client)
        self.assertEqual(client.names, ["basic.deliver", "basic.deliver"])
        self.assertEqual([each.tag for each in self.copy().deliveries], [1])

    def test_what_a_rule_has_redelivered_is_requeued_by_the_rule(self) -> None:
        client = self.consuming()
        rule = self.add(when("basic.deliver"), Redeliver())
        self.publish(client)
        copy = self.copy()
        (requeued,) = [event for event in copy.events if event.name == "requeued"]
        self.assertEqual(requeued.rule, rule.number)
        self.assertEqual([event.redelivered for event in copy.deliveries], [False, True])

"""Quorum queues, as RabbitMQ 3.10.8 showed them to a client."""

from __future__ import annotations

from typing import Any

from fakebroker.broker.queues.base import Queue
from fakebroker.values import Int64
from tests.broker.queueing import Client, QueueCase, bodies


class QuorumCase(QueueCase):
    def quorum(self, name: str = "q", **arguments: Any) -> Queue:
        return self.queue(name, durable=True, x_queue_type="quorum", **arguments)

    def counts(self, client: Client) -> list[object]:
        """The header x-delivery-count of each delivery."""
        headers = [delivery.content.properties.headers or {} for delivery in client.deliveries]
        return [each.get("x-delivery-count") for each in headers]


class Properties(QuorumCase):
    def test_they_are_durable_and_belong_to_nobody(self) -> None:
        def declare(**attributes: Any) -> None:
            self.queue("q", x_queue_type="quorum", **attributes)

        text = "invalid property '{}' for queue 'q' in vhost '/'"
        self.assertRefused("precondition-failed", text.format("non-durable"), declare)
        self.assertRefused("precondition-failed", text.format("auto-delete"), declare, durable=True, auto_delete=True)
        self.assertRefused(
            "precondition-failed", text.format("exclusive-owner"), declare, durable=True, exclusive=True, owner=self
        )
        self.assertRefused(
            "precondition-failed", text.format("auto-delete"), declare, exclusive=True, owner=self, auto_delete=True
        )

    def test_they_are_no_classic_queues(self) -> None:
        self.quorum()
        text = (
            "inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received none but current is the value "
            "'quorum' of type 'longstr'"
        )
        self.assertRefused("precondition-failed", text, self.queue, durable=True)

    def test_deleting_knows_no_conditions(self) -> None:
        queue = self.quorum()
        for flag in ("unused", "empty"):
            text = (
                f"cannot delete queue 'q' in vhost '/'. queue.delete operations with if-{flag} flag set are not "
                f"supported by quorum queues"
            )
            self.assertRefused("not-implemented", text, self.vhost.queues.remove, queue, **{f"if_{flag}": True})


class Returns(QuorumCase):
    def test_what_is_requeued_goes_to_the_end(self) -> None:
        queue = self.quorum()
        self.fill(queue, *"123")
        self.assertEqual("1", self.client.get(queue))
        self.client.session.reject(1, requeue=True)
        self.assertEqual(["2", "3", "1*"], bodies(queue.ready))

    def test_with_a_delivery_limit_it_goes_to_the_front(self) -> None:
        queue = self.quorum(x_delivery_limit=5)
        self.fill(queue, *"123")
        self.client.get(queue)
        self.client.session.reject(1, requeue=True)
        self.assertEqual(["1*", "2", "3"], bodies(queue.ready))

    def test_they_are_counted(self) -> None:
        queue = self.quorum()
        self.client.consume(queue, "a")
        self.fill(queue, "1")
        for tag in (1, 2):
            self.client.session.reject(tag, requeue=True)
        self.assertEqual([None, 1, 2], self.counts(self.client))
        headers = self.client.deliveries[-1].content.properties.headers or {}
        self.assertIs(Int64, type(headers["x-delivery-count"]))

    def test_fetching_always_tells_the_count(self) -> None:
        queue = self.quorum()
        self.fill(queue, "1")
        delivery = queue.get(self.client.session, no_ack=True)
        assert delivery is not None
        self.assertEqual({"x-delivery-count": 0}, delivery.content.properties.headers)

    def test_a_message_that_came_back_too_often_is_a_dead_letter(self) -> None:
        dead = self.queue("dead")
        queue = self.quorum(x_delivery_limit=2, x_dead_letter_exchange="", x_dead_letter_routing_key="dead")
        self.client.consume(queue, "a")
        self.fill(queue, "1")
        for tag in (1, 2, 3):
            self.client.session.reject(tag, requeue=True)
        self.assertEqual([None, 1, 2], self.counts(self.client))
        headers = dead.ready[0].properties.headers or {}
        self.assertEqual("delivery_limit", headers["x-first-death-reason"])
        self.assertNotIn("x-delivery-count", headers)


class Consuming(QuorumCase):
    def test_a_limit_for_the_channel_is_not_supported(self) -> None:
        queue = self.quorum()
        self.client.session.set_prefetch(1, whole_channel=True)
        text = "queue 'q' in vhost '/' does not support global qos"
        self.assertRefused("not-implemented", text, self.client.consume, queue, "a")

    def test_exclusive_use_is_not_heeded(self) -> None:
        queue = self.quorum()
        self.client.consume(queue, "a", exclusive=True)
        self.client.consume(queue, "b", exclusive=True)
        self.fill(queue, "1", "2")
        self.assertEqual(["a:1", "b:2"], self.client.take())

    def test_a_single_active_consumer_excludes_fetching(self) -> None:
        queue = self.quorum(x_single_active_consumer=True)
        text = (
            "cannot obtain access to locked queue 'q' in vhost '/'. basic.get operations are not supported by quorum "
            "queues with single active consumer"
        )
        self.assertRefused("resource-locked", text, queue.get, self.client.session, False)

    def test_what_was_fetched_counts_as_a_consumer(self) -> None:
        queue = self.quorum()
        self.fill(queue, "1")
        self.client.get(queue)
        self.assertEqual(1, queue.consumer_count)


class Limits(QuorumCase):
    def test_the_head_is_dropped(self) -> None:
        queue = self.quorum(x_max_length=2)
        self.fill(queue, *"1234")
        self.assertEqual(["3", "4"], bodies(queue.ready))

    def test_what_is_requeued_drops_the_head_which_becomes_a_dead_letter(self) -> None:
        dead = self.queue("dead")
        queue = self.quorum(x_max_length=1, x_dead_letter_exchange="", x_dead_letter_routing_key="dead")
        self.fill(queue, "1")
        self.client.get(queue)
        self.fill(queue, "2")
        self.client.session.reject(1, requeue=True)
        self.assertEqual((["1*"], ["2"]), (bodies(queue.ready), bodies(dead.ready)))

    def test_a_consumer_without_a_limit_gets_two_thousand_before_it_acknowledges(self) -> None:
        queue = self.quorum()
        self.fill(queue, *["x"] * 2002)
        self.client.consume(queue, "a")
        self.assertEqual((2000, 2), (len(self.client.deliveries), queue.message_count))
        self.client.session.ack(1)
        self.assertEqual((2001, 1), (len(self.client.deliveries), queue.message_count))

    def test_one_message_too_many_is_taken_the_next_ones_refused(self) -> None:
        queue = self.quorum(x_max_length=2, x_overflow="reject-publish")
        self.client.confirm()
        self.fill(queue, *"12345")
        self.assertEqual(["ack 1", "ack 2", "ack 3", "nack up to 4", "nack up to 5"], self.client.confirmed)
        self.assertEqual(["1", "2", "3"], bodies(queue.ready))

    def test_it_takes_messages_again_when_four_fifths_are_left(self) -> None:
        queue = self.quorum(x_max_length=5, x_overflow="reject-publish")
        self.client.confirm()
        self.fill(queue, *"1234567")
        self.client.get(queue, no_ack=True)
        self.fill(queue, "refused")
        self.client.get(queue, no_ack=True)
        self.fill(queue, "taken")
        self.assertEqual(["3", "4", "5", "6", "taken"], bodies(queue.ready))

    def test_the_same_with_octets(self) -> None:
        queue = self.quorum(x_max_length_bytes=10, x_overflow="reject-publish")
        self.client.confirm()
        self.fill(queue, *(["12"] * 7))
        self.client.get(queue, no_ack=True)
        self.fill(queue, "no")
        self.client.get(queue, no_ack=True)
        self.fill(queue, "ok")
        self.assertEqual(["12", "12", "12", "12", "ok"], bodies(queue.ready))

    def test_all_messages_survive_a_restart(self) -> None:
        queue = self.quorum()
        self.fill(queue, "1", "2")
        self.client.get(queue)
        self.vhost.queues.restart()
        self.assertEqual(["1*", "2"], bodies(queue.ready))

"""Queues that hold only so much."""

from __future__ import annotations

from tests.broker.queueing import QueueCase, bodies


class DroppingTheHead(QueueCase):
    def test_the_oldest_goes_for_the_newest(self) -> None:
        queue = self.queue(x_max_length=2)
        self.fill(queue, "1", "2", "3", "4")
        self.assertEqual(["3", "4"], bodies(queue.ready))

    def test_octets_of_the_bodies_count_and_empty_ones_none(self) -> None:
        queue = self.queue(x_max_length_bytes=5)
        self.fill(queue, "123", "45", "", "6")
        self.assertEqual(["45", "", "6"], bodies(queue.ready))
        self.fill(queue, "1234567")
        self.assertEqual([], bodies(queue.ready))

    def test_messages_that_reached_nobody_are_dropped_when_there_is_no_room_or_time_for_them(self) -> None:
        full, late = self.queue("full", x_max_length=1), self.queue("late", x_message_ttl=10)
        self.client.session.set_prefetch(1)
        for queue in (full, late):
            self.client.consume(queue, queue.name)
            self.fill(queue, "1", "2")
        first, second = (delivery.message for delivery in self.client.deliveries)
        self.pass_time(0.01)
        full.restore([first])
        late.restore([second])
        self.assertEqual((["2"], []), (bodies(full.ready), bodies(late.ready)))

    def test_what_is_out_does_not_count(self) -> None:
        queue = self.queue(x_max_length=1)
        self.fill(queue, "1")
        self.client.get(queue)
        self.fill(queue, "2")
        self.assertEqual(["2"], bodies(queue.ready))

    def test_a_requeued_head_is_itself_dropped(self) -> None:
        queue = self.queue(x_max_length=2)
        self.fill(queue, "1", "2")
        self.client.get(queue)
        self.fill(queue, "3")
        self.client.session.reject(1, requeue=True)
        self.assertEqual(["2", "3"], bodies(queue.ready))

    def test_a_limit_of_none_at_all_lets_through_what_a_consumer_takes(self) -> None:
        queue = self.queue(x_max_length=0)
        self.fill(queue, "lost")
        self.client.consume(queue, "c", no_ack=True)
        self.fill(queue, "taken")
        self.assertEqual(["c:taken"], self.client.take())

    def test_of_a_priority_queue_the_highest_is_the_head(self) -> None:
        queue = self.queue(x_max_priority=5, x_max_length=2)
        self.fill(queue, "high", priority=5)
        self.fill(queue, "low", "lower")
        self.assertEqual(["low", "lower"], bodies(queue.ready))


class Refusing(QueueCase):
    def test_a_full_queue_refuses_and_the_publisher_is_told(self) -> None:
        queue = self.queue(x_max_length=1, x_overflow="reject-publish")
        self.client.confirm()
        self.fill(queue, "1", "2")
        self.assertEqual(["ack 1", "nack up to 2"], self.client.confirmed)
        self.assertEqual(["1"], bodies(queue.ready))

    def test_one_queue_that_refuses_is_enough(self) -> None:
        full, free = self.queue("full", x_max_length=0, x_overflow="reject-publish"), self.queue("free")
        for queue in (full, free):
            self.vhost.bindings.bind(self.vhost.exchanges["amq.fanout"], queue)
        self.client.confirm()
        self.client.publish("", b"1", exchange="amq.fanout")
        self.assertEqual(["nack up to 1"], self.client.confirmed)
        self.assertEqual(["1"], bodies(free.ready))

    def test_the_octets_of_the_new_message_count(self) -> None:
        queue = self.queue(x_max_length_bytes=3, x_overflow="reject-publish")
        self.fill(queue, "12", "3", "4", "")
        self.assertEqual(["12", "3", ""], bodies(queue.ready))

    def test_requeueing_is_never_refused(self) -> None:
        queue = self.queue(x_max_length=1, x_overflow="reject-publish")
        self.fill(queue, "1")
        self.client.get(queue)
        self.fill(queue, "2")
        self.client.session.reject(1, requeue=True)
        self.assertEqual(["1*", "2"], bodies(queue.ready))

    def test_what_is_refused_may_become_a_dead_letter(self) -> None:
        dead = self.queue("dead")
        queue = self.queue(
            x_max_length=1,
            x_overflow="reject-publish-dlx",
            x_dead_letter_exchange="",
            x_dead_letter_routing_key="dead",
        )
        self.client.confirm()
        self.fill(queue, "1", "2")
        self.assertEqual(["ack 1", "nack up to 2"], self.client.confirmed)
        self.assertEqual(["2"], bodies(dead.ready))


class Priorities(QueueCase):
    def test_the_octets_of_all_priorities_count_together(self) -> None:
        queue = self.queue(x_max_length_bytes=5, x_max_priority=2)
        self.fill(queue, "12", priority=1)
        self.fill(queue, "34", priority=2)
        self.assertEqual(4, queue.ready_octets)
        self.fill(queue, "56", priority=1)
        self.assertEqual(["12", "56"], bodies(queue.ready))
        self.assertEqual((2, 0), (queue.purge(), queue.message_count))

    def test_what_a_consumer_got_at_once_takes_its_old_place(self) -> None:
        queue = self.queue(x_max_priority=2)
        self.client.consume(queue, "a")
        self.fill(queue, "1", "2", "3", priority=1)
        self.client.session.cancel("a", lambda: None)
        self.client.session.reject(3, multiple=True, requeue=True)
        self.assertEqual(["1*", "2*", "3*"], bodies(queue.ready))

    def test_messages_of_each_priority_expire(self) -> None:
        queue = self.queue(x_max_priority=2, x_message_ttl=10)
        self.fill(queue, "1", priority=1)
        self.fill(queue, "2", priority=2)
        self.pass_time(0.01)
        self.assertEqual([], bodies(queue.ready))


class Policies(QueueCase):
    def test_a_new_policy_drops_what_is_too_much(self) -> None:
        queue = self.queue()
        self.fill(queue, "1", "2", "3")
        self.vhost.policies.set("short", "^q$", {"max-length": 1})
        self.assertEqual(["3"], bodies(queue.ready))

    def test_of_two_numbers_the_smaller_one_counts(self) -> None:
        queue = self.queue(x_max_length=2)
        self.vhost.policies.set("long", "^q$", {"max-length": 10})
        self.assertEqual(2, queue.settings.max_length)
        self.vhost.policies.set("long", "^q$", {"max-length": 1})
        self.assertEqual(1, queue.settings.max_length)

    def test_of_two_words_the_argument_counts(self) -> None:
        queue = self.queue(x_max_length=1, x_overflow="drop-head")
        self.vhost.policies.set("p", "^q$", {"overflow": "reject-publish", "dead-letter-exchange": "dead"})
        self.assertEqual(("drop-head", "dead"), (queue.settings.overflow, queue.settings.dead_letter_exchange))

"""Messages and queues that live only so long, on the clock."""

from __future__ import annotations

from tests.broker.queueing import QueueCase, bodies


class MessageTTL(QueueCase):
    def test_a_message_is_gone_when_its_time_is_up(self) -> None:
        queue = self.queue(x_message_ttl=1000)
        self.fill(queue, "1")
        self.pass_time(0.999)
        self.assertEqual(["1"], bodies(queue.ready))
        self.pass_time(0.001)
        self.assertEqual([], bodies(queue.ready))

    def test_a_message_may_have_a_shorter_time_of_its_own(self) -> None:
        queue = self.queue(x_message_ttl=1000)
        self.fill(queue, "short", expiration="10")
        self.fill(queue, "long", expiration="5000")
        self.pass_time(0.01)
        self.assertEqual(["long"], bodies(queue.ready))
        self.pass_time(0.99)
        self.assertEqual([], bodies(queue.ready))

    def test_the_dead_wait_behind_the_living(self) -> None:
        queue = self.queue()
        self.fill(queue, "living")
        self.fill(queue, "dead", expiration="0")
        self.assertEqual(["living", "dead"], bodies(queue.ready))
        self.assertEqual("living", self.client.get(queue))
        self.assertEqual([], bodies(queue.ready))

    def test_the_time_of_the_next_counts_when_the_first_is_fetched_or_dropped(self) -> None:
        fetched, dropped = self.queue(), self.queue("short", x_max_length=1)
        for queue in (fetched, dropped):
            self.fill(queue, "living")
            self.fill(queue, "dying", expiration="10")
        self.client.get(fetched)
        self.assertEqual((["dying"], ["dying"]), (bodies(fetched.ready), bodies(dropped.ready)))
        self.pass_time(0.01)
        self.assertEqual(([], []), (bodies(fetched.ready), bodies(dropped.ready)))

    def test_no_time_at_all_is_enough_when_a_consumer_takes_it(self) -> None:
        queue = self.queue(x_message_ttl=0)
        self.fill(queue, "lost")
        self.client.consume(queue, "c")
        self.fill(queue, "taken")
        self.assertEqual(["c:taken"], self.client.take())

    def test_what_is_out_does_not_die_before_it_is_requeued(self) -> None:
        queue = self.queue(x_message_ttl=1000)
        self.fill(queue, "1")
        self.client.get(queue)
        self.pass_time(5)
        self.assertEqual(1, len(queue.unacked))
        self.client.session.reject(1, requeue=True)
        self.assertEqual([], bodies(queue.ready))

    def test_what_is_out_dies_when_a_restart_brings_it_back_too_late(self) -> None:
        dead = self.queue("dead", durable=True)
        queue = self.queue(
            durable=True, x_message_ttl=10, x_dead_letter_exchange="", x_dead_letter_routing_key="dead"
        )
        self.fill(queue, "1", delivery_mode=2)
        self.client.get(queue)
        self.pass_time(0.01)
        self.vhost.queues.restart()
        self.assertEqual(([], ["1"]), (bodies(queue.ready), bodies(dead.ready)))

    def test_with_no_time_at_all_what_no_consumer_takes_is_confirmed_and_lost(self) -> None:
        queue = self.queue(x_message_ttl=0)
        self.client.confirm()
        self.fill(queue, "1")
        self.assertEqual((["ack 1"], []), (self.client.confirmed, bodies(queue.ready)))

    def test_a_new_policy_holds_for_messages_to_come(self) -> None:
        queue = self.queue()
        self.fill(queue, "old")
        self.vhost.policies.set("p", ".*", {"message-ttl": 10})
        self.client.get(queue)
        self.fill(queue, "new")
        self.pass_time(1)
        self.client.session.reject(1, requeue=True)
        self.assertEqual(["old*"], bodies(queue.ready))

    def test_one_timer_does_for_any_number_of_messages(self) -> None:
        queue = self.queue(x_message_ttl=1000)
        self.fill(queue, *map(str, range(50)))
        self.assertEqual(1, len(self.clock.getDelayedCalls()))

    def test_an_empty_queue_needs_no_timer(self) -> None:
        queue = self.queue(x_message_ttl=1000)
        self.fill(queue, "1", "2")
        queue.purge()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.fill(queue, "1")
        self.client.get(queue, no_ack=True)
        self.assertEqual([], self.clock.getDelayedCalls())


class QueueExpiry(QueueCase):
    def test_a_queue_nobody_uses_goes(self) -> None:
        self.queue(x_expires=1000)
        self.pass_time(0.999)
        self.assertIn("q", self.vhost.queues)
        self.pass_time(0.001)
        self.assertNotIn("q", self.vhost.queues)

    def test_fetching_is_use_and_publishing_is_not(self) -> None:
        queue = self.queue(x_expires=1000)
        self.pass_time(0.6)
        self.client.get(queue)
        self.pass_time(0.6)
        self.fill(queue, "1")
        self.pass_time(0.4)
        self.assertNotIn("q", self.vhost.queues)

    def test_a_consumer_keeps_it_alive(self) -> None:
        queue = self.queue(x_expires=1000)
        self.client.consume(queue, "c")
        self.assertEqual([], self.clock.getDelayedCalls())
        self.pass_time(60)
        self.client.session.cancel("c", lambda: None)
        self.pass_time(0.999)
        self.assertIn("q", self.vhost.queues)
        self.pass_time(0.001)
        self.assertNotIn("q", self.vhost.queues)

    def test_a_consumer_that_is_lost_sets_it_going(self) -> None:
        queue = self.queue(x_expires=1000)
        self.client.consume(queue, "c")
        self.client.session.close()
        self.pass_time(1)
        self.assertNotIn("q", self.vhost.queues)

    def test_its_messages_are_no_dead_letters(self) -> None:
        dead = self.queue("dead")
        queue = self.queue(x_expires=1000, x_dead_letter_exchange="", x_dead_letter_routing_key="dead")
        self.fill(queue, "1")
        self.pass_time(1)
        self.assertEqual([], bodies(dead.ready))

    def test_a_policy_can_set_it_and_take_it_away(self) -> None:
        self.queue()
        self.vhost.policies.set("p", ".*", {"expires": 1000})
        self.assertEqual(1, len(self.clock.getDelayedCalls()))
        self.vhost.policies.clear("p")
        self.assertEqual([], self.clock.getDelayedCalls())


class Closing(QueueCase):
    def test_nothing_is_left_in_the_clock(self) -> None:
        queue = self.queue(x_expires=1000, x_message_ttl=1000)
        self.fill(queue, "1", "2")
        self.client.get(queue)
        self.vhost.queues.close()
        self.client.session.close()
        self.assertEqual([], self.clock.getDelayedCalls())

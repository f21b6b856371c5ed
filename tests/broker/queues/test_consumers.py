"""Who gets the next message."""

from __future__ import annotations

from fakebroker.broker.channel.mailbox import CAPACITY
from tests.broker.queueing import QueueCase, bodies


class Turns(QueueCase):
    def test_consumers_take_turns(self) -> None:
        queue = self.queue()
        for tag in ("a", "b", "c"):
            self.client.consume(queue, tag)
        self.fill(queue, *"12345")
        self.assertEqual(["a:1", "b:2", "c:3", "a:4", "b:5"], self.client.take())

    def test_what_waits_comes_with_the_first_consumer(self) -> None:
        queue = self.queue()
        self.fill(queue, *"123")
        self.client.consume(queue, "a")
        self.assertEqual(["a:1", "a:2", "a:3"], self.client.take())

    def test_a_higher_priority_goes_first_as_long_as_it_can(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(2)
        self.client.consume(queue, "low", arguments={"x-priority": -1})
        self.client.consume(queue, "none")
        self.client.consume(queue, "high", arguments={"x-priority": 10})
        self.fill(queue, *"123456")
        self.assertEqual(["high:1", "high:2", "none:3", "none:4", "low:5", "low:6"], self.client.take())

    def test_one_that_was_full_joins_the_end_of_the_line(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1)
        self.client.consume(queue, "a")
        self.client.consume(queue, "b")
        self.fill(queue, *"12345")
        self.client.take()
        self.client.session.ack(2)
        self.client.session.ack(1)
        self.assertEqual(["b:3", "a:4"], self.client.take())

    def test_a_client_that_does_not_read_gets_nothing_until_it_does(self) -> None:
        queue = self.queue()
        slow = self.another()
        slow.consume(queue, "slow")
        slow.session.pause()
        self.fill(queue, "1")
        self.assertEqual([], slow.take())
        slow.session.resume()
        self.assertEqual(["slow:1"], slow.take())

    def test_a_client_that_does_not_read_keeps_its_turn_for_200_messages(self) -> None:
        queue = self.queue()
        slow = self.another()
        slow.consume(queue, "slow")
        slow.session.pause()
        self.fill(queue, *map(str, range(CAPACITY + 1)))
        self.assertEqual([str(CAPACITY)], bodies(queue.ready))
        slow.session.resume()
        self.assertEqual([f"slow:{number}" for number in range(CAPACITY + 1)], slow.take())


class Exclusive(QueueCase):
    def test_there_is_nobody_beside_an_exclusive_consumer(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "a", exclusive=True)
        for exclusive in (True, False):
            self.assertRefused(
                "access-refused",
                "queue 'q' in vhost '/' in exclusive use",
                self.another().consume,
                queue,
                "b",
                exclusive=exclusive,
            )

    def test_nobody_becomes_exclusive_beside_others(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "a")
        self.assertRefused(
            "access-refused",
            "queue 'q' in vhost '/' in exclusive use",
            self.client.consume,
            queue,
            "b",
            exclusive=True,
        )

    def test_fetching_is_still_allowed(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1)
        self.client.consume(queue, "a", exclusive=True)
        self.fill(queue, "1", "2")
        self.assertEqual("2", self.another().get(queue))

    def test_it_ends_with_the_consumer(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "a", exclusive=True)
        self.client.session.cancel("a", lambda: None)
        self.another().consume(queue, "b")


class SingleActive(QueueCase):
    def test_with_no_consumer_messages_wait(self) -> None:
        queue = self.queue(x_single_active_consumer=True)
        self.fill(queue, "1", "2")
        self.client.consume(queue, "a")
        self.assertEqual(["a:1", "a:2"], self.client.take())

    def test_the_first_gets_everything(self) -> None:
        queue = self.queue(x_single_active_consumer=True)
        self.client.consume(queue, "a")
        self.client.consume(queue, "b", arguments={"x-priority": 5})
        self.fill(queue, "1", "2")
        self.assertEqual(["a:1", "a:2"], self.client.take())

    def test_when_it_is_full_the_others_wait_with_it(self) -> None:
        queue = self.queue(x_single_active_consumer=True)
        self.client.session.set_prefetch(1)
        self.client.consume(queue, "a")
        self.client.consume(queue, "b")
        self.fill(queue, "1", "2")
        self.assertEqual(["a:1"], self.client.take())
        self.client.session.ack(1)
        self.assertEqual(["a:2"], self.client.take())

    def test_the_next_by_priority_follows_and_begins_with_the_next_message(self) -> None:
        queue = self.queue(x_single_active_consumer=True)
        self.client.session.set_prefetch(1)
        self.client.consume(queue, "a")
        self.client.consume(queue, "b")
        self.client.consume(queue, "c", arguments={"x-priority": 5})
        self.fill(queue, "1", "2")
        self.client.take()
        self.client.session.cancel("a", lambda: None)
        self.assertEqual([], self.client.take())
        self.client.session.reject(1, requeue=True)
        self.assertEqual(["c:1*"], self.client.take())

    def test_one_that_was_full_and_is_gone_never_becomes_active_again(self) -> None:
        queue = self.queue(x_single_active_consumer=True)
        self.client.session.set_prefetch(1)
        self.client.consume(queue, "a")
        self.client.consume(queue, "b")
        self.fill(queue, "1", "2")
        self.client.session.ack(1)
        self.client.session.ack(2)
        for tag in ("a", "b"):
            self.client.session.cancel(tag, lambda: None)
        self.assertIsNone(queue.active)
        self.fill(queue, "3")
        self.assertEqual(["3"], bodies(queue.ready))

    def test_when_its_channel_ends_the_next_takes_over_at_once(self) -> None:
        queue = self.queue(x_single_active_consumer=True)
        other = self.another()
        self.client.consume(queue, "a")
        other.consume(queue, "b")
        self.fill(queue, "1")
        self.client.session.close()
        self.assertEqual(["b:1*"], other.take())

    def test_none_can_be_exclusive(self) -> None:
        queue = self.queue(x_single_active_consumer=True)
        self.assertRefused(
            "access-refused",
            "queue 'q' in vhost '/' in exclusive use",
            self.client.consume,
            queue,
            "a",
            exclusive=True,
        )


class Prefetch(QueueCase):
    def test_each_consumer_has_the_limit_of_its_beginning(self) -> None:
        queue = self.queue()
        self.fill(queue, *"123456")
        self.client.session.set_prefetch(2)
        self.client.consume(queue, "two")
        self.client.session.set_prefetch(1)
        self.client.consume(queue, "one")
        self.assertEqual(["two:1", "two:2", "one:3"], self.client.take())
        self.client.session.ack(1)
        self.assertEqual(["two:4"], self.client.take())

    def test_nothing_to_acknowledge_nothing_to_limit(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1)
        self.client.consume(queue, "a", no_ack=True)
        self.fill(queue, *"123")
        self.assertEqual(["a:1", "a:2", "a:3"], self.client.take())

    def test_a_limit_for_the_channel_is_shared_by_its_consumers(self) -> None:
        queue, other = self.queue("q"), self.queue("r")
        self.client.session.set_prefetch(2, whole_channel=True)
        self.client.consume(queue, "a")
        self.client.consume(other, "b")
        self.fill(queue, "1", "2")
        self.fill(other, "3")
        self.assertEqual(["a:1", "a:2"], self.client.take())
        self.client.session.ack(1)
        self.assertEqual(["b:3"], self.client.take())

    def test_a_limit_that_is_reached_stops_consumers_without_acknowledgement_too(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1, whole_channel=True)
        self.client.consume(queue, "a")
        self.fill(queue, "1")
        self.client.consume(queue, "b", no_ack=True)
        self.fill(queue, "2")
        self.assertEqual(["a:1"], self.client.take())

    def test_what_was_fetched_counts_only_if_it_was_out_when_the_limit_was_set(self) -> None:
        queue = self.queue()
        self.fill(queue, *"12345")
        self.client.get(queue)
        self.client.session.set_prefetch(2, whole_channel=True)
        self.client.consume(queue, "a")
        self.assertEqual(["a:2"], self.client.take())
        self.client.get(queue)
        self.client.session.ack(2)
        self.assertEqual(["a:4"], self.client.take())

    def test_raising_or_lifting_the_limit_sends_what_waited(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1, whole_channel=True)
        self.client.consume(queue, "a")
        self.fill(queue, *"1234")
        self.client.take()
        self.client.session.set_prefetch(2, whole_channel=True)
        self.assertEqual(["a:2"], self.client.take())
        self.client.session.set_prefetch(0, whole_channel=True)
        self.assertEqual(["a:3", "a:4"], self.client.take())

    def test_what_a_full_channel_gives_back_it_may_get_again(self) -> None:
        queue = self.queue()
        other = self.another()
        self.fill(queue, *"123")
        self.client.consume(queue, "a")
        other.consume(queue, "b")
        self.client.session.set_prefetch(3, whole_channel=True)
        self.client.take()
        self.client.session.recover(lambda: None)
        self.assertEqual((["a:1*", "a:3*"], ["b:2*"]), (self.client.take(), other.take()))

    def test_a_limit_for_each_consumer_lifts_that_of_the_channel(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1, whole_channel=True)
        self.client.consume(queue, "a")
        self.fill(queue, *"123")
        self.client.take()
        self.client.session.set_prefetch(1)
        self.assertEqual(["a:2", "a:3"], self.client.take())

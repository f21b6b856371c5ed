"""Who gets the next message."""

from __future__ import annotations

from fakebroker.broker.channel.mailbox import CAPACITY
from tests.broker.queueing import QueueCase, bodies


class Turns(QueueCase):
    def test_a_consumer_shows_what_it_is(self) -> None:
        queue = self.queue()
        self.assertEqual("<Consumer 'a' of 'q'>", repr(self.client.consume(queue, "a")))
        self.client.session.set_prefetch(5)
        shown = repr(self.client.consume(queue, "b", no_ack=True, arguments={"x-priority": 3}))
        self.assertEqual("<Consumer 'b' no_ack prefetch=5 priority=3 of 'q'>", shown)

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

"""Prefetch: basic.qos for each consumer, and for a whole channel."""

from __future__ import annotations

from tests.broker.queueing import QueueCase


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

    def test_it_is_for_each_consumer_unless_told_and_for_those_that_come_later(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "free")
        self.client.session.set_prefetch(1)
        for tag in ("a", "b"):
            self.client.consume(queue, tag)
        self.client.session.cancel("free", lambda: None)
        self.fill(queue, *"123")
        self.assertEqual(["a:1", "b:2"], self.client.take())

    def test_for_the_whole_channel_it_counts_what_was_out_before(self) -> None:
        queue = self.queue()
        self.fill(queue, *"123")
        self.client.get(queue)
        self.client.session.set_prefetch(2, whole_channel=True)
        self.client.consume(queue, "a")
        self.assertEqual(["a:2"], [each for each in self.client.take() if each])

    def test_the_limit_of_the_channel_ends_with_that_of_a_consumer(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1, whole_channel=True)
        self.client.consume(queue, "a")
        self.fill(queue, *"123")
        self.assertEqual(["a:1"], self.client.take())
        self.client.session.set_prefetch(1)
        self.assertEqual(["a:2", "a:3"], self.client.take())

    def test_where_the_limit_goes_queues_go_on_in_the_order_of_their_consumers(self) -> None:
        self.client.session.set_prefetch(1, whole_channel=True)
        for name in "ab":
            self.client.consume(self.queue(name), name)
        self.fill(self.vhost.queues["b"], "1", "2")
        self.fill(self.vhost.queues["a"], "3")
        self.assertEqual(["b:1"], self.client.take())
        self.client.session.set_prefetch(0, whole_channel=True)
        self.assertEqual(["a:3", "b:2"], self.client.take())

    def test_where_it_rises_they_go_on_in_the_order_in_which_they_were_refused(self) -> None:
        self.client.session.set_prefetch(1, whole_channel=True)
        for name in "ab":
            self.client.consume(self.queue(name), name)
        self.fill(self.vhost.queues["b"], "1", "2")
        self.fill(self.vhost.queues["a"], "3")
        self.client.session.set_prefetch(5, whole_channel=True)
        self.assertEqual(["b:1", "b:2", "a:3"], self.client.take())

    def test_a_queue_that_lost_its_consumer_has_lost_its_place_too(self) -> None:
        self.client.session.set_prefetch(1, whole_channel=True)
        for name in "ab":
            self.client.consume(self.queue(name), name)
        self.fill(self.vhost.queues["b"], "1", "2")
        self.fill(self.vhost.queues["a"], "3")
        self.client.session.cancel("b", lambda: None)
        self.client.consume(self.vhost.queues["b"], "c")
        self.client.session.set_prefetch(5, whole_channel=True)
        self.assertEqual(["b:1", "a:3", "c:2"], self.client.take())

    def test_a_limit_that_comes_again_counts_anew(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(2, whole_channel=True)
        self.client.consume(queue, "a")
        self.fill(queue, "1", "2")
        self.client.session.set_prefetch(0, whole_channel=True)
        self.client.session.ack(2, multiple=True)
        self.client.session.set_prefetch(2, whole_channel=True)
        self.fill(queue, *"345")
        self.assertEqual(["a:1", "a:2", "a:3", "a:4"], self.client.take())

    def test_each_acknowledgement_lets_one_more_through(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(2)
        self.client.consume(queue, "a")
        self.fill(queue, *"123456")
        self.client.session.ack(1)
        self.assertEqual(["a:1", "a:2", "a:3"], self.client.take())

    def test_credit_is_given_back_by_basic_credit_alone(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1)
        self.client.consume(queue, "a")
        self.fill(queue, *"12345")
        waiting: list[int] = []
        self.client.session.credit("a", 2, waiting.append)
        self.client.session.ack(0, multiple=True)
        self.assertEqual((["a:1", "a:2", "a:3"], [4]), (self.client.take(), waiting))
        text = "unknown consumer tag 'b'"
        self.assertRefused("precondition-failed", text, self.client.session.credit, "b", 1, waiting.append)

    def test_a_higher_limit_lets_the_next_through(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1, whole_channel=True)
        self.client.consume(queue, "a")
        self.fill(queue, *"1234")
        self.client.session.set_prefetch(3, whole_channel=True)
        self.assertEqual(["a:1", "a:2", "a:3"], self.client.take())
        self.client.session.ack(2, multiple=True)
        self.assertEqual(["a:4"], self.client.take())

    def test_what_needs_no_ack_does_not_count(self) -> None:
        queue = self.queue()
        self.client.session.set_prefetch(1, whole_channel=True)
        self.client.consume(queue, "a", no_ack=True)
        self.fill(queue, *"123")
        self.assertEqual(["a:1", "a:2", "a:3"], self.client.take())

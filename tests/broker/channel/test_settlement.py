"""Settlement: which deliveries a client acks, rejects or recovers, and in which order queues hear of it."""

from __future__ import annotations

from tests.broker.queueing import QueueCase, bodies


class Acknowledging(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.q = self.queue()
        self.fill(self.q, *"12345")
        for _ in range(4):
            self.client.get(self.q)

    def test_one(self) -> None:
        self.client.session.ack(2)
        self.assertEqual([1, 3, 4], list(self.client.session.unacked))

    def test_all_up_to_one(self) -> None:
        self.client.session.ack(3, multiple=True)
        self.assertEqual([4], list(self.client.session.unacked))

    def test_all(self) -> None:
        self.client.session.ack(0, multiple=True)
        self.assertEqual([], list(self.client.session.unacked))
        self.client.session.ack(0, multiple=True)

    def test_a_tag_that_is_not_outstanding(self) -> None:
        self.client.session.ack(2)
        for tag, multiple in ((2, False), (9, False), (0, False), (9, True), (2, True)):
            text = f"unknown delivery tag {tag}"
            self.assertRefused("precondition-failed", text, self.client.session.ack, tag, multiple)
        self.assertEqual([1, 3, 4], list(self.client.session.unacked))

    def test_requeued_messages_are_where_they_were(self) -> None:
        self.client.session.reject(3, requeue=True)
        self.client.session.reject(1, requeue=True)
        self.assertEqual(["1*", "3*", "5"], bodies(self.q.ready))
        self.client.session.reject(0, multiple=True, requeue=True)
        self.assertEqual(["1*", "2*", "3*", "4*", "5"], bodies(self.q.ready))

    def test_dropped_ones_are_gone(self) -> None:
        self.client.session.reject(4, multiple=True, requeue=False)
        self.assertEqual((["5"], []), (bodies(self.q.ready), self.q.unacked))

    def test_recovering_requeues_all(self) -> None:
        answers: list[int] = []
        self.client.session.recover(lambda: answers.append(self.q.message_count))
        self.assertEqual([1], answers)
        self.assertEqual(["1*", "2*", "3*", "4*", "5"], bodies(self.q.ready))

    def test_what_is_requeued_goes_to_the_next_consumer(self) -> None:
        self.client.consume(self.q, "a")
        self.client.take()
        self.client.session.reject(2, requeue=True)
        self.assertEqual(["a:2*"], self.client.take())

    def test_what_was_recovered_has_no_tag_any_more(self) -> None:
        self.client.session.recover(lambda: None)
        self.assertEqual([], list(self.client.session.unacked))


class SeveralQueues(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.dead = self.queue("dead")
        self.a, self.b = (
            self.queue(name, x_dead_letter_exchange="", x_dead_letter_routing_key="dead") for name in ("a", "b")
        )
        for tag in ("z", "y"):
            self.client.consume(self.b, tag)
        self.fill(self.b, "b to z", "b to y")
        self.fill(self.a, "a by get", "a to x")
        self.client.get(self.a)
        self.client.consume(self.a, "x")

    def test_each_hears_of_its_own(self) -> None:
        self.client.session.ack(0, multiple=True)
        self.assertEqual(([], []), (self.a.unacked, self.b.unacked))

    def test_they_hear_of_it_by_name_and_of_what_was_got_first_and_then_by_consumer_tag(self) -> None:
        self.client.session.reject(0, multiple=True, requeue=False)
        self.assertEqual(["a by get", "a to x", "b to y", "b to z"], bodies(self.dead.ready))


class TwoOfTwoQueues(QueueCase):
    def test_each_queue_hears_of_its_one(self) -> None:
        queues = [self.queue(name) for name in "ab"]
        for queue in queues:
            self.fill(queue, queue.name)
            self.client.consume(queue, queue.name)
        self.client.session.reject(0, multiple=True, requeue=False)
        self.assertEqual([[], []], [queue.unacked for queue in queues])

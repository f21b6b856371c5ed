"""What queues tell a channel waits until all that arrived in one piece is handled."""

from __future__ import annotations

from fakebroker.broker.channel import rule_take_back
from fakebroker.broker.queues.consumer import Delivery
from tests.broker.queueing import QueueCase, bodies


class OneTurn(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.q = self.queue()
        self.broker.turn.__enter__()

    def end_turn(self) -> None:
        """The turn ends, and the next one begins."""
        self.broker.turn.__exit__(None, None, None)
        self.broker.turn.__enter__()

    def test_deliveries_wait_for_its_end(self) -> None:
        self.client.consume(self.q, "a")
        self.fill(self.q, "1", "2")
        self.assertEqual([], self.client.take())
        self.end_turn()
        self.assertEqual(["a:1", "a:2"], self.client.take())

    def test_what_is_fetched_meanwhile_has_the_earlier_tag(self) -> None:
        other = self.queue("other")
        self.fill(other, "fetched")
        self.client.consume(self.q, "a")
        self.fill(self.q, "delivered")
        self.client.get(other)
        self.end_turn()
        self.assertEqual([2], [delivery.tag for delivery in self.client.deliveries])

    def test_what_has_not_been_passed_on_can_not_be_acknowledged_or_recovered(self) -> None:
        self.client.consume(self.q, "a")
        self.fill(self.q, "1")
        self.client.session.ack(0, multiple=True)
        self.client.session.recover(lambda: None)
        self.assertRefused("precondition-failed", "unknown delivery tag 1", self.client.session.ack, 1)
        self.end_turn()
        self.assertEqual(["a:1"], self.client.take())

    def test_the_end_of_a_subscription_waits_behind_what_was_delivered(self) -> None:
        told: list[int] = []
        self.client.consume(self.q, "a")
        self.fill(self.q, "1")
        self.client.session.cancel("a", lambda: told.append(len(self.client.deliveries)))
        self.client.session.cancel("unknown", lambda: told.append(-1))
        self.end_turn()
        self.assertEqual([-1, 1], told)

    def test_a_channel_that_closes_gives_it_back(self) -> None:
        self.client.consume(self.q, "a")
        self.fill(self.q, "1", "2")
        self.client.session.close()
        self.end_turn()
        self.assertEqual(([], ["1*", "2*"]), (self.client.take(), bodies(self.q.ready)))

    def test_a_consumer_that_a_rule_cancels_leaves_room_for_others(self) -> None:
        self.client.consume(self.q, "a")
        for number in range(150):
            self.client.publish("q", b"%d" % number)
        rule_take_back.revoke(self.client.session, "a", ())
        self.client.consume(self.q, "b")
        self.end_turn()
        self.assertEqual([f"b:{number}" for number in range(150)], [each.rstrip("*") for each in self.client.take()])

    def test_confirms_come_last(self) -> None:
        self.client.confirm()
        self.fill(self.q, "1")
        self.client.consume(self.q, "a")
        order: list[str] = []
        self.client.session.mailbox.put(lambda: order.extend(self.client.confirmed))
        self.end_turn()
        self.assertEqual(([], ["ack 1"]), (order, self.client.confirmed))

    def test_where_nothing_is_for_the_client_any_more_only_a_slow_queue_sends_on(self) -> None:
        quorum = self.queue("quorum", durable=True, x_queue_type="quorum")
        for queue in (self.q, quorum):
            self.client.consume(queue, queue.name)
        self.client.session.mailbox.shut = True
        for queue in (self.q, quorum):
            self.fill(queue, "1")
        self.assertEqual(([1, 0]), [queue.message_count for queue in (self.q, quorum)])

    def test_a_consumer_that_a_rule_cancels_leaves_what_is_for_others(self) -> None:
        told: list[str] = []
        self.client.consume(self.q, "a")
        other = self.queue("other")
        self.client.consume(other, "b")
        self.fill(self.q, "1")
        self.fill(other, "2")
        self.client.session.mailbox.put(lambda: told.append("told"))
        rule_take_back.revoke(self.client.session, "a", ())
        self.end_turn()
        self.assertEqual((["b:2"], ["told"]), (self.client.take(), told))
        self.assertEqual(["1"], [each.body.decode() for each in self.q.ready])

    def test_what_a_rule_has_taken_back_goes_to_the_next_consumer_at_once(self) -> None:
        self.client.consume(self.q, "a", no_ack=True, arguments={"x-priority": 1})
        other = self.another()
        other.consume(self.q, "b")
        self.fill(self.q, "1", "2")
        rule_take_back.revoke(self.client.session, "a", ())
        self.end_turn()
        self.assertEqual(([], 2), (self.client.take(), len(other.deliveries)))

    def test_what_a_rule_takes_back_of_a_consumer_that_its_client_has_cancelled_is_requeued(self) -> None:
        self.client.consume(self.q, "a")
        self.fill(self.q, "1", "2", "3")
        self.end_turn()
        self.client.session.cancel("a", lambda: None)
        kept = [(each.tag, each.message) for each in self.client.deliveries[:2]]
        self.client.session.ack(1)
        rule_take_back.revoke(self.client.session, "a", kept)
        self.assertEqual((["2*"], [3]), (bodies(self.q.ready), list(self.client.session.unacked)))

    def test_all_is_passed_on_where_it_is_the_last_that_the_client_gets(self) -> None:
        self.client.consume(self.q, "a")
        self.fill(self.q, "1", "2")
        self.client.session.pause()
        self.client.session.mailbox.read_all()
        self.assertEqual(["a:1", "a:2"], self.client.take())

    def test_what_is_not_acknowledged_is_put_back_with_what_the_rule_has_kept(self) -> None:
        consumer = self.client.consume(self.q, "a", no_ack=True)
        kept: list[Delivery] = []
        consumer.deliver = kept.append
        self.fill(self.q, "1")
        self.end_turn()
        self.fill(self.q, "2")
        other = self.another()
        rule_take_back.revoke(self.client.session, "a", [(each.tag, each.message) for each in kept])
        self.assertEqual(["1", "2"], [each.body.decode() for each in self.q.ready])
        other.consume(self.q, "b")
        self.end_turn()
        self.assertEqual(["1", "2"], [text[2:].rstrip("*") for text in other.take()])


class Capacity(OneTurn):
    def test_queues_wait_when_two_hundred_lie_there(self) -> None:
        self.fill(self.q, *map(str, range(450)))
        self.client.consume(self.q, "a", no_ack=True)
        self.assertEqual(250, self.q.message_count)
        self.end_turn()
        self.assertEqual([f"a:{number}" for number in range(450)], self.client.take())

    def test_a_client_that_stops_reading_leaves_the_rest_with_the_queue(self) -> None:
        self.fill(self.q, *map(str, range(450)))
        consumer = self.client.consume(self.q, "a")
        deliver = consumer.deliver

        def deliver_and_pause(delivery: object) -> None:
            deliver(delivery)  # type: ignore[arg-type]
            self.client.session.pause()

        consumer.deliver = deliver_and_pause
        self.end_turn()
        self.assertEqual((["a:0"], 250), (self.client.take(), self.q.message_count))
        self.client.session.resume()
        self.end_turn()
        self.assertEqual(["a:1"], self.client.take())

    def test_what_is_told_beside_deliveries_leaves_room_when_it_has_been_told(self) -> None:
        told: list[int] = []
        for number in range(150):
            self.client.session.mailbox.put(lambda number=number: told.append(number))  # type: ignore[misc]
        self.assertEqual(50, self.client.session.mailbox.room)
        self.end_turn()
        self.assertEqual((list(range(150)), 200), (told, self.client.session.mailbox.room))
        self.client.consume(self.q, "a")
        self.fill(self.q, "1")
        self.end_turn()
        self.assertEqual(["a:1"], self.client.take())

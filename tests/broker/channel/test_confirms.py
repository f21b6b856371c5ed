"""Publisher confirms: when each is sent, and which go together."""

from __future__ import annotations

from tests.broker.queueing import QueueCase


class Confirms(QueueCase):
    def test_messages_are_numbered_from_the_first_that_is_confirmed(self) -> None:
        queue = self.queue()
        self.fill(queue, "not counted")
        self.client.confirm()
        self.fill(queue, "1")
        self.client.publish("nowhere")
        self.assertEqual(["ack 1", "ack 2"], self.client.confirmed)

    def test_a_second_select_does_not_begin_anew(self) -> None:
        queue = self.queue()
        self.client.confirm()
        self.fill(queue, "1")
        self.client.confirm()
        self.fill(queue, "2")
        self.assertEqual(["ack 1", "ack 2"], self.client.confirmed)


class ConfirmsOfOneTurn(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.free = self.queue("free")
        self.full = self.queue("full", x_max_length=0, x_overflow="reject-publish")
        self.client.confirm()

    def told(self, *keys: str) -> list[str]:
        """What the client is told when it publishes all these in one turn."""
        with self.broker.turn:
            for key in keys:
                self.client.publish(key)
        return self.client.confirmed

    def test_one_alone(self) -> None:
        self.assertEqual(["ack 1"], self.told("free"))

    def test_several_go_together(self) -> None:
        self.assertEqual(["ack up to 3"], self.told("free", "free", "free"))

    def test_what_goes_nowhere_does_not_wait(self) -> None:
        self.assertEqual(["ack 2", "ack 4", "ack up to 3"], self.told("free", "nowhere", "free", "nowhere"))

    def test_what_is_refused_cuts_in(self) -> None:
        self.assertEqual(["ack up to 2", "ack 4", "nack 3"], self.told("free", "free", "full", "free"))

    def test_one_refused_alone_is_multiple_all_the_same(self) -> None:
        self.assertEqual(["nack up to 1"], self.told("full"))

    def test_the_limit_of_the_channel_has_each_go_ahead_and_once_only(self) -> None:
        self.client.session.set_prefetch(9, whole_channel=True)
        self.client.consume(self.free, "c")
        self.client.session.pause()
        self.assertEqual(["ack up to 2"], self.told("free", "free"))
        self.client.session.resume()
        self.assertEqual(["ack up to 2"], self.client.confirmed)
        self.assertEqual(["ack up to 2", "ack 3"], self.told("free"))
        self.assertEqual(3, len(self.client.deliveries))

    def test_a_session_that_ends_tells_nothing_more(self) -> None:
        with self.broker.turn:
            self.client.publish("free")
            self.client.session.close()
        self.assertEqual([], self.client.confirmed)

    def test_one_queue_of_several_that_refuses_makes_it_a_nack(self) -> None:
        for name in ("free", "full"):
            self.vhost.bindings.bind("amq.fanout", name)
        self.client.publish("", exchange="amq.fanout")
        self.assertEqual(["nack up to 1"], self.client.confirmed)
        self.assertEqual(1, self.free.message_count)

    def test_each_has_its_own_where_that_is_asked_for(self) -> None:
        other = self.another()
        other.session.publisher.select_confirms(
            lambda taken, number, multiple: other.confirmed.append(f"{taken} {number} {multiple}"), lambda: True
        )
        with self.broker.turn:
            for key in ("free", "full", "free"):
                other.publish(key)
        self.assertEqual(["True 1 False", "False 2 False", "True 3 False"], other.confirmed)

    def test_a_confirm_goes_ahead_unless_one_of_the_queues_has_to_write_to_disk(self) -> None:
        self.queue("kept", durable=True)
        for name in ("free", "kept"):
            self.vhost.bindings.bind("amq.fanout", name)
        self.client.session.set_prefetch(9, whole_channel=True)
        order: list[str] = []
        consumer = self.client.consume(self.free, "c")
        consumer.deliver = lambda delivery: order.append(f"delivery behind {self.client.confirmed}")
        for mode in (1, 2):
            with self.broker.turn:
                self.client.publish("", exchange="amq.fanout", delivery_mode=mode)
        self.assertEqual(["delivery behind ['ack 1']", "delivery behind ['ack 1']"], order)
        self.assertEqual(["ack 1", "ack 2"], self.client.confirmed)


class NumbersOfTheClient(QueueCase):
    """A rule has dropped messages, copied them or changed their order: each confirm has the number its client knows."""

    def setUp(self) -> None:
        super().setUp()
        self.queue("free")
        self.queue("full", x_max_length=0, x_overflow="reject-publish")
        self.publisher = self.client.session.publisher

    def told(self, *numbered: tuple[int, str]) -> list[str]:
        with self.broker.turn:
            for number, key in numbered:
                self.publisher.number_publish(number)
                self.client.publish(key)
        return self.client.confirmed

    def test_before_confirm_select_there_are_none(self) -> None:
        self.told((5, "free"))
        self.assertIsNone(self.publisher.published)
        self.client.confirm()
        self.assertEqual((["ack 1"], 1), (self.told((1, "free")), self.publisher.published))

    def test_in_their_order_they_go_together(self) -> None:
        self.client.confirm()
        self.assertEqual(["ack up to 2"], self.told((1, "free"), (2, "free")))

    def test_a_dropped_one_is_left_out_and_none_is_for_several_any_more(self) -> None:
        self.client.confirm()
        self.assertEqual(["ack 2", "ack 4", "ack 5"], self.told((2, "free"), (4, "free"), (5, "free")))
        self.assertEqual(5, self.publisher.published)

    def test_they_are_told_in_the_order_of_their_numbers(self) -> None:
        self.client.confirm()
        self.assertEqual(["ack 1", "nack 2", "ack 3"], self.told((3, "free"), (2, "full"), (1, "free")))

    def test_a_copy_is_never_confirmed(self) -> None:
        self.client.confirm()
        self.assertEqual(["ack 1", "ack 2"], self.told((0, "free"), (1, "free"), (0, "full"), (2, "free")))
        self.assertEqual(["ack 1", "ack 2", "ack 3"], self.told((0, "nowhere"), (3, "nowhere")))

    def test_what_a_rule_has_taken_away_is_confirmed_at_once(self) -> None:
        self.publisher.count_taken()
        self.client.confirm()
        self.publisher.count_taken()
        self.assertEqual((["ack 1"], 1), (self.client.confirmed, self.client.session.counts.confirm))

    def test_but_not_in_a_transaction(self) -> None:
        self.client.session.select_tx()
        self.publisher.count_taken()
        self.assertEqual(0, self.client.session.counts.confirm)

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

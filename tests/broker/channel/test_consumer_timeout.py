"""consumer_timeout: a channel ends when a delivery is not acknowledged in time."""

from __future__ import annotations

from tests.broker.queueing import QueueCase, bodies


class AckTimeout(QueueCase):
    TEXT = (
        "delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. This timeout value can be "
        "configured, see consumers doc guide to learn more"
    )

    def test_half_an_hour_without_acknowledgement_ends_the_channel(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "a")
        self.fill(queue, "1")
        self.pass_time(1799.9)
        self.assertEqual([], self.client.errors)
        self.pass_time(0.2)
        self.assertEqual(
            [("precondition-failed", self.TEXT)], [(error.name, error.text) for error in self.client.errors]
        )
        self.assertEqual(["1*"], bodies(queue.ready))

    def test_what_was_fetched_has_to_be_acknowledged_too(self) -> None:
        queue = self.queue()
        self.fill(queue, "1")
        self.client.get(queue)
        self.pass_time(1801)
        self.assertEqual(1, len(self.client.errors))

    def test_the_oldest_delivery_counts(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "a")
        self.fill(queue, "1")
        self.pass_time(1000)
        self.fill(queue, "2")
        self.pass_time(700)
        self.client.session.ack(1)
        self.pass_time(1000)
        self.assertEqual([], self.client.errors)
        self.pass_time(200)
        self.assertEqual(1, len(self.client.errors))

    def test_the_time_can_be_set(self) -> None:
        self.broker.tuning.consumer_timeout = 1000
        queue = self.queue()
        self.fill(queue, "1")
        self.client.get(queue)
        self.pass_time(1.001)
        self.assertEqual(1, len(self.client.errors))

    def test_a_session_that_ends_leaves_nothing_in_the_clock(self) -> None:
        queue = self.queue()
        self.fill(queue, "1")
        self.client.get(queue)
        self.client.session.close()
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_channel_with_nothing_to_acknowledge_goes_on(self) -> None:
        queue = self.queue()
        self.fill(queue, "1")
        self.client.get(queue)
        self.client.session.ack(1)
        self.pass_time(4000)
        self.assertEqual(([], []), (self.client.errors, self.clock.getDelayedCalls()))

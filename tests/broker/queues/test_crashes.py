"""A queue whose process a client makes crash again and again."""

from __future__ import annotations

from fakebroker.broker.queues.base import Queue
from fakebroker.errors import AMQPError
from tests.broker.queueing import QueueCase


class Crashes(QueueCase):
    def crash(self, queue: Queue) -> None:
        """Ask for a consumer with a credit that is no table, over which RabbitMQ crashes."""
        with self.assertRaises(AMQPError) as raised:
            self.client.consume(queue, "t", arguments={"x-credit": 5})
        self.assertEqual(("internal-error", (0, 0)), (raised.exception.name, raised.exception.method))

    def test_over_a_command_the_process_of_a_quorum_queue_does_not_crash(self) -> None:
        queue = self.queue(durable=True, x_queue_type="quorum")
        for _ in range(6):
            self.crash(queue)
        self.assertIs(queue, self.vhost.queues.find("q"))

    def crash_six_times_in(self, seconds: float) -> None:
        queue = self.queue()
        for pause in (seconds / 2, 0, 0, 0, seconds / 2):
            self.crash(queue)
            self.pass_time(pause)
        self.vhost.queues.find("q")
        self.crash(queue)

    def test_six_crashes_in_less_than_ten_seconds_are_too_many(self) -> None:
        self.crash_six_times_in(9.75)
        with self.assertRaises(AMQPError) as raised:
            self.vhost.queues.find("q")
        text = "queue 'q' in vhost '/' has crashed and failed to restart"
        self.assertEqual(("not-found", text), (raised.exception.name, raised.exception.text))

    def test_in_ten_seconds_they_are_not(self) -> None:
        self.crash_six_times_in(10)
        self.assertIs(self.vhost.queues["q"], self.vhost.queues.find("q"))

"""kombu's ConsumerProducerMixin, which connects again by itself."""

from __future__ import annotations

import time
from typing import Any

from kombu import Connection, Queue
from kombu.mixins import ConsumerProducerMixin

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, failed, properties

HEARTBEAT = 10


def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    options = {"confirm_publish": True, "confirm_timeout": 20, "read_timeout": 60}
    with Connection(url, heartbeat=HEARTBEAT, connect_timeout=10, transport_options=options) as connection:
        program = Program(connection, jobs)
        try:
            program.run()
        finally:
            jobs.end()


class Program(ConsumerProducerMixin):
    connect_max_retries = ATTEMPTS

    def __init__(self, connection: Connection, jobs: Jobs) -> None:
        self.connection = connection
        self.jobs = jobs
        self.queue = Queue("jobs", durable=True)
        self.end = time.monotonic() + jobs.pause + 1800
        self.second_half = 0.0

    def get_consumers(self, Consumer: Any, channel: Any) -> list[Any]:
        return [Consumer([self.queue], callbacks=[self.on_job], prefetch_count=2)]

    def on_connection_error(self, exc: Exception, interval: float) -> None:
        failed(self.jobs.say, exc)

    def on_connection_revived(self) -> None:
        self.jobs.say("connects")
        super().on_connection_revived()

    def on_consume_ready(self, connection: Any, channel: Any, consumers: Any, **kwargs: Any) -> None:
        if not self.second_half:
            self.second_half = time.monotonic() + self.jobs.pause
        self.publish()

    def on_iteration(self) -> None:
        if self.should_stop:
            return
        if self.jobs.finished or time.monotonic() > self.end:
            self.should_stop = True
        self.publish()

    def publish(self) -> None:
        for body in self.jobs.unconfirmed():
            if body in self.jobs.bodies[self.jobs.half :] and time.monotonic() < self.second_half:
                return
            self.producer.publish(
                body,
                routing_key="jobs",
                declare=[self.queue],
                retry=True,
                retry_policy={"max_retries": 5},
                **properties(),
            )
            self.jobs.confirm(body)

    def consume(self, limit: Any = None, timeout: Any = None, safety_interval: float = 1, **kwargs: Any) -> Any:
        return super().consume(limit=limit, timeout=timeout, safety_interval=safety_interval, **kwargs)

    def on_job(self, body: object, message: Any) -> None:
        self.jobs.got(str(body), message.delivery_info["redelivered"])
        message.ack()



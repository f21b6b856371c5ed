"""pika's SelectConnection: callbacks, a publisher that counts its confirms, and a reconnect by a timer."""

from __future__ import annotations

import pika
import pika.exceptions
from pika.adapters.select_connection import IOLoop

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, failed, properties

HEARTBEAT = 10


def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    program = Program(url, jobs)
    program.connect()
    program.ioloop.start()
    program.ioloop.close()
    jobs.end()


class Program:
    def __init__(self, url: str, jobs: Jobs) -> None:
        self.parameters = pika.URLParameters(f"{url}?heartbeat={HEARTBEAT}&socket_timeout=10")
        self.jobs = jobs
        self.ioloop = IOLoop()
        self.attempt = 0
        self.deadline: object = None

    def connect(self) -> None:
        self.published: dict[int, str] = {}
        self.connection = pika.SelectConnection(
            self.parameters,
            on_open_callback=self.on_open,
            on_open_error_callback=self.on_lost,
            on_close_callback=self.on_lost,
            custom_ioloop=self.ioloop,
        )
        self.deadline = self.ioloop.call_later(self.jobs.pause + 120, self.too_late)

    def too_late(self) -> None:
        self.jobs.say("no answer in time")
        self.deadline = None
        if self.connection.is_open:
            self.connection.close(320, "no answer in time")
            self.deadline = self.ioloop.call_later(30, self.ioloop.stop)
        elif not self.connection.is_closed:
            self.ioloop.stop()

    def on_open(self, connection) -> None:
        connection.channel(on_open_callback=self.on_channel)

    def on_channel(self, channel) -> None:
        self.channel = channel
        channel.add_on_close_callback(self.on_channel_closed)
        channel.add_on_cancel_callback(lambda frame: self.consume())
        channel.confirm_delivery(self.on_confirm)
        channel.basic_qos(prefetch_count=2)
        channel.queue_declare("jobs", durable=True, callback=lambda frame: self.on_declared())

    def on_declared(self) -> None:
        self.consume()
        bodies = list(self.jobs.unconfirmed())
        early = [body for body in bodies if body in self.jobs.bodies[: self.jobs.half]]
        late = [body for body in bodies if body not in early]
        self.publish(early)
        self.ioloop.call_later(self.jobs.pause, lambda: self.publish(late))

    def consume(self) -> None:
        if self.channel.is_open:
            self.channel.basic_consume("jobs", self.on_message)

    def publish(self, bodies: list[str]) -> None:
        for body in bodies:
            if not self.channel.is_open:
                return
            made = pika.BasicProperties(delivery_mode=2, **properties())
            self.channel.basic_publish("", "jobs", body.encode(), made)
            self.published[len(self.published) + 1] = body

    def on_confirm(self, frame) -> None:
        last = frame.method.delivery_tag
        for tag in range(1, last + 1) if frame.method.multiple else [last]:
            if isinstance(frame.method, pika.spec.Basic.Ack) and tag in self.published:
                self.jobs.confirm(self.published[tag])

    def on_message(self, channel, method, _, body) -> None:
        self.jobs.got(body, method.redelivered)
        channel.basic_ack(method.delivery_tag)
        if self.jobs.finished and self.connection.is_open:
            self.connection.close()

    def on_channel_closed(self, channel, reason) -> None:
        failed(self.jobs.say, reason)
        if self.connection.is_open:
            self.connection.close()

    def on_lost(self, connection, reason) -> None:
        failed(self.jobs.say, reason)
        if self.deadline is not None:
            self.ioloop.remove_timeout(self.deadline)
            self.deadline = None
        self.attempt += 1
        if self.jobs.finished or self.attempt == ATTEMPTS:
            self.ioloop.stop()
        else:
            self.ioloop.call_later(backoff(self.attempt, self.jobs.pause), self.connect)

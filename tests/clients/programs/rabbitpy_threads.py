"""rabbitpy: an event loop in a thread of its own, and a program that blocks."""

from __future__ import annotations

import time

import rabbitpy

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, failed

HEARTBEAT = 10
ERRORS = (rabbitpy.exceptions.RabbitpyException, OSError)


def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    for attempt in range(ATTEMPTS):
        try:
            with rabbitpy.Connection(f"{url}?heartbeat={HEARTBEAT}&timeout=10") as connection:
                with connection.channel() as channel:
                    work(jobs, channel)
            break
        except ERRORS as error:
            failed(say, error)
        time.sleep(backoff(attempt, pause))
    jobs.end()


def work(jobs: Jobs, channel: rabbitpy.Channel) -> None:
    channel.enable_publisher_confirms()
    queue = rabbitpy.Queue(channel, "jobs", durable=True)
    queue.declare()
    for body in jobs.unconfirmed():
        if jobs.is_middle(body):
            take(jobs, queue)
            time.sleep(jobs.pause)
        message = rabbitpy.Message(channel, body, {"delivery_mode": 2}, opinionated=True)
        if message.publish("", "jobs"):
            jobs.confirm(body)
        else:
            jobs.say(f"nacked {body}")
    end = time.monotonic() + 60
    while not jobs.finished:
        if time.monotonic() > end:
            raise ConnectionError("nothing came any more")
        take(jobs, queue)
        time.sleep(min(1.0, jobs.pause))


def take(jobs: Jobs, queue: rabbitpy.Queue) -> None:
    """Take what is there."""
    while (message := queue.get()) is not None:
        jobs.got(message.body, message.redelivered)
        message.ack()

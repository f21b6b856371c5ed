"""puka: promises, and a program that waits for them."""

from __future__ import annotations

import time

import puka

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, failed, properties

HEARTBEAT = 10
ERRORS = (puka.ConnectionBroken, puka.spec_exceptions.AMQPError, OSError)


def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    for attempt in range(ATTEMPTS):
        client = puka.Client(url, heartbeat=HEARTBEAT)
        try:
            work(jobs, client)
            break
        except ERRORS as error:
            failed(say, error)
        time.sleep(backoff(attempt, pause))
    jobs.end()


def wait(client: puka.Client, promise: int, seconds: float = 20) -> dict:
    """The result of a promise.

    :raises TimeoutError: when it does not come.
    """
    result = client.wait(promise, timeout=seconds)
    if result is None:
        raise TimeoutError("no answer")
    return result


def work(jobs: Jobs, client: puka.Client) -> None:
    wait(client, client.connect())
    wait(client, client.queue_declare("jobs", durable=True))
    consumer = client.basic_consume("jobs", prefetch_count=2)
    for body in jobs.unconfirmed():
        if jobs.is_middle(body):
            take(jobs, client, consumer, jobs.pause)
        headers = {"delivery_mode": 2, **properties()}
        wait(client, client.basic_publish("", "jobs", headers=headers, body=body))
        jobs.confirm(body)
    take(jobs, client, consumer, 60)
    if not jobs.finished:
        raise TimeoutError("nothing came any more")
    wait(client, client.close())


def take(jobs: Jobs, client: puka.Client, consumer: int, seconds: float) -> None:
    """Take what comes for so long, or until all is done."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not jobs.finished:
        message = client.wait(consumer, timeout=max(0.0, end - time.monotonic()))
        if message is not None:
            if message.is_error:
                raise TimeoutError("the consumer is gone")
            jobs.got(message["body"], message["redelivered"])
            client.basic_ack(message)

"""py-amqp: a loop around ``drain_events``, with heartbeats that the program sends itself."""

from __future__ import annotations

import time
from urllib.parse import urlsplit

import amqp

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, failed, properties

HEARTBEAT = 10
ERRORS = (amqp.exceptions.AMQPError, OSError)


def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    address = urlsplit(url)
    for attempt in range(ATTEMPTS):
        connection = amqp.Connection(
            f"{address.hostname}:{address.port}",
            heartbeat=HEARTBEAT,
            confirm_publish=True,
            connect_timeout=10,
            read_timeout=30,
        )
        try:
            connection.connect()
            work(jobs, connection)
            break
        except ERRORS as error:
            failed(say, error)
            connection.collect()
        time.sleep(backoff(attempt, pause))
    jobs.end()


def work(jobs: Jobs, connection: amqp.Connection) -> None:
    channel = connection.channel()
    channel.queue_declare("jobs", durable=True, auto_delete=False)

    def on_message(message: amqp.Message) -> None:
        jobs.got(message.body, message.delivery_info["redelivered"])
        channel.basic_ack(message.delivery_tag)

    channel.basic_qos(0, 2, False)
    channel.basic_consume("jobs", callback=on_message, on_cancel=lambda tag: lost(connection))
    for body in jobs.unconfirmed():
        if jobs.is_middle(body):
            drain(connection, jobs.pause)
        try:
            channel.basic_publish(
                amqp.Message(body, delivery_mode=2, **properties()), routing_key="jobs", timeout=20, confirm_timeout=20
            )
        except amqp.exceptions.MessageNacked:
            jobs.say(f"nacked {body}")
            continue
        jobs.confirm(body)
    end = time.monotonic() + 120
    while not jobs.finished:
        if time.monotonic() > end:
            raise amqp.exceptions.ConnectionForced("nothing came any more")
        drain(connection, 1)
    connection.close()


def drain(connection: amqp.Connection, seconds: float) -> None:
    """Take what comes, and keep the connection alive."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            connection.drain_events(timeout=min(1.0, end - time.monotonic() + 0.001))
        except TimeoutError:
            connection.heartbeat_tick()


def lost(connection: amqp.Connection) -> None:
    raise amqp.exceptions.ConnectionForced("the consumer was cancelled")

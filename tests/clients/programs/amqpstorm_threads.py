"""AMQPStorm: its own thread reads the socket and another one beats; the program polls."""

from __future__ import annotations

import time
from typing import Any

import amqpstorm

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, dated_properties, failed

HEARTBEAT = 10


def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    for attempt in range(ATTEMPTS):
        try:
            with amqpstorm.UriConnection(f"{url}?heartbeat={HEARTBEAT}&timeout=10") as connection:
                work(jobs, connection)
            break
        except amqpstorm.AMQPError as error:
            failed(say, error)
        time.sleep(backoff(attempt, pause))
    jobs.end()


def work(jobs: Jobs, connection: amqpstorm.Connection) -> None:
    with connection.channel(rpc_timeout=20) as channel:
        channel.confirm_deliveries()
        channel.queue.declare("jobs", durable=True)
        channel.basic.qos(2)

        def on_message(message: Any) -> None:
            jobs.got(message.body, message.redelivered)
            message.ack()

        channel.basic.consume(on_message, "jobs")
        for body in jobs.unconfirmed():
            if jobs.is_middle(body):
                take(channel, jobs, jobs.pause)
            if channel.basic.publish(body, "jobs", properties={"delivery_mode": 2, **dated_properties()}):
                jobs.confirm(body)
            else:
                jobs.say(f"nacked {body}")
        take(channel, jobs, 60)
        if not jobs.finished:
            raise amqpstorm.AMQPConnectionError("nothing came any more")


def take(channel: amqpstorm.Channel, jobs: Jobs, seconds: float) -> None:
    """Take what comes for so long, or until all is done."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not jobs.finished:
        channel.process_data_events(auto_decode=True)
        channel.check_for_errors()
        time.sleep(min(0.1, seconds))

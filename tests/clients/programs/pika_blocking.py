"""pika's BlockingConnection: publishes with confirms, then consumes with ``process_data_events``."""

from __future__ import annotations

import time

import pika
import pika.exceptions

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, failed, properties

HEARTBEAT = 10


def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    parameters = pika.URLParameters(f"{url}?heartbeat={HEARTBEAT}&blocked_connection_timeout=30&socket_timeout=10")
    for attempt in range(ATTEMPTS):
        try:
            work(jobs, pika.BlockingConnection(parameters))
            break
        except pika.exceptions.AMQPError as error:
            failed(say, error)
        time.sleep(backoff(attempt, pause))
    jobs.end()


def work(jobs: Jobs, connection: pika.BlockingConnection) -> None:
    # A request that is never answered blocks for ever, as heartbeats go on: whoever minds sets a timer.
    deadline = connection.call_later(jobs.pause + 120, lambda: abort(connection))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare("jobs", durable=True)
    publish(jobs, connection, channel)

    def on_message(_, method, __, body):
        jobs.got(body, method.redelivered)
        channel.basic_ack(method.delivery_tag)

    channel.basic_qos(prefetch_count=2)
    channel.basic_consume("jobs", on_message)
    while not jobs.finished:
        connection.process_data_events(time_limit=5)
        if not channel.is_open:
            raise pika.exceptions.ChannelWrongStateError("the channel has been closed")
        if not channel.consumer_tags:
            channel.basic_consume("jobs", on_message)
    connection.remove_timeout(deadline)
    connection.close()


def publish(jobs: Jobs, connection: pika.BlockingConnection, channel) -> None:
    for body in jobs.unconfirmed():
        if jobs.is_middle(body):
            connection.sleep(jobs.pause)
        try:
            channel.basic_publish("", "jobs", body.encode(), pika.BasicProperties(delivery_mode=2, **properties()))
        except pika.exceptions.NackError:
            jobs.say(f"nacked {body}")
            continue
        jobs.confirm(body)


def abort(connection: pika.BlockingConnection) -> None:
    raise pika.exceptions.AMQPConnectionError("no answer in time")

"""aiormq: the program connects again itself."""

from __future__ import annotations

import asyncio

import aiormq
from aiormq.abc import AbstractConnection, DeliveredMessage

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, dated_properties, failed

HEARTBEAT = 10
ERRORS = (aiormq.exceptions.AMQPError, aiormq.exceptions.ChannelInvalidStateError, OSError, asyncio.TimeoutError)


async def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    for attempt in range(ATTEMPTS):
        try:
            connection = await asyncio.wait_for(aiormq.connect(f"{url}?heartbeat={HEARTBEAT}"), 20)
            try:
                await work(jobs, connection)
            finally:
                await connection.close()
            break
        except ERRORS as error:
            failed(say, error)
        await asyncio.sleep(backoff(attempt, pause))
    jobs.end()


async def work(jobs: Jobs, connection: AbstractConnection) -> None:
    channel = await asyncio.wait_for(connection.channel(), 30)
    await channel.basic_qos(prefetch_count=2, timeout=30)
    await channel.queue_declare("jobs", durable=True, timeout=30)

    async def on_message(message: DeliveredMessage) -> None:
        jobs.got(message.body, message.redelivered)
        await channel.basic_ack(message.delivery_tag)

    await channel.basic_consume("jobs", on_message, timeout=30)
    for body in jobs.unconfirmed():
        if jobs.is_middle(body):
            await asyncio.wait([asyncio.ensure_future(asyncio.sleep(jobs.pause)), connection.closing],
                               return_when=asyncio.FIRST_COMPLETED)
        made = aiormq.spec.Basic.Properties(delivery_mode=2, **dated_properties())
        await channel.basic_publish(body.encode(), routing_key="jobs", properties=made, timeout=20)
        jobs.confirm(body)
    for _ in range(60):
        if jobs.finished:
            return
        await asyncio.sleep(min(1.0, jobs.pause))
    raise asyncio.TimeoutError("nothing came any more")

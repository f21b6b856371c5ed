"""aio-pika's robust connection, which connects again by itself, and restores channels, queues and consumers."""

from __future__ import annotations

import asyncio

import aio_pika
import aiormq

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, failed, properties

HEARTBEAT = 10
ERRORS = (
    aiormq.exceptions.AMQPError,
    aiormq.exceptions.ChannelInvalidStateError,
    OSError,
    asyncio.TimeoutError,
    aio_pika.exceptions.MessageProcessError,
)


async def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    for attempt in range(ATTEMPTS):
        try:
            connection = await aio_pika.connect_robust(
                f"{url}?heartbeat={HEARTBEAT}&reconnect_interval={min(pause, 5)}", timeout=20
            )
            async with connection:
                connection.close_callbacks.add(lambda _, __: say("lost"))
                connection.reconnect_callbacks.add(lambda _: say("connected again"))
                await work(jobs, connection)
            break
        except ERRORS as error:
            failed(say, error)
        await asyncio.sleep(backoff(attempt, pause))
    jobs.end()


async def work(jobs: Jobs, connection: aio_pika.abc.AbstractRobustConnection) -> None:
    channel = await asyncio.wait_for(connection.channel(), 30)
    await channel.set_qos(prefetch_count=2, timeout=30)
    queue = await channel.declare_queue("jobs", durable=True, timeout=30)

    async def on_message(message: aio_pika.abc.AbstractIncomingMessage) -> None:
        async with message.process(ignore_processed=True):
            jobs.got(message.body, message.redelivered)

    await queue.consume(on_message, timeout=30)
    for body in list(jobs.unconfirmed()):
        if jobs.is_middle(body):
            await asyncio.sleep(jobs.pause)
        await publish(jobs, channel, body)
    for _ in range(60):
        if jobs.finished:
            return
        await asyncio.sleep(min(1.0, jobs.pause))
    raise asyncio.TimeoutError("nothing came any more")


async def publish(jobs: Jobs, channel: aio_pika.abc.AbstractChannel, body: str) -> None:
    for attempt in range(5):
        message = aio_pika.Message(body.encode(), delivery_mode=2, **properties())
        try:
            await channel.default_exchange.publish(message, "jobs", timeout=20)
        except ERRORS as error:
            failed(jobs.say, error)
            await asyncio.sleep(backoff(attempt, jobs.pause))
        else:
            jobs.confirm(body)
            return

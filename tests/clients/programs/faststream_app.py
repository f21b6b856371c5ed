"""FastStream: a subscriber, a publisher, and a request with its answer."""

from __future__ import annotations

import asyncio

import aiormq
from faststream.exceptions import FastStreamException
from faststream.rabbit import RabbitBroker, RabbitMessage, RabbitQueue

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, failed, properties

HEARTBEAT = 10
ERRORS = (
    aiormq.exceptions.AMQPError,
    aiormq.exceptions.ChannelInvalidStateError,
    FastStreamException,
    OSError,
    asyncio.TimeoutError,
)


async def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    for attempt in range(ATTEMPTS):
        broker = RabbitBroker(
            f"{url}?heartbeat={HEARTBEAT}&reconnect_interval={min(pause, 5)}",
            graceful_timeout=10,
            logger=None,
            timeout=20,
        )

        @broker.subscriber(RabbitQueue("jobs", durable=True), persistent=True)
        async def on_job(body: str, message: RabbitMessage) -> None:
            jobs.got(body, message.raw_message.redelivered)

        @broker.subscriber("questions")
        async def on_question(body: str) -> str:
            return body.upper()

        try:
            async with broker:
                await asyncio.wait_for(broker.start(), 60)
                await work(jobs, broker)
            break
        except ERRORS as error:
            failed(say, error)
        await asyncio.sleep(backoff(attempt, pause))
    jobs.end()


async def work(jobs: Jobs, broker: RabbitBroker) -> None:
    for body in jobs.unconfirmed():
        if jobs.is_middle(body):
            await asyncio.sleep(jobs.pause)
            answer = await broker.request("well", "questions", timeout=20)
            jobs.say(f"asked, and heard {await answer.decode()}")
        await broker.publish(body, "jobs", persist=True, timeout=20, **properties())
        jobs.confirm(body)
    for _ in range(60):
        if jobs.finished:
            return
        await asyncio.sleep(min(1.0, jobs.pause))
    raise asyncio.TimeoutError("nothing came any more")

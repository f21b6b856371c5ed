"""taskiq over aio-pika: a broker that sends, and a receiver that works, in one event loop. One task is due later."""

from __future__ import annotations

import asyncio

import aiormq
from taskiq.api import run_receiver_task
from taskiq.exceptions import TaskiqError
from taskiq_aio_pika import AioPikaBroker, Queue

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, failed

HEARTBEAT = 10
ERRORS = (
    aiormq.exceptions.AMQPError,
    aiormq.exceptions.ChannelInvalidStateError,
    TaskiqError,
    OSError,
    asyncio.TimeoutError,
)


async def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    for attempt in range(ATTEMPTS):
        try:
            await attempt_all(jobs, f"{url}?heartbeat={HEARTBEAT}&reconnect_interval={min(pause, 5)}")
            break
        except ERRORS as error:
            failed(say, error)
        await asyncio.sleep(backoff(attempt, pause))
    jobs.end()


async def attempt_all(jobs: Jobs, url: str) -> None:
    broker = AioPikaBroker(url, task_queues=[Queue(name="jobs")], delay_queue=Queue(name="jobs.later"), timeout=20)
    broker.is_worker_process = True

    @broker.task(task_name="work")
    async def work(body: str) -> None:
        jobs.got(body)

    try:
        await asyncio.wait_for(broker.startup(), 60)
        receiver = asyncio.ensure_future(run_receiver_task(broker, max_async_tasks=2))
        try:
            await send(jobs, work)
        finally:
            receiver.cancel()
            await asyncio.wait([receiver])
    finally:
        await asyncio.wait_for(broker.shutdown(), 60)


async def send(jobs: Jobs, work) -> None:
    for body in jobs.unconfirmed():
        if jobs.is_middle(body):
            await asyncio.sleep(jobs.pause)
        later = {"delay": jobs.pause} if body == jobs.bodies[0] else {}
        await asyncio.wait_for(work.kicker().with_labels(**later).kiq(body), 20)
        jobs.confirm(body)
    for _ in range(60):
        if jobs.finished:
            return
        await asyncio.sleep(min(1.0, jobs.pause))
    raise asyncio.TimeoutError("nothing came any more")

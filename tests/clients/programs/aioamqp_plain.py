"""aioamqp: the program connects again itself."""

from __future__ import annotations

import asyncio
from urllib.parse import urlsplit

import aioamqp

from tests.clients.programs.jobs import ATTEMPTS, Jobs, Say, backoff, dated_properties, failed

HEARTBEAT = 10
ERRORS = (aioamqp.AioamqpException, OSError, asyncio.TimeoutError)


async def run(url: str, say: Say, pause: float) -> None:
    jobs = Jobs(say, pause)
    address = urlsplit(url)
    for attempt in range(ATTEMPTS):
        lost = asyncio.Event()

        async def on_error(error: Exception, lost: asyncio.Event = lost) -> None:
            failed(say, error)
            lost.set()

        try:
            transport, protocol = await asyncio.wait_for(
                aioamqp.connect(address.hostname, address.port, heartbeat=HEARTBEAT, on_error=on_error), 20
            )
            try:
                await asyncio.wait_for(work(jobs, protocol, lost), 120 + pause)
                await protocol.close(timeout=10)
            finally:
                transport.close()
            break
        except ERRORS as error:
            failed(say, error)
        await asyncio.sleep(backoff(attempt, pause))
    jobs.end()


async def work(jobs: Jobs, protocol: aioamqp.AmqpProtocol, lost: asyncio.Event) -> None:
    channel = await protocol.channel()
    await channel.confirm_select()
    await channel.basic_qos(prefetch_count=2)
    await channel.queue_declare("jobs", durable=True)

    async def on_message(channel, body, envelope, _) -> None:
        jobs.got(body, envelope.is_redeliver)
        await channel.basic_client_ack(envelope.delivery_tag)

    await channel.basic_consume(on_message, "jobs")
    for body in jobs.unconfirmed():
        if jobs.is_middle(body):
            await sleep(lost, jobs.pause)
        given = {"delivery_mode": 2, **dated_properties()}
        await asyncio.wait_for(channel.publish(body, "", "jobs", properties=given), 20)
        jobs.confirm(body)
    while not jobs.finished:
        await sleep(lost, min(1.0, jobs.pause))


async def sleep(lost: asyncio.Event, seconds: float) -> None:
    """Sleep, unless the connection is lost."""
    try:
        await asyncio.wait_for(lost.wait(), seconds)
    except asyncio.TimeoutError:
        return
    raise ConnectionError("the connection was lost")

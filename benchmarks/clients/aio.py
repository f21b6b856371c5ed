"""aio-pika on asyncio."""

from __future__ import annotations

import asyncio

import aio_pika

from benchmarks.clients.rate import Rate, Task, task


async def run(job: Task) -> None:
    """Do what the command line says, and print the rate."""
    rate = Rate(job.seconds)
    number = 0
    while rate.goes_on():
        number += 1
        connection = await aio_pika.connect(host=job.host, port=job.port)
        async with connection:
            channel = await connection.channel(publisher_confirms=False)
            if job.what == "cycle":
                queue = await channel.declare_queue(f"aio-{number}", exclusive=True)
                await channel.default_exchange.publish(aio_pika.Message(b"x" * 128), queue.name)
                message = await queue.get(no_ack=True)
                assert message.body == b"x" * 128
    rate.report()


if __name__ == "__main__":
    asyncio.run(run(task()))

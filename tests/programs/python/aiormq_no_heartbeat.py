"""Wrong: with heartbeats switched off it waits for ever for a broker that is not there any more.

Found by: hung|no-heartbeat
Sweep with: --before SEED --faults blackhole
"""

import asyncio
import os

import aiormq


async def main():
    connection = await aiormq.connect(os.environ["AMQP_URL"] + "?heartbeat=0")
    channel = await connection.channel()
    await channel.basic_qos(prefetch_count=1)
    done, handled = asyncio.Event(), set()

    async def on_message(message):
        await message.channel.basic_ack(message.delivery_tag)
        handled.add(message.body)
        if len(handled) == 3:
            done.set()

    await channel.basic_consume("jobs", on_message)
    closed = asyncio.ensure_future(connection.closing)
    waiting = asyncio.ensure_future(done.wait())
    await asyncio.wait([closed, waiting], return_when=asyncio.FIRST_COMPLETED)
    await connection.close()


asyncio.run(main())

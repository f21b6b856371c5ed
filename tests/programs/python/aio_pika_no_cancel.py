"""Wrong: aio-pika's iterator waits for ever when the broker has cancelled its consumer, and the program with it.

Found by: hung|consumer-not-renewed
Sweep with: --before SEED --faults broker
"""

import asyncio
import os

import aio_pika


async def main():
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"], reconnect_interval=0.2)
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=1)
        queue = await channel.declare_queue("jobs", durable=True)
        handled = set()
        async with queue.iterator() as messages:
            async for message in messages:
                async with message.process():
                    handled.add(message.body)
                if len(handled) == 3:
                    break


asyncio.run(main())

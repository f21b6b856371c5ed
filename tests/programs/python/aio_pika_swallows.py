"""Wrong: what goes wrong in its callback is swallowed, and the message is neither acked nor rejected.

Found by: never-settled|hung
Sweep with: --before SEED --faults return,nack,delete-queue
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
        done = asyncio.Event()
        handled = set()

        async def on_message(message):
            try:
                await channel.default_exchange.publish(aio_pika.Message(message.body), "done", mandatory=True)
                await message.ack()
                handled.add(message.body)
                if len(handled) == 3:
                    done.set()
            except Exception:
                pass

        await queue.consume(on_message)
        await done.wait()


asyncio.run(main())

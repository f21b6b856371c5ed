"""Wrong: aio-pika does not raise for a message that comes back, but returns it; who does not look has lost it.

Found by: lost
Sweep with: --allow-exit 3 --faults return
"""

import asyncio
import os
import sys

import aio_pika


async def publish(bodies):
    connection = await aio_pika.connect(os.environ["AMQP_URL"], timeout=4)
    async with connection:
        channel = await connection.channel()
        await channel.declare_queue("orders", durable=True, timeout=4)
        for body in list(bodies):
            message = aio_pika.Message(body, delivery_mode=aio_pika.DeliveryMode.PERSISTENT)
            await channel.default_exchange.publish(message, "orders", timeout=4)
            bodies.remove(body)


async def main():
    bodies = [b"order %d" % number for number in range(3)]
    for _ in range(10):
        try:
            await asyncio.wait_for(publish(bodies), 8)
        except (aio_pika.exceptions.AMQPError, OSError, asyncio.TimeoutError) as error:
            print(f"{type(error).__name__}: {error}", flush=True)
        if not bodies:
            return
        await asyncio.sleep(0.2)
    sys.exit(3)


asyncio.run(main())

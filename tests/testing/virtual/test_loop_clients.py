"""Clients of asyncio, unpatched, in virtual time."""

from __future__ import annotations

import logging
from asyncio import sleep
from unittest import TestCase, skipUnless

from fakebroker import memory
from fakebroker.testing import aio

try:
    import aio_pika
except ImportError:
    aio_pika = None  # type: ignore[assignment]


@skipUnless(aio_pika, "aio-pika is not installed")
class AioPika(TestCase):
    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def test_a_message_makes_its_way(self) -> None:
        async def main() -> bytes:
            async with memory() as broker:
                connection = await aio_pika.connect_robust(broker.url)
                channel = await connection.channel()
                queue = await channel.declare_queue("jobs")
                await channel.default_exchange.publish(aio_pika.Message(b"hello"), routing_key="jobs")
                message = await queue.get()
                await message.ack()
                await connection.close()
                broker.journal.assert_command("connection.close-ok")
                return bytes(message.body)

        self.assertEqual(aio.run(main()), b"hello")

    def test_a_robust_connection_comes_back_after_ten_minutes(self) -> None:
        async def main() -> float:
            async with memory() as broker:
                connection = await aio_pika.connect_robust(broker.url, reconnect_interval=5)
                channel = await connection.channel()
                queue = await channel.declare_queue("jobs", durable=True)
                broker.down(600)
                await sleep(610)
                await channel.default_exchange.publish(aio_pika.Message(b"hello"), routing_key="jobs")
                await queue.get(no_ack=True)
                await connection.close()
                _, back = broker.journal.find("connection.start")
                return back.time

        back = aio.run(main())
        self.assertTrue(600 <= back < 606, back)

"""Waiting for what passes, in each kind of code."""

from __future__ import annotations

import asyncio
import threading
from asyncio import sleep
from unittest import TestCase

import pika
from twisted.internet.defer import ensureDeferred

from fakebroker import memory
from fakebroker.server.waiting import NotSeen
from fakebroker.testing import aio
from fakebroker.testing.memory_broker import MemoryBroker

HEADER = b"AMQP\x00\x00\x09\x01"


class InACoroutine(TestCase):
    def test_a_command_is_awaited(self) -> None:
        async def main() -> tuple[int, float]:
            async with memory() as broker:
                _, writer = await asyncio.open_connection("localhost", 5672)
                asyncio.get_running_loop().call_later(3, writer.write, HEADER)
                found = await broker.journal.wait_for("connection.start")
                writer.close()
                return len(found), broker.clock.seconds()

        self.assertEqual(aio.run(main()), (1, 3.0))

    def test_one_that_does_not_come_is_an_error_in_virtual_time(self) -> None:
        async def main() -> float:
            async with memory() as broker:
                with self.assertRaisesRegex(NotSeen, "waited 60 s for 1 basic.ack from a client, saw none"):
                    await broker.journal.wait_for("basic.ack", "in", timeout=60)
                return broker.clock.seconds()

        self.assertEqual(aio.run(main()), 60)

    def test_the_wait_is_cancelled_with_its_task(self) -> None:
        async def main() -> int:
            async with memory() as broker:

                async def wait() -> None:
                    await broker.journal.wait_for("basic.ack", "in", timeout=60)

                with self.assertRaises(asyncio.TimeoutError):
                    await asyncio.wait_for(wait(), 1)
                await sleep(0)
                return len(broker.clock.calls)

        self.assertEqual(aio.run(main()), 0)


class InATwistedCoroutine(TestCase):
    def test_a_command_is_awaited_as_before(self) -> None:
        broker = MemoryBroker()

        async def wait() -> int:
            return len(await broker.journal.wait_for("channel.open-ok"))

        waiting = ensureDeferred(wait())
        client = broker.connect()
        broker.result(broker.result(client.channel(1)).channel_open())
        self.assertEqual(broker.result(waiting), 1)


class InBlockingCode(TestCase):
    def test_result_waits_while_other_threads_go_on(self) -> None:
        def publish(url: str) -> None:
            with pika.BlockingConnection(pika.URLParameters(url)) as connection:
                connection.sleep(30)
                connection.channel().basic_publish("", "jobs", b"resize")

        with memory() as broker:
            publisher = threading.Thread(target=publish, args=(broker.url,))
            publisher.start()
            [entry] = broker.result(broker.journal.wait_for("basic.publish", timeout=60))
            self.assertEqual((entry.body, broker.clock.seconds()), (b"resize", 30))
            publisher.join()

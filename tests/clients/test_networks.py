"""A network in parts, late or closed by half, as blocking clients and those of asyncio see it in a block of memory."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from unittest import TestCase

import aio_pika
import pika
from pika.exceptions import AMQPConnectionError, StreamLostError

import fakebroker
from fakebroker.faults import HalfClose, Latency, Partition, Pause, SlowClose, when
from fakebroker.testing import aio

HEARTBEAT = 10


def connect() -> Any:
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", heartbeat=HEARTBEAT))


class Blocking(TestCase):
    def test_a_client_that_is_cut_off_misses_heartbeats_and_so_does_the_broker(self) -> None:
        with fakebroker.memory() as broker:
            connection = connect()
            channel = connection.channel()
            channel.queue_declare("own", exclusive=True)
            broker.faults.add(when("basic.qos"), Partition(seconds=600))
            with self.assertRaisesRegex(AMQPConnectionError, "heartbeats|blocked"):
                channel.basic_qos(prefetch_count=1)
            self.assertLessEqual(broker.clock.seconds(), 3 * HEARTBEAT)
            broker.clock.advance(3 * HEARTBEAT)
            self.assertEqual(({}, []), (dict(broker.vhosts["/"].queues), broker.connections))

    def test_what_it_leaves_in_a_hurry_the_broker_keeps_until_it_misses_it(self) -> None:
        with fakebroker.memory() as broker:
            connection = connect()
            connection.channel().queue_declare("own", exclusive=True)
            broker.faults.add(when("heartbeat"), Partition())
            connection.sleep(HEARTBEAT)
            connection._impl._transport.abort()
            broker.clock.advance(HEARTBEAT)
            self.assertIn("own", broker.vhosts["/"].queues)
            broker.clock.advance(3 * HEARTBEAT)
            self.assertNotIn("own", broker.vhosts["/"].queues)

    def test_a_half_closed_socket_is_a_lost_stream(self) -> None:
        with fakebroker.memory() as broker:
            connection = connect()
            broker.faults.add(when("channel.open"), HalfClose())
            self.assertRaises(StreamLostError, connection.channel)
            self.assertEqual([], broker.connections)

    def test_a_slow_close_is_waited_for(self) -> None:
        with fakebroker.memory() as broker:
            broker.faults.add(SlowClose(3))
            with connect() as connection:
                connection.channel().queue_declare("own", exclusive=True)
            broker.clock.advance(3)
            self.assertEqual({}, dict(broker.vhosts["/"].queues))

    def test_a_pause_takes_its_time(self) -> None:
        with fakebroker.memory() as broker:
            broker.faults.add(when("channel.open"), Pause(5))
            connect().channel().queue_declare("q")
            self.assertEqual(5, broker.clock.seconds())


class InAsyncio(aio.VirtualTestCase):
    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)  # aiormq tells that its connection is stuck, as it shall be
        self.addCleanup(logging.disable, logging.NOTSET)

    async def test_a_hundred_deliveries_are_late_together(self) -> None:
        async with fakebroker.memory() as broker:
            connection = await aio_pika.connect(broker.url)
            channel = await connection.channel()
            queue = await channel.declare_queue("q")
            for number in range(100):
                broker.publish(str(number), "q")
            broker.faults.add(when("basic.deliver"), Latency(0.5))
            began = broker.clock.seconds()
            bodies: list[str] = []
            async with queue.iterator() as messages:
                async for message in messages:
                    await message.ack()
                    bodies.append(message.body.decode())
                    if len(bodies) == 100:
                        break
            self.assertEqual(0.5, broker.clock.seconds() - began)
            self.assertEqual([str(number) for number in range(100)], bodies)
            await connection.close()

    async def test_a_client_that_is_cut_off_connects_again(self) -> None:
        async with fakebroker.memory() as broker:
            url = f"{broker.url}?heartbeat={HEARTBEAT}"
            connection = await aio_pika.connect_robust(url, reconnect_interval=1)
            await (await connection.channel()).declare_queue("jobs", durable=True)
            broker.faults.add(when("heartbeat"), Partition())
            await asyncio.sleep(10 * HEARTBEAT)
            await (await connection.channel()).declare_queue("again")
            self.assertEqual(["jobs", "again"], list(broker.vhosts["/"].queues))
            self.assertEqual([2], [each.number for each in broker.connections])
            await connection.close()

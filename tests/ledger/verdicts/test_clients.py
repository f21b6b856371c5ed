"""Verdicts on programs of real clients, each with a usual mistake."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from importlib.metadata import version
from typing import Any
from unittest import TestCase, skipUnless

import fakebroker
from fakebroker.faults import CancelConsumer, Nack, Reset, when
from fakebroker.testing import aio
from fakebroker.testing.memory_broker import MemoryBroker

try:
    import pika
    from pika.exceptions import AMQPConnectionError, AMQPError, NackError
except ImportError:
    pika = None
try:
    import aio_pika
except ImportError:
    aio_pika = None  # type: ignore[assignment]


class Mistakes(TestCase):
    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)
        self.addCleanup(logging.disable, logging.NOTSET)

    def assert_fails(self, broker: MemoryBroker, *names: str) -> None:
        """That verdicts of these names fail, and no others."""
        found = broker.ledger.verdicts()
        failing = dict.fromkeys(each.name for each in found if each.fails)
        self.assertEqual(tuple(failing), names, [str(each) for each in found])
        self.assertTrue(all(each.crossings for each in found))


@skipUnless(pika, "pika is not installed")
class Pika(Mistakes):
    def channel(self, prefetch: int = 0) -> Any:
        channel = pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1")).channel()
        channel.queue_declare("jobs", durable=True)
        if prefetch:
            channel.basic_qos(prefetch_count=prefetch)
        return channel

    def publish_all(self, bodies: list[bytes], done: Callable[[bytes], None] = lambda body: None) -> None:
        """Publish with confirms, and close."""
        channel = self.channel()
        channel.confirm_delivery()
        for body in bodies:
            channel.basic_publish("", "jobs", body)
            done(body)
        channel.connection.close()

    def test_one_that_begins_anew_after_a_lost_connection(self) -> None:
        bodies = [b"one", b"two", b"three", b"four"]
        with fakebroker.memory(ledger=True) as broker:
            broker.faults.add(when("basic.ack", "out", nth=3), Reset())
            with self.assertRaises(AMQPConnectionError):
                self.publish_all(bodies)
            self.publish_all(bodies)
            self.assert_fails(broker, "published-twice")

    def test_one_that_goes_on_with_what_was_not_confirmed_is_right(self) -> None:
        bodies = [b"one", b"two", b"three", b"four"]
        with fakebroker.memory(ledger=True) as broker:
            broker.faults.add(when("basic.ack", "out", nth=3), Reset())
            with self.assertRaises(AMQPConnectionError):
                self.publish_all(list(bodies), bodies.remove)
            self.assertEqual(bodies, [b"three", b"four"])
            self.publish_all(bodies)
            self.assert_fails(broker)

    def test_one_that_passes_over_a_nack(self) -> None:
        with fakebroker.memory(ledger=True) as broker:
            broker.faults.add(when("basic.ack", "out", nth=2), Nack())
            channel = self.channel()
            channel.confirm_delivery()
            for body in (b"one", b"two", b"three"):
                with suppress(NackError):
                    channel.basic_publish("", "jobs", body)
            channel.connection.close()
            self.assert_fails(broker, "never-confirmed")

    def test_one_that_publishes_it_again_is_right(self) -> None:
        with fakebroker.memory(ledger=True) as broker:
            broker.faults.add(when("basic.ack", "out", nth=2), Nack())
            channel = self.channel()
            channel.confirm_delivery()
            for body in (b"one", b"two", b"three"):
                try:
                    channel.basic_publish("", "jobs", body)
                except NackError:
                    channel.basic_publish("", "jobs", body)
            channel.connection.close()
            self.assert_fails(broker)

    def test_one_that_acks_in_the_callback_and_behind_it(self) -> None:
        with fakebroker.memory(ledger=True) as broker:
            channel = self.channel(prefetch=1)
            channel.basic_publish("", "jobs", b"one")
            method, _, _ = next(channel.consume("jobs"))
            channel.basic_ack(method.delivery_tag)
            channel.basic_ack(method.delivery_tag)
            with suppress(AMQPError):
                channel.connection.process_data_events(1)
            self.assert_fails(broker, "settled-twice")

    def test_one_that_acks_on_the_channel_that_it_has_opened_anew(self) -> None:
        with fakebroker.memory(ledger=True) as broker:
            channel = self.channel(prefetch=1)
            channel.basic_publish("", "jobs", b"one")
            method, _, _ = next(channel.consume("jobs"))
            (opened,) = broker.connections[0].channels.values()
            broker.close_channel(opened, "gone")
            with suppress(AMQPError):
                channel.connection.process_data_events(1)
            again = channel.connection.channel()
            again.basic_ack(method.delivery_tag)
            with suppress(AMQPError):
                channel.connection.process_data_events(1)
            self.assert_fails(broker, "settled-elsewhere")

    def test_one_that_acks_before_it_replies(self) -> None:
        for early in (True, False):
            with fakebroker.memory(ledger=True) as broker:
                self.reply(early)
                self.assert_fails(broker, *(["acked-before-effect"] if early else []))

    def reply(self, early: bool) -> None:
        asker, worker = self.channel(), self.channel(prefetch=1)
        asker.queue_declare("replies")
        properties = pika.BasicProperties(reply_to="replies", correlation_id="1")
        asker.basic_publish("", "jobs", b"question", properties)
        method, asked, _ = next(worker.consume("jobs"))
        if early:
            worker.basic_ack(method.delivery_tag)
        answer = pika.BasicProperties(correlation_id=asked.correlation_id)
        worker.basic_publish("", asked.reply_to, b"answer", answer)
        if not early:
            worker.basic_ack(method.delivery_tag)
        worker.connection.close()

    def test_one_that_rejects_what_it_can_not_read_for_ever(self) -> None:
        with fakebroker.memory(ledger=True) as broker:
            channel = self.channel(prefetch=1)
            channel.basic_publish("", "jobs", b"poison")
            for number, (method, _, _) in enumerate(channel.consume("jobs"), 1):
                channel.basic_nack(method.delivery_tag, requeue=True)
                if number == 20:
                    break
            self.assert_fails(broker, "requeue-loop")

    def test_one_that_waits_for_ever_when_its_consumer_was_cancelled(self) -> None:
        with fakebroker.memory(ledger=True) as broker:
            channel = self.channel(prefetch=1)
            channel.basic_consume("jobs", lambda *args: None)
            broker.delete_queue("jobs")
            channel.connection.sleep(120)
            self.assert_fails(broker, "consumer-not-renewed")

    def test_one_that_stops_then_is_right(self) -> None:
        with fakebroker.memory(ledger=True) as broker:
            channel = self.channel(prefetch=1)
            channel.basic_consume("jobs", lambda *args: None)
            broker.delete_queue("jobs")
            channel.start_consuming()  # it returns, as there is no consumer any more
            channel.connection.close()
            self.assert_fails(broker)

    def test_one_that_forgets_confirms_on_its_new_connection(self) -> None:
        with fakebroker.memory(ledger=True) as broker:
            broker.faults.add(when("basic.ack", "out", nth=1), Reset())
            with self.assertRaises(AMQPConnectionError):
                self.publish_all([b"one"])
            channel = self.channel()
            channel.basic_publish("", "jobs", b"one")
            channel.connection.close()
            self.assert_fails(broker, "topology-forgotten")


@skipUnless(aio_pika, "aio-pika is not installed")
class AioPika(Mistakes):
    def run_in_memory(self, main: Callable[[MemoryBroker], Any], *names: str) -> None:
        async def run() -> None:
            async with fakebroker.memory(ledger=True) as broker:
                await main(broker)
                self.assert_fails(broker, *names)

        aio.run(run())

    def test_an_iterator_that_was_cancelled_and_waits_for_ever(self) -> None:
        self.iterate(aio_pika.connect, "consumer-not-renewed")

    def test_that_of_a_robust_connection_subscribes_again(self) -> None:
        # aio-pika does since its version 10; before, it waits for ever.
        renews = int(version("aio_pika").split(".")[0]) >= 10
        self.iterate(aio_pika.connect_robust, *(() if renews else ("consumer-not-renewed",)))

    def iterate(self, connect: Callable[[str], Any], *names: str) -> None:
        """Consume with an iterator, and be cancelled at the second delivery."""

        async def main(broker: MemoryBroker) -> None:
            broker.faults.add(when("basic.deliver", nth=2), CancelConsumer())
            connection = await connect(broker.url)
            channel = await connection.channel()
            await channel.set_qos(1)
            queue = await channel.declare_queue("jobs")
            for _ in range(3):
                broker.publish(b"one", "jobs")

            async def work() -> None:
                async with queue.iterator() as messages:
                    async for message in messages:
                        await message.ack()

            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(work(), 100)
            await connection.close()

        self.run_in_memory(main, *names)

    def test_a_robust_connection_sets_everything_up_again(self) -> None:
        async def main(broker: MemoryBroker) -> None:
            connection = await aio_pika.connect_robust(broker.url)
            channel = await connection.channel()
            await channel.set_qos(5)
            queue = await channel.declare_queue("jobs", durable=True)

            async def work(message: Any) -> None:
                async with message.process():
                    await asyncio.sleep(1)

            await queue.consume(work)
            for number in range(4):
                await channel.default_exchange.publish(aio_pika.Message(b"job %d" % number), "jobs")
            broker.restart()
            await asyncio.sleep(100)
            await connection.close()

        self.run_in_memory(main)

    def test_one_that_connects_again_and_forgets_its_prefetch(self) -> None:
        async def consume(broker: MemoryBroker, prefetch: int) -> Any:
            connection = await aio_pika.connect(broker.url)
            channel = await connection.channel()
            if prefetch:
                await channel.set_qos(prefetch)
            queue = await channel.declare_queue("jobs", durable=True)
            await queue.consume(lambda message: message.ack())
            return connection

        async def main(broker: MemoryBroker) -> None:
            await consume(broker, 5)
            broker.restart()
            await asyncio.sleep(1)
            await (await consume(broker, 0)).close()

        self.run_in_memory(main, "topology-forgotten")

    def test_one_that_asks_again_and_again_is_told(self) -> None:
        async def main(broker: MemoryBroker) -> None:
            connection = await aio_pika.connect(broker.url)
            queue = await (await connection.channel()).declare_queue("jobs")
            for _ in range(20):
                await queue.get(fail=False)
                await asyncio.sleep(0.1)
            await connection.close()
            self.assertEqual([each.name for each in broker.ledger.verdicts()], ["polling"])

        self.run_in_memory(main)

"""Blocking clients as they are, unpatched, against a broker in memory and in virtual time."""

from __future__ import annotations

import time
from contextlib import suppress
from importlib import import_module
from importlib.metadata import distributions
from tempfile import TemporaryDirectory
from typing import Any
from unittest import TestCase, skipUnless

import pika
from pika.exceptions import AMQPConnectionError, ConnectionClosed, StreamLostError

import fakebroker
from fakebroker.faults import Blackhole, when


def has(distribution: str) -> bool:
    return bool(list(distributions(name=distribution)))


NEEDS_AMQP = skipUnless(has("amqp"), "needs py-amqp: pip install amqp")
NEEDS_KOMBU = skipUnless(has("kombu"), "needs kombu: pip install kombu")
MEGABYTES = bytes(3_000_000)


def connect(**options: Any) -> pika.BlockingConnection:
    return pika.BlockingConnection(pika.ConnectionParameters("127.0.0.1", **options))


class Pika(TestCase):
    def test_a_message_makes_its_way(self) -> None:
        with fakebroker.memory() as broker:
            with connect() as connection, connection.channel() as channel:
                channel.queue_declare("q")
                channel.confirm_delivery()
                channel.basic_publish("", "q", MEGABYTES)
                self.assertEqual(channel.basic_get("q", auto_ack=True)[2], MEGABYTES)
            self.assertEqual(broker.clock.seconds(), 0)

    def test_a_heartbeat_timeout_is_noticed(self) -> None:
        with fakebroker.memory() as broker:
            connection = connect(heartbeat=60)
            broker.faults.add(when("heartbeat"), Blackhole())
            with self.assertRaisesRegex(AMQPConnectionError, "heartbeats"):
                connection.sleep(3600)
            self.assertLess(broker.clock.seconds(), 131)

    def test_a_client_that_sleeps_too_long_is_thrown_out(self) -> None:
        with fakebroker.memory():
            connection = connect(heartbeat=10)
            time_passes(60)
            with self.assertRaises((StreamLostError, ConnectionClosed)):
                connection.process_data_events()

    def test_a_broker_that_is_down_is_tried_again(self) -> None:
        with fakebroker.memory() as broker:
            broker.down(60)
            connect(connection_attempts=20, retry_delay=7).close()
            self.assertEqual(broker.clock.seconds(), 63)

    def test_what_was_published_is_there_at_once(self) -> None:
        with fakebroker.memory() as broker:
            channel = connect().channel()
            channel.queue_declare("q")
            channel.basic_publish("", "q", b"hello")
            fetched = broker.get("q")
            assert fetched is not None
            self.assertEqual(fetched.body, b"hello")

    def test_consuming_ends_in_its_time(self) -> None:
        with fakebroker.memory() as broker:
            channel = connect(heartbeat=10).channel()
            channel.queue_declare("q")
            broker.clock.callLater(30, broker.publish, b"late", "q")
            deliveries = channel.consume("q", auto_ack=True, inactivity_timeout=100)
            self.assertEqual(next(deliveries)[2], b"late")
            self.assertEqual((next(deliveries)[2], broker.clock.seconds()), (None, 130))

    def test_select_connection_runs_its_loop(self) -> None:
        with fakebroker.memory() as broker:
            bodies: list[bytes] = []

            def opened(connection: Any) -> None:
                connection.channel(
                    on_open_callback=lambda channel: channel.queue_declare("q", callback=declared(channel))
                )

            def declared(channel: Any) -> Any:
                def use(_: object) -> None:
                    channel.basic_consume("q", lambda *delivery: bodies.append(delivery[3]), auto_ack=True)
                    channel.basic_publish("", "q", b"hello")
                    channel.connection.ioloop.call_later(3600, channel.connection.close)

                return use

            connection = pika.SelectConnection(
                pika.ConnectionParameters("127.0.0.1", heartbeat=10),
                on_open_callback=opened,
                on_close_callback=lambda connection, _: connection.ioloop.stop(),
            )
            connection.ioloop.start()
            self.assertEqual((bodies, broker.clock.seconds()), ([b"hello"], 3600))


def time_passes(seconds: float) -> None:
    getattr(time, "sleep")(seconds)  # noqa: B009 -- in virtual time


@NEEDS_AMQP
class PyAmqp(TestCase):
    def test_megabytes_make_their_way(self) -> None:
        import amqp

        options = {"read_timeout": 5, "write_timeout": 5}
        with fakebroker.memory() as broker, amqp.Connection("localhost:5672", **options) as connection:
            channel = connection.channel()
            channel.queue_declare("q")
            channel.basic_publish(amqp.Message(b"first" + MEGABYTES), "", "q")
            fetched = broker.get("q")  # at once
            assert fetched is not None
            self.assertEqual(len(fetched.body), 5 + len(MEGABYTES))
            channel.basic_publish(amqp.Message(MEGABYTES), "", "q")
            self.assertEqual(len(channel.basic_get("q", no_ack=True).body), len(MEGABYTES))

    def test_over_tls_too(self) -> None:
        import amqp

        with fakebroker.memory(tls=True) as broker, TemporaryDirectory() as folder:
            assert broker.tls is not None
            broker.tls.write(folder)
            options = {"ca_certs": f"{folder}/ca.pem", "server_hostname": "localhost"}
            with amqp.Connection("localhost:5671", ssl=options) as connection:
                channel = connection.channel()
                channel.queue_declare("q")
                channel.basic_publish(amqp.Message(MEGABYTES), "", "q")
                self.assertEqual(len(channel.basic_get("q", no_ack=True).body), len(MEGABYTES))

    def test_waiting_for_events_ends_in_its_time(self) -> None:
        import amqp

        with fakebroker.memory() as broker, amqp.Connection("localhost:5672") as connection:
            with self.assertRaises(TimeoutError):
                connection.drain_events(timeout=30)
            self.assertEqual(broker.clock.seconds(), 30)

    def test_heartbeats_keep_a_connection_alive_and_a_silent_broker_is_noticed(self) -> None:
        import amqp

        with fakebroker.memory() as broker:
            connection = amqp.Connection("localhost:5672", heartbeat=10)
            connection.connect()
            beat(connection, 60)
            broker.faults.add(when(), Blackhole())
            with self.assertRaises(amqp.exceptions.ConnectionForced):
                beat(connection, 60)
            self.assertLess(broker.clock.seconds(), 100)


def beat(connection: Any, seconds: int) -> None:
    for _ in range(seconds):
        time_passes(1)
        connection.heartbeat_tick()
        with suppress(TimeoutError):
            connection.drain_events(timeout=0.001)


@NEEDS_KOMBU
class Kombu(TestCase):
    def test_a_simple_queue(self) -> None:
        from kombu.connection import Connection

        with fakebroker.memory(), Connection("amqp://guest:guest@localhost//") as connection:
            with connection.SimpleQueue("q") as queue:
                queue.put({"a": 1})
                message = queue.get(timeout=3)
                message.ack()
                self.assertEqual(message.payload, {"a": 1})

    def test_a_broker_that_is_down_is_tried_again(self) -> None:
        from kombu.connection import Connection

        with fakebroker.memory() as broker, Connection("amqp://guest:guest@localhost//") as connection:
            broker.down(600)
            connection.ensure_connection(max_retries=None, interval_start=2, interval_step=2, interval_max=30)
            self.assertGreaterEqual(broker.clock.seconds(), 600)


@skipUnless(has("trio"), "needs Trio: pip install trio")
class Trio(TestCase):
    def test_its_loop_lets_virtual_time_pass(self) -> None:
        trio = import_module("trio")

        async def main() -> bytes:
            stream = await trio.open_tcp_stream("127.0.0.1", 5672)
            await stream.send_all(b"AMQP\x00\x00\x09\x01")
            start = bytes(await stream.receive_some(4096))
            with trio.move_on_after(8):
                await stream.receive_some(1)
            return start

        with fakebroker.memory() as broker:
            self.assertTrue(trio.run(main).startswith(b"\x01\x00\x00"))
            self.assertEqual(broker.clock.seconds(), 8)


@skipUnless(has("rabbitpy"), "needs rabbitpy: pip install rabbitpy")
class Rabbitpy(TestCase):
    def test_a_message_makes_its_way(self) -> None:
        rabbitpy = import_module("rabbitpy")
        with fakebroker.memory(), rabbitpy.Connection("amqp://guest:guest@localhost:5672/%2f") as connection:
            with connection.channel() as channel:
                queue = rabbitpy.Queue(channel, "q")
                queue.declare()
                rabbitpy.Message(channel, b"hello").publish("", "q")
                self.assertEqual(queue.get().body, b"hello")


@skipUnless(has("puka"), "needs puka: pip install puka")
class Puka(TestCase):
    def test_a_wait_ends_in_its_time(self) -> None:
        puka = import_module("puka")
        with fakebroker.memory() as broker:
            client = puka.Client("amqp://localhost/")
            client.wait(client.connect())
            client.wait(client.queue_declare("q"))
            self.assertIsNone(client.wait(client.basic_consume("q", no_ack=True), timeout=9))
            self.assertEqual(broker.clock.seconds(), 9)

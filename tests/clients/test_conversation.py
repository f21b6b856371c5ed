"""What a client says and gets in memory is what it says and gets over TCP: one generated scenario, both ways."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import Callable
from typing import Any, NamedTuple
from unittest import TestCase, skipIf

import fakebroker
from fakebroker.testing import aio
from tests.clients.catalogue import CLIENTS

SEEDS = range(6)
MADE_UP = re.compile(r"[0-9a-f]{32}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|amq\.gen-[\w-]{22}")
"""What clients and brokers name by chance."""


class Scenario(NamedTuple):
    """What a client does: declares a queue, publishes with confirms, consumes, acknowledges, closes."""

    queue: str
    durable: bool
    exclusive: bool
    arguments: dict[str, Any]
    bodies: list[bytes]
    prefetch: int
    reject: list[bool]
    heartbeat: int

    @classmethod
    def of(cls, seed: int) -> Scenario:
        """That of a seed."""
        chance = random.Random(f"a scenario of {seed}")
        count = chance.randrange(1, 9)
        sizes = [chance.choice([0, 1, 100, 5_000, 131_065, 300_000]) for _ in range(count)]
        return cls(
            queue=chance.choice(["jobs", "jobs.of-today", "a" * 120]),
            durable=chance.random() < 0.5,
            exclusive=chance.random() < 0.5,
            arguments=chance.choice([{}, {"x-max-length": 100}, {"x-message-ttl": 600_000}]),
            bodies=[bytes([65 + number]) * size for number, size in enumerate(sizes)],
            prefetch=chance.randrange(1, 4),
            reject=[chance.random() < 0.3 for _ in range(count)],
            heartbeat=chance.choice([0, 60, 600]),
        )


def pika(url: str, given: Scenario) -> list[bytes]:
    """The scenario with pika; gives what was consumed."""
    import pika as client

    connection = client.BlockingConnection(client.URLParameters(f"{url}?heartbeat={given.heartbeat}"))
    channel = connection.channel()
    channel.confirm_delivery()
    channel.queue_declare(given.queue, durable=given.durable, exclusive=given.exclusive, arguments=given.arguments)
    for body in given.bodies:
        channel.basic_publish("", given.queue, body)
    channel.basic_qos(prefetch_count=1)
    got: list[bytes] = []
    for method, _, body in channel.consume(given.queue):
        reject = given.reject[len(got)]
        got.append(body)
        if reject:
            channel.basic_reject(method.delivery_tag, requeue=False)
        else:
            channel.basic_ack(method.delivery_tag)
        if len(got) == len(given.bodies):
            break
    channel.cancel()
    connection.close()
    return got


def py_amqp(url: str, given: Scenario) -> list[bytes]:
    """The scenario with py-amqp."""
    import amqp

    port = int(url.split(":")[-1].split("/")[0])
    with amqp.Connection(f"localhost:{port}", heartbeat=given.heartbeat, confirm_publish=True) as connection:
        channel = connection.channel()
        channel.queue_declare(
            given.queue,
            durable=given.durable,
            exclusive=given.exclusive,
            auto_delete=False,
            arguments=given.arguments,
        )
        for body in given.bodies:
            channel.basic_publish(amqp.Message(body), routing_key=given.queue)
        got: list[bytes] = []

        def on_message(message: Any) -> None:
            reject = given.reject[len(got)]
            got.append(bytes(message.body) if isinstance(message.body, bytes) else message.body.encode())
            if reject:
                channel.basic_reject(message.delivery_tag, requeue=False)
            else:
                channel.basic_ack(message.delivery_tag)

        channel.basic_qos(0, 1, False)
        channel.basic_consume(given.queue, callback=on_message)
        while len(got) < len(given.bodies):
            connection.drain_events(timeout=10)
        channel.close()
    return got


async def aio_pika(url: str, given: Scenario) -> list[bytes]:
    """The scenario with aio-pika."""
    import aio_pika as client

    connection = await client.connect(f"{url}?heartbeat={given.heartbeat}")
    async with connection:
        channel = await connection.channel()
        await channel.set_qos(prefetch_count=1)
        queue = await channel.declare_queue(
            given.queue, durable=given.durable, exclusive=given.exclusive, arguments=given.arguments
        )
        for body in given.bodies:
            await channel.default_exchange.publish(client.Message(body), given.queue)
        got: list[bytes] = []
        for reject in given.reject:
            message = await queue.get(timeout=10)
            got.append(message.body)
            await (message.reject(requeue=False) if reject else message.ack())
    return got


def over_tcp(talk: Callable[..., Any], given: Scenario) -> tuple[list[bytes], str]:
    """What the client got, and what passed."""
    with fakebroker.running() as broker:
        made = talk(broker.url, given)
        got = asyncio.run(made) if asyncio.iscoroutine(made) else made
        return got, plain(broker.journal.transcript(times=False, heartbeats=False))


def in_memory(talk: Callable[..., Any], given: Scenario) -> tuple[list[bytes], str]:
    """The same in memory."""

    async def in_loop() -> tuple[list[bytes], str]:
        async with fakebroker.memory() as broker:
            got = await talk(broker.url, given)
            return got, plain(broker.journal.transcript(times=False, heartbeats=False))

    if asyncio.iscoroutinefunction(talk):
        return aio.run(in_loop())
    with fakebroker.memory() as broker:
        got = talk(broker.url, given)
        return got, plain(broker.journal.transcript(times=False, heartbeats=False))


def plain(transcript: str) -> str:
    """A transcript in which what was named by chance has the name of its first appearance, up to the client's goodbye:
    who closes the connection first is decided by the transport."""
    names: dict[str, str] = {}
    text = MADE_UP.sub(lambda found: names.setdefault(found[0], f"(name {len(names)})"), transcript)
    return text.partition("connection.close-ok")[0]


class TheSame(TestCase):
    def both(self, talk: Callable[..., Any]) -> None:
        """Each scenario, both ways."""
        for seed in SEEDS:
            given = Scenario.of(seed)
            with self.subTest(seed=seed):
                got, said = in_memory(talk, given)
                got_over_tcp, said_over_tcp = over_tcp(talk, given)
                self.assertEqual(got, given.bodies)
                self.assertEqual(got_over_tcp, given.bodies)
                self.assertIn("connection.close", said)
                self.assertMultiLineEqual(said, said_over_tcp)

    @skipIf(CLIENTS["pika"].missing(), "pika is not installed")
    def test_pika_says_the_same_over_tcp_and_in_memory(self) -> None:
        self.both(pika)

    @skipIf(CLIENTS["py-amqp"].missing(), "py-amqp is not installed")
    def test_py_amqp_says_the_same_over_tcp_and_in_memory(self) -> None:
        self.both(py_amqp)

    @skipIf(CLIENTS["aio-pika"].missing(), "aio-pika is not installed")
    def test_aio_pika_says_the_same_over_tcp_and_in_memory(self) -> None:
        self.both(aio_pika)

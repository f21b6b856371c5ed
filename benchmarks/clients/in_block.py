"""What one test costs that has a broker of its own: over TCP from ``fakebroker.running()``, and in memory, by turns."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from time import perf_counter

import fakebroker
from benchmarks.clients.rate import task
from fakebroker.testing import aio

TURN = 10
"""So many tests of one kind, then as many of the other, so that whatever else the machine does meets both alike."""


def pika(url: str) -> None:
    """Connect, declare, publish, get, close."""
    from pika import BlockingConnection, URLParameters

    connection = BlockingConnection(URLParameters(url))
    channel = connection.channel()
    name = channel.queue_declare("", exclusive=True).method.queue
    channel.basic_publish("", name, b"x" * 128)
    _, _, body = channel.basic_get(name, auto_ack=True)
    assert body == b"x" * 128
    connection.close()


async def aio_pika(url: str) -> None:
    """The same."""
    from aio_pika import Message, connect

    connection = await connect(url)
    async with connection:
        channel = await connection.channel(publisher_confirms=False)
        queue = await channel.declare_queue("q", exclusive=True)
        await channel.default_exchange.publish(Message(b"x" * 128), queue.name)
        message = await queue.get(no_ack=True)
        assert message.body == b"x" * 128


def pika_over_tcp() -> None:
    """One test."""
    with fakebroker.running() as broker:
        pika(broker.url)


def pika_in_memory() -> None:
    """One test."""
    with fakebroker.memory() as broker:
        pika(broker.url)


def aio_pika_over_tcp() -> None:
    """One test."""

    async def test() -> None:
        async with fakebroker.running() as broker:
            await aio_pika(broker.url)

    asyncio.run(test())


def aio_pika_in_memory() -> None:
    """One test."""

    async def test() -> None:
        async with fakebroker.memory() as broker:
            await aio_pika(broker.url)

    aio.run(test())


TESTS: dict[str, tuple[Callable[[], None], Callable[[], None]]] = {
    "pika": (pika_over_tcp, pika_in_memory),
    "aio-pika": (aio_pika_over_tcp, aio_pika_in_memory),
}


def main() -> None:
    """Do what the command line says, and print both rates: over TCP, and in memory."""
    job = task()
    tests = TESTS[job.what]
    for test in tests:
        test()  # the first one does not count, for it loads modules and fills caches
    took, count = [0.0, 0.0], 0
    while not count or sum(took) < 2 * job.seconds:
        for number, test in enumerate(tests):
            begin = perf_counter()
            for _ in range(TURN):
                test()
            took[number] += perf_counter() - begin
        count += TURN
    print(json.dumps([count / seconds for seconds in took]))


if __name__ == "__main__":
    main()

"""Messages in: sent at full speed, and counted where they arrive before the time is taken."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter, sleep

from benchmarks.canned import BULK
from benchmarks.client import PATIENCE, Client, Unexpected
from benchmarks.frames import declare, delete, publish, purge
from benchmarks.measure import Effort, Measure, Pace, Sample, timed
from benchmarks.peers import Peer

_AT_ONCE = 1 << 18
"""Octets sent in one call."""


def send_many(client: Client, message: bytes, count: int) -> None:
    """Send one message so many times."""
    batch = max(1, _AT_ONCE // len(message))
    whole, rest = divmod(count, batch)
    many = message * batch
    for _ in range(whole):
        client.send(many)
    client.send(message * rest)


def await_count(client: Client, queue: str, count: int) -> None:
    """Wait until a queue holds so many messages.

    :raises Unexpected: when it doesn't get them.
    """
    deadline = perf_counter() + PATIENCE
    while (found := client.message_count(queue)) != count:
        if found > count or perf_counter() > deadline:
            raise Unexpected(f"{found} messages arrived of {count}")
        sleep(0.0005)


def fill(client: Client, message: bytes, count: int, queue: str = BULK) -> None:
    """Publish messages, and see them arrive."""
    send_many(client, message, count)
    await_count(client, queue, count)


@contextmanager
def bulk_queue(peer: Peer) -> Iterator[None]:
    """A queue that outlives connections, empty."""
    with Client(peer.address) as client:
        client.call(declare(BULK))
    try:
        yield
    finally:
        with Client(peer.address) as client:
            client.call(delete(BULK))


def _measure(name: str, size: int) -> Measure:
    message = publish(BULK, size)

    @contextmanager
    def prepare(peer: Peer, effort: Effort) -> Iterator[Sample]:
        pace = Pace(effort, first=200, most=min(500_000, (128 << 20) // len(message)))

        def run(count: int) -> float:
            with Client(peer.address) as client:
                client.call(declare(BULK))
                seconds = timed(lambda: fill(client, message, count))
                client.call(purge(BULK))
            return seconds

        with bulk_queue(peer):
            yield lambda: {name: pace.per_second(run)}

    return Measure((name,), prepare)


MEASURES = (
    _measure("publish 0 B", 0),
    _measure("publish 128 B", 128),
    _measure("publish 1 KiB", 1024),
    _measure("publish 64 KiB", 65536),
)

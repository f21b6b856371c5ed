"""Routing by pattern: a topic exchange with many bindings, keys that repeat and keys never seen before."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count as numbers
from time import perf_counter

from benchmarks.client import Client
from benchmarks.frames import bind, declare, delete, publish, purge
from benchmarks.measure import Effort, Measure, Pace, Sample, is_broker
from benchmarks.measures.publish import await_count
from benchmarks.peers import Peer

_NAME, _EXCHANGE = "orders", "amq.topic"
_KEYS = 100
"""How many different keys there are where they repeat."""


def _measure(bindings: int) -> Measure:
    repeated = f"topic, {bindings:,} bindings"
    fresh = f"{repeated}, fresh keys"

    @contextmanager
    def prepare(peer: Peer, effort: Effort) -> Iterator[Sample]:
        here = min(bindings, effort.many // 5)  # all of them unless it is to be quick
        with Client(peer.address) as client:
            client.call(declare(_NAME))
            client.call_all(bind(_NAME, _EXCHANGE, f"order.{number}.*.#") for number in range(here))
            number = numbers()

            def rate(pace: Pace, keys: int) -> float:
                """With so many different keys; 0 for a fresh one each time."""

                def run(count: int) -> float:
                    some = (next(number) % (keys or 1 << 60) for _ in range(count))
                    messages = [publish(f"order.{each % here}.x.{each}", 128, _EXCHANGE) for each in some]
                    chunks = [b"".join(messages[at : at + 500]) for at in range(0, count, 500)]
                    begin = perf_counter()
                    for chunk in chunks:
                        client.send(chunk)
                    await_count(client, _NAME, count)
                    seconds = perf_counter() - begin
                    client.call(purge(_NAME))
                    return seconds

                return pace.per_second(run)

            paces = {name: Pace(effort, first=20, most=20_000) for name in (repeated, fresh)}
            yield lambda: {repeated: rate(paces[repeated], _KEYS), fresh: rate(paces[fresh], 0)}
            client.call(delete(_NAME))

    return Measure((repeated, fresh), prepare, is_broker)


MEASURES = (_measure(1_000), _measure(10_000))

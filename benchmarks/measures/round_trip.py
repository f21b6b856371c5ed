"""One question, one answer: how long a test waits for every synchronous method."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import perf_counter

from benchmarks.client import Client
from benchmarks.frames import Step, declare, get
from benchmarks.measure import Effort, Measure, Pace, Sample, is_broker, percentile
from benchmarks.peers import Peer


def _measure(name: str, step: Step) -> Measure:
    figures = (name, f"{name}, p50", f"{name}, p99")

    @contextmanager
    def prepare(peer: Peer, effort: Effort) -> Iterator[Sample]:
        pace = Pace(effort, first=200, most=100_000)
        with Client(peer.address) as client:
            client.call(declare("round-trip", exclusive=True))
            took: list[float] = []

            def run(count: int) -> float:
                took.clear()
                for _ in range(count):
                    begin = perf_counter()
                    client.call(step)
                    took.append((perf_counter() - begin) * 1e6)
                return sum(took) / 1e6

            def sample() -> dict[str, float]:
                rate = pace.per_second(run)
                return dict(zip(figures, (rate, percentile(took, 50), percentile(took, 99)), strict=True))

            yield sample

    return Measure(figures, prepare, is_broker if "empty" in name else lambda peer: True)


MEASURES = (
    _measure("declare passive", declare("round-trip", passive=True)),
    _measure("get from an empty queue", get("round-trip", "basic.get-empty")),
)

"""From nothing to the first answer: importing, listening in this process, starting a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.measure import Effort, Measure, Sample, is_broker
from benchmarks.peers import ROOT, BarePeer, FakeBrokerPeer, Peer, RabbitMQPeer

_IMPORT = """
from time import perf_counter
begin = perf_counter()
from fakebroker import FakeBroker; import twisted.internet.reactor
print((perf_counter() - begin) * 1000)
"""
_IMPORT_BARE = _IMPORT.replace("from fakebroker import FakeBroker", "import twisted.internet.protocol")
_LISTEN = """
from statistics import median
from time import perf_counter
from fakebroker import FakeBroker
took = []
for _ in range(51):
    begin = perf_counter()
    broker = FakeBroker()
    broker.listen()
    took.append(perf_counter() - begin)
    broker.stop()
print(median(took) * 1000)
"""


@contextmanager
def _import(peer: Peer, effort: Effort) -> Iterator[Sample]:
    yield lambda: {"import": _run(_IMPORT if isinstance(peer, FakeBrokerPeer) else _IMPORT_BARE)}


@contextmanager
def _start_in_process(peer: Peer, effort: Effort) -> Iterator[Sample]:
    """What can't run inside a test is compared with what its users do instead: they start a process."""

    def sample() -> dict[str, float]:
        own = isinstance(peer, FakeBrokerPeer)
        return {"start in process": _run(_LISTEN) if own else peer.started_in * 1000}

    yield sample


@contextmanager
def _start_process(peer: Peer, effort: Effort) -> Iterator[Sample]:
    def sample() -> dict[str, float]:
        fresh = peer
        if not isinstance(peer, RabbitMQPeer):  # which takes its time: the start of the run has to do
            fresh = type(peer)()
            fresh.start()
        values = {"start of a process": fresh.started_in * 1000, "memory when ready": peer.ready_memory / (1 << 20)}
        if fresh is not peer:
            fresh.stop()
        return values

    yield sample


def _run(program: str) -> float:
    """What a program prints that is run by itself."""
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    return float(done.stdout)


MEASURES = (
    Measure(("import",), _import, lambda peer: isinstance(peer, (FakeBrokerPeer, BarePeer))),
    Measure(("start in process",), _start_in_process, is_broker),
    Measure(("start of a process", "memory when ready"), _start_process),
)

"""What one test does: a fresh connection, a queue of its own, one message in and out, and the end.

Clients that need a loop of their own run in a process of their own, and say what rate they reached.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count

from benchmarks.client import Client, Unexpected
from benchmarks.frames import Step, declare, frame, get, publish
from benchmarks.measure import Effort, Measure, Pace, Sample, repeated
from benchmarks.peers import ROOT, FakeBrokerPeer, Peer

_PLACE = "00000000"
_DECLARE = declare(_PLACE, exclusive=True)
_PUBLISH_GET = Step(publish(_PLACE, 128) + frame(1, "basic.get", queue=_PLACE, no_ack=True), get("").answer)


def _named(step: Step, name: bytes) -> Step:
    return Step(step.data.replace(_PLACE.encode(), name), step.answer)


@contextmanager
def _raw(peer: Peer, effort: Effort) -> Iterator[Sample]:
    """RabbitMQ may be a moment late in deleting an exclusive queue: each cycle has a name of its own."""
    pace = Pace(effort, first=20, most=100_000)
    numbers = count()

    def cycle() -> None:
        name = b"%08d" % next(numbers)
        with Client(peer.address) as client:
            client.call(_named(_DECLARE, name))
            client.call(_named(_PUBLISH_GET, name))
            client.frame()
            client.frame()

    yield lambda: {"cycles, raw client": pace.per_second(repeated(cycle))}


def _elsewhere(
    figure: str, module: str, what: str, needs: str = "fakebroker", only: Callable[[Peer], bool] = lambda peer: True
) -> Measure:
    """A client in a process of its own; what it prints is the rate.

    :param needs: a package without which there is nothing to measure.
    """
    installed = importlib.util.find_spec(needs) is not None

    @contextmanager
    def prepare(peer: Peer, effort: Effort) -> Iterator[Sample]:
        yield lambda: {figure: float(_said(peer, effort, module, what))}

    return Measure((figure,), prepare, lambda peer: installed and only(peer))


def _in_block(client: str, needs: str) -> Measure:
    """Tests that have a broker of their own, in a process that measures both kinds by turns."""
    names = ("each with a broker over TCP", "each with one in memory", "in memory to TCP")
    figures = tuple(f"tests of {client}, {name}" for name in names)
    installed = importlib.util.find_spec(needs) is not None

    @contextmanager
    def prepare(peer: Peer, effort: Effort) -> Iterator[Sample]:
        def sample() -> dict[str, float]:
            over_tcp, in_memory = json.loads(_said(peer, effort, "in_block", client))
            return dict(zip(figures, (over_tcp, in_memory, in_memory / over_tcp), strict=True))

        yield sample

    return Measure(figures, prepare, lambda peer: installed and _is_own(peer))


@contextmanager
def _swept(peer: Peer, effort: Effort) -> Iterator[Sample]:
    """A scenario with every fault at every crossing."""
    figures = ("cases of a sweep, all cores", "a case of a sweep, of its run alone")
    yield lambda: dict(zip(figures, json.loads(_said(peer, effort, "sweep", "connector")), strict=True))


def _said(peer: Peer, effort: Effort, module: str, what: str) -> str:
    """What a program of benchmarks/clients prints."""
    command = [sys.executable, "-m", f"benchmarks.clients.{module}", what, *map(str, (*peer.address, effort.seconds))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=20, check=False)
    if done.returncode:
        raise Unexpected(f"{module}: {done.stderr[-300:]}")
    return done.stdout


def _speaks_0_8(peer: Peer) -> bool:
    return "0-8" in peer.versions


def _is_own(peer: Peer) -> bool:
    return isinstance(peer, FakeBrokerPeer)


MEASURES = (
    _elsewhere("handshakes of txAMQP 0-8", "txamqp", "handshake", "txamqp", _speaks_0_8),
    _elsewhere("handshakes of pika", "pika_blocking", "handshake", "pika"),
    Measure(("cycles, raw client",), _raw),
    _elsewhere("cycles of txAMQP", "txamqp", "cycle", "txamqp", _speaks_0_8),
    _elsewhere("cycles of pika", "pika_blocking", "cycle", "pika"),
    _elsewhere("cycles of aio-pika", "aio", "cycle", "aio_pika"),
    _elsewhere("cycles in memory, raw client", "memory", "raw", only=_is_own),
    _elsewhere("cycles in memory, txAMQP", "memory", "txamqp", "txamqp", _is_own),
    _in_block("pika", "pika"),
    _in_block("aio-pika", "aio_pika"),
    Measure(("cases of a sweep, all cores", "a case of a sweep, of its run alone"), _swept, _is_own),
)

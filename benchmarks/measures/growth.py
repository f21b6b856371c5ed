"""What each queue, binding, connection and message costs, in time and memory, when there are many."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from benchmarks.canned import BULK
from benchmarks.client import Client
from benchmarks.frames import Step, bind, declare, delete, publish, purge
from benchmarks.measure import Effort, Measure, Pace, Sample, is_broker, timed
from benchmarks.measures.publish import await_count, fill, send_many
from benchmarks.peers import FakeBrokerPeer, GarageMQPeer, Peer

_FEW = 10
_MESSAGE = publish(BULK, 128)


@contextmanager
def _fresh(peer: Peer) -> Iterator[Peer]:
    """A server that has nothing yet, where one is started quickly; else the one that runs."""
    if not isinstance(peer, (FakeBrokerPeer, GarageMQPeer)):
        yield peer
        return
    fresh = type(peer)()
    fresh.start()
    try:
        yield fresh
    finally:
        fresh.stop()


def _many(peer: Peer, effort: Effort) -> int:
    """The others' costs are seen with fewer, and some of them take long."""
    return max(2 * _FEW, effort.many // (5 if isinstance(peer, FakeBrokerPeer) else 50))


def _grow(server: Peer, client: Client, steps: list[Step]) -> tuple[float, float]:
    """Have a server do all of these; gives the microseconds and the octets of one."""
    client.call_all(steps[:_FEW])
    before = server.memory()
    seconds = timed(lambda: client.call_all(steps[_FEW:]))
    count = len(steps) - _FEW
    return seconds * 1e6 / count, (server.memory() - before) / count


def _publish_rate(peer: Peer, effort: Effort) -> float:
    with Client(peer.address) as client:
        client.call(declare(BULK))

        def run(count: int) -> float:
            seconds = timed(lambda: fill(client, _MESSAGE, count))
            client.call(purge(BULK))
            return seconds

        return Pace(effort, first=1000, most=200_000).per_second(run)


@contextmanager
def _queues(peer: Peer, effort: Effort) -> Iterator[Sample]:
    def sample() -> dict[str, float]:
        with _fresh(peer) as server, Client(server.address) as client:
            few = _publish_rate(server, effort)
            names = [f"queue-{number}" for number in range(_many(peer, effort))]
            time, memory = _grow(server, client, [declare(name) for name in names])
            values = {
                "publish with 10 queues": few,
                "time of a queue": time,
                "memory of a queue": memory,
                "publish with 10,000 queues": _publish_rate(server, effort),
            }
            client.call_all(delete(name) for name in names)
            return values

    yield sample


@contextmanager
def _bindings(peer: Peer, effort: Effort) -> Iterator[Sample]:
    def sample() -> dict[str, float]:
        with _fresh(peer) as server, Client(server.address) as client:
            client.call(declare("bound", exclusive=True))
            steps = [bind("bound", "amq.direct", f"key-{number}") for number in range(_many(peer, effort))]
            time, memory = _grow(server, client, steps)
            return {"time of a binding": time, "memory of a binding": memory}

    yield sample


@contextmanager
def _connections(peer: Peer, effort: Effort) -> Iterator[Sample]:
    def sample() -> dict[str, float]:
        count = _many(peer, effort)
        with _fresh(peer) as server, ExitStack() as stack:
            for _ in range(_FEW):
                stack.enter_context(Client(server.address))
            before = server.memory()
            seconds = timed(lambda: [stack.enter_context(Client(server.address)) for _ in range(count)])
            memory = (server.memory() - before) / count
            rate = _publish_rate(server, effort)
        return {
            "time of a connection": seconds * 1e6 / count,
            "memory of an idle connection": memory,
            "publish with 10,000 connections": rate,
        }

    yield sample


@contextmanager
def _messages(peer: Peer, effort: Effort) -> Iterator[Sample]:
    def sample() -> dict[str, float]:
        count = effort.many
        with _fresh(peer) as server, Client(server.address) as client:
            client.call(declare(BULK))
            fill(client, _MESSAGE, _FEW)
            before = server.memory()
            send_many(client, _MESSAGE, count)
            await_count(client, BULK, _FEW + count)
            memory = (server.memory() - before) / count
            client.call(purge(BULK))
            return {"memory of a queued 128 B message": memory}

    yield sample


MEASURES = (
    Measure(
        ("time of a queue", "memory of a queue", "publish with 10 queues", "publish with 10,000 queues"),
        _queues,
        is_broker,
        rounds=1,
    ),
    Measure(("time of a binding", "memory of a binding"), _bindings, is_broker, rounds=1),
    Measure(
        ("time of a connection", "memory of an idle connection", "publish with 10,000 connections"),
        _connections,
        is_broker,
        rounds=1,
    ),
    Measure(("memory of a queued 128 B message",), _messages, is_broker, rounds=1),
)

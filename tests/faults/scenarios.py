"""Conversations in which things go wrong, to be run again and again: each gives its transcript.

``python -m tests.faults.scenarios`` prints all of them, so that runs in other processes can be compared.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from twisted.internet.defer import Deferred, inlineCallbacks
from txamqp.content import Content

from fakebroker import FakeBroker
from fakebroker.faults import (
    CloseChannel,
    CloseConnection,
    Corrupt,
    Delay,
    Do,
    Drop,
    Duplicate,
    Garbage,
    Nack,
    Reorder,
    Reset,
    Slice,
    Throttle,
    when,
)
from fakebroker.testing import VirtualClock, txamqp_client


@inlineCallbacks
def working(broker: FakeBroker, name: str, version: str = "0-8") -> Any:
    """A client that declares, consumes, publishes and fetches."""
    client = yield txamqp_client(broker, version=version, heartbeat=10)
    channel = yield client.channel(1)
    yield channel.channel_open()
    declared = yield channel.queue_declare(queue="", exclusive=True)
    yield channel.queue_declare(queue=name)
    yield channel.basic_consume(queue=name, no_ack=True)
    for number in range(5):
        channel.basic_publish(routing_key=name, content=Content(f"{name} {number}"))
        channel.basic_publish(routing_key=declared.queue, content=Content(f"mine {number}"))
        yield channel.basic_get(queue=declared.queue)
    yield channel.channel_close()


def run(broker: FakeBroker, clock: VirtualClock, *clients: Deferred[Any]) -> str:
    """Let the clients work for two minutes; their transcript."""
    for client in clients:
        client.addErrback(lambda failure: None)  # whatever a client makes of it: the transcript tells
    clock.advance(120)
    clock.result(broker.stop())
    return broker.journal.transcript()


def new(seed: int) -> tuple[FakeBroker, VirtualClock]:
    clock = VirtualClock()
    return FakeBroker(clock=clock, seed=seed), clock


def nothing_wrong(seed: int) -> str:
    """Two clients, no rules."""
    broker, clock = new(seed)
    return run(broker, clock, working(broker, "a"), working(broker, "b", "0-9"))


def slow_and_late(seed: int) -> str:
    """Jitter, a narrow line, bytes one by one."""
    broker, clock = new(seed)
    broker.faults.add(when("basic.deliver"), Delay(0.1, jitter=3.0), times=None)
    broker.faults.add(when(direction="out", connection=1), Throttle(2000))
    broker.faults.add(when("start"), Slice(100))
    return run(broker, clock, working(broker, "a"), working(broker, "b"))


def lost_and_again(seed: int) -> str:
    """Losses, repetitions, a channel closed, a connection closed."""
    broker, clock = new(seed)
    broker.faults.add(when("basic.publish", every=3), Drop(), times=None)
    broker.faults.add(when("basic.get-empty"), Duplicate())
    broker.faults.add(when("basic.deliver", nth=2), Reorder())
    broker.faults.add(when("basic.get", nth=4, connection=1), CloseChannel(406, "PRECONDITION_FAILED - enough"))
    broker.faults.add(when("basic.get", nth=9, connection=2), CloseConnection(320, "CONNECTION_FORCED - enough"))
    return run(broker, clock, working(broker, "a"), working(broker, "b"))


def restarted(seed: int) -> str:
    """A restart between a publish and what follows."""
    broker, clock = new(seed)
    broker.faults.add(when("basic.publish", nth=4), Do("restart", after=True))
    return run(broker, clock, working(broker, "a"), working(broker, "b"))


def chaotic(seed: int) -> str:
    """Whatever chance brings."""
    broker, clock = new(seed)
    broker.faults.chaos(
        {
            Drop(): 2,
            Delay(0.5, jitter=5.0): 10,
            Duplicate(): 3,
            Slice(7, gap=0.2): 10,
            Reset(): 1,
            Nack(): 5,
            Corrupt(9): 1,
            Garbage(): 1,
            CloseChannel(): 1,
            Do("restart"): 1,
        },
        probability=0.1,
    )
    return run(broker, clock, *(working(broker, name) for name in "abc"))


SCENARIOS: MappingProxyType[str, Callable[[int], str]] = MappingProxyType(
    {each.__name__: each for each in (nothing_wrong, slow_and_late, lost_and_again, restarted, chaotic)}
)

if __name__ == "__main__":
    for name, scenario in SCENARIOS.items():
        for seed in range(3):
            sys.stdout.write(f"--- {name} {seed}\n{scenario(seed)}")

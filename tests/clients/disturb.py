"""What goes wrong in the run of a seed."""

from __future__ import annotations

import random

from fakebroker import FakeBroker
from fakebroker.faults import (
    Action,
    Blackhole,
    Block,
    CancelConsumer,
    Close,
    CloseChannel,
    CloseConnection,
    Delay,
    Do,
    Down,
    Drop,
    Duplicate,
    Nack,
    Reset,
    Slice,
    StallReading,
    StopHeartbeats,
    Truncate,
    When,
    when,
)

QUIET = 10
"""Every so many seeds nothing goes wrong."""
CHAOS: dict[Action, float] = {
    Delay(0.5, jitter=3): 6,
    Drop(): 3,
    Reset(): 2,
    Close(): 1,
    Slice(3): 2,
    Truncate(9): 1,
}
EVENTS: tuple[tuple[str, Action], ...] = (
    ("basic.publish", Down(seconds=40)),
    ("basic.publish", Blackhole()),
    ("basic.publish", Do("restart")),
    ("basic.publish", Block(seconds=20)),
    ("basic.publish", StallReading(seconds=60)),
    ("basic.publish", CloseConnection(320, "CONNECTION_FORCED - go away")),
    ("basic.ack", CloseChannel(406, "PRECONDITION_FAILED - no")),
    ("confirm", Nack()),
    ("basic.deliver", Duplicate()),
    ("basic.deliver", CancelConsumer()),
    ("connection.open-ok", StopHeartbeats()),
    ("channel.open", Do("down", {"seconds": 300})),
)
"""Each happens at most once in a run."""


def disturb(broker: FakeBroker, seed: int) -> None:
    """Let things go wrong by the chance of a seed."""
    if seed % QUIET == 0:
        return
    chance = random.Random(f"what goes wrong in {seed}")
    broker.faults.chaos(CHAOS, probability=chance.choice([0.005, 0.02, 0.05]))
    for name, action in chance.sample(EVENTS, chance.randrange(4)):
        broker.faults.add(at(name, chance), action)


def at(name: str, chance: random.Random) -> When:
    """One of the first few commands of a name."""
    nth = chance.randrange(1, 5)
    if name == "confirm":
        return when("basic.ack", "out", nth=nth)
    return when(name, "in" if name == "basic.ack" else None, nth=nth)

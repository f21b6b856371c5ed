"""A network that takes its time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Late, Pass, Step, Write


@dataclass(frozen=True)
class Latency(Action):
    """Let each item arrive so much later than it was sent. Its rule acts every time, unless it says how often.

    The client sees what it is sent late, in its order, or what it sends is handled late. Everything is on its way at
    the same time: a hundred deliveries that are late by 0.1 s take 0.1 s together. With ``Delay`` each would wait for
    the one before.

    :param seconds: how much later.
    :param jitter: at most how many seconds more, drawn for each item. The order stays: whoever would overtake waits.
    """

    seconds: float
    jitter: float = 0.0
    target = "octets"
    repeats = True
    works_on_bytes = True

    def validate(self) -> None:
        positive(self, "seconds", zero=True)
        positive(self, "jitter", zero=True)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        extra = crossing.rng.uniform(0.0, self.jitter) if self.jitter else 0.0
        rest = Pass(crossing.item) if crossing.data is None else Write(crossing.data)
        return (Late(self.seconds + extra), rest)

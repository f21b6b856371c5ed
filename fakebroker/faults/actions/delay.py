"""A slow network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step, Wait, Write


@dataclass(frozen=True)
class Delay(Action):
    """Keep the item, and all that comes behind it in its direction, for a while.

    The client sees the item late, or its answer late. The order stays as it was.

    :param seconds: how long at least.
    :param jitter: at most how many seconds more; drawn from the broker's seed.
    """

    seconds: float
    jitter: float = 0.0
    target = "anything"
    works_on_bytes = True

    def validate(self) -> None:
        positive(self, "seconds", zero=True)
        positive(self, "jitter", zero=True)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        extra = crossing.rng.uniform(0.0, self.jitter) if self.jitter else 0.0
        rest = Pass(crossing.item) if crossing.data is None else Write(crossing.data)
        return (Wait(self.seconds + extra), rest)

"""A narrow network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step, Wait, Write

PIECES_A_SECOND = 10


@dataclass(frozen=True)
class Throttle(Action):
    """Limit the bandwidth. Its rule acts every time, unless it says how often.

    The client sees what it is sent trickle in, a tenth of a second's worth at a time. What it sends itself is handled
    as late as it would arrive with this bandwidth.

    :param bytes_per_second: the limit.
    """

    bytes_per_second: int
    target = "octets"
    repeats = True
    works_on_bytes = True

    def validate(self) -> None:
        positive(self, "bytes_per_second")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        data, rate = crossing.octets(), self.bytes_per_second
        if crossing.direction == "in":
            return (Wait(len(data) / rate), Pass(crossing.item))
        size = max(1, rate // PIECES_A_SECOND)
        steps: list[Step] = []
        for start in range(0, len(data), size):
            piece = data[start : start + size]
            steps += [Wait(len(piece) / rate), Write(piece)]
        return steps

"""Bytes that arrive in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Apart, Step, Wait, Write


@dataclass(frozen=True)
class Slice(Action):
    """Send the item in small pieces, each written by itself.

    The client sees the same bytes in many reads. If it takes each read for a frame, it fails. Over TCP some
    milliseconds of real time pass between two pieces. So a client that reads as fast as it can reads each by itself.

    :param size: the number of bytes in a piece.
    :param gap: seconds between two pieces, on the broker's clock; they come on top.
    """

    size: int = 1
    gap: float = 0.0
    way = "out"
    target = "octets"
    works_on_bytes = True

    def validate(self) -> None:
        positive(self, "size")
        positive(self, "gap", zero=True)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        data = crossing.octets()
        apart = Apart(-(-len(data) // self.size))
        steps: list[Step] = []
        for start in range(0, len(data), self.size):
            steps += [Write(data[start : start + self.size]), apart]
            if self.gap:
                steps.append(Wait(self.gap))
        return steps

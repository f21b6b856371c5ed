"""Bytes that arrive in pieces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.base import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Apart, Step, Wait, Write


@dataclass(frozen=True)
class Slice(Action):
    """Send the item in pieces of so many bytes, each written by itself.

    The client sees the same bytes in many reads; a client that takes a read for a frame fails. Over TCP some
    milliseconds of real time pass between two pieces, so that a client that reads as fast as it can reads each alone.

    :param size: bytes in a piece.
    :param gap: more seconds between pieces, on the broker's clock.
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

"""Several frames in one read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Cork, Pass, Step


@dataclass(frozen=True)
class Merge(Action):
    """Keep the item back until others have come behind it, and write all of it in one piece.

    The client sees several frames in one read. If it looks for one frame in a read, it loses the others.

    :param items: how many more items to wait for.
    :param seconds: how long to wait for them at most.
    """

    items: int = 1
    seconds: float = 1.0
    way = "out"
    target = "octets"

    def validate(self) -> None:
        positive(self, "items")
        positive(self, "seconds")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Cork(self.items, self.seconds), Pass(crossing.item))

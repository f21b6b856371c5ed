"""Several things get lost, one behind the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.actions.duplicate import MOST_COPIES
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Lose, Step


@dataclass(frozen=True)
class BurstLoss(Action):
    """Take the item away, and those that come next in its direction on its connection.

    The client sees neither them nor an answer to them, and then everything goes on. With a ``probability`` and
    ``times=None`` such bursts come now and then.

    :param items: how many are lost, the item included.
    """

    items: int = 3
    target = "octets"

    def validate(self) -> None:
        positive(self, "items", most=MOST_COPIES)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Lose(self.items - 1),)

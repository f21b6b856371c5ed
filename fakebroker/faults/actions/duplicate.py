"""The same thing twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step

MOST_COPIES = 10_000


@dataclass(frozen=True)
class Duplicate(Action):
    """Let the item pass more than once.

    The client sees a reply, confirm or delivery again, exactly as it was, with the same delivery tag. A request of its
    own is handled again, and answered again.

    :param copies: how many times more.
    """

    copies: int = 1
    target = "octets"

    def validate(self) -> None:
        positive(self, "copies", most=MOST_COPIES)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Pass(crossing.item),) * (1 + self.copies)

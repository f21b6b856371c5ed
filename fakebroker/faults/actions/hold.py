"""An item that waits for the test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, label
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Hold as HoldStep
from fakebroker.faults.steps import Pass, Step, Wait


@dataclass(frozen=True)
class Hold(Action):
    """Keep the item until the test, or a rule with ``Release``, lets it go.

    The client sees nothing of it until then. Everything else passes, or waits behind it.

    :param until: the label that ``broker.faults.release(label)`` names.
    :param all: whether what comes behind it in its direction waits as well.
    """

    until: str = "held"
    all: bool = False
    target = "octets"

    def validate(self) -> None:
        label(self, "until")

    def labels(self) -> tuple[str, ...]:
        return (self.until,)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        if self.all:
            return (Wait(until=self.until), Pass(crossing.item))
        return (HoldStep(crossing.item, self.until),)

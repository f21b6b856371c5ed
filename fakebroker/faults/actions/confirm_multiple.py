"""One confirm for several publishes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.actions.commands import changed
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.match import When
from fakebroker.faults.steps import Pass, Step


@dataclass(frozen=True)
class ConfirmMultiple(Action):
    """Send one confirm for several publishes, with ``multiple`` set.

    The client sees no confirm for all but the last of them, then one ``basic.ack`` for all.

    :param publishes: how many go into one. The rule acts on this many confirms, unless it says how often.
    """

    publishes: int = 2
    default_what = "basic.ack"
    way = "out"
    target = "command"
    only = ("basic.ack", "basic.nack")

    def validate(self) -> None:
        positive(self, "publishes")

    def count(self) -> int | None:
        return self.publishes

    def completed(self, when: When) -> When:
        """Count the items for each channel, since each channel has its own delivery tags."""
        whole = super().completed(when)
        return replace(whole, per="channel") if whole.per == "broker" else whole

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        assert crossing.command is not None
        if crossing.occurrence % self.publishes:
            return ()
        return (Pass(changed(crossing.command, {"multiple": True})),)

"""Held items go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.action import label as check_label
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step
from fakebroker.faults.steps import Release as ReleaseStep


@dataclass(frozen=True)
class Release(Action):
    """Let go what ``Hold``, ``StallReading`` or ``Block`` keep under a label, then let the item pass.

    The client sees what was held, before (or after) the item.

    :param label: the one under which they are held.
    :param after: let the item pass first.
    """

    label: str = "held"
    after: bool = False
    alone = True

    def validate(self) -> None:
        check_label(self, "label")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        release, passing = ReleaseStep(self.label), Pass(crossing.item)
        return (passing, release) if self.after else (release, passing)

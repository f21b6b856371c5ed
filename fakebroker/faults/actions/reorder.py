"""Two commands that change places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Behind, Step


@dataclass(frozen=True)
class Reorder(Action):
    """Let the next command of the channel overtake this one.

    The client sees two deliveries, confirms or replies in the wrong order, or is answered in the wrong order. Until a
    next command comes, the item is kept.
    """

    target = "command"

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Behind(crossing.item),)

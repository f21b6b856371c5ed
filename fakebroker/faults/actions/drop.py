"""Something gets lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Step


@dataclass(frozen=True)
class Drop(Action):
    """Take the item away, content and all.

    The client sees no answer to a request that was dropped, though the connection is well. On its way out, the client
    never gets the reply, delivery or confirm that the broker has sent.
    """

    target = "octets"

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return ()

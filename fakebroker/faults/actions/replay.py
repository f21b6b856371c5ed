"""Something that comes again, later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import CopyLater, Pass, Step
from fakebroker.predicates.addresses import Address


@dataclass(frozen=True)
class Replay(Action):
    """Let the item pass, and let it pass once more when others have passed.

    The client sees an earlier reply, confirm or delivery again, exactly as it was. An earlier request of its own is
    handled again, and answered again.

    :param after: behind how many more items in its direction on its connection; or the address of a crossing, on any
        connection, behind which it comes, such as ``"1:out:basic.deliver:7"``.
    """

    after: int | str = 1
    target = "octets"

    def validate(self) -> None:
        if isinstance(self.after, str):
            Address.parse(self.after)
        elif self.after < 1:
            raise RuleError(f"replay: after={self.after} must be a number from 1, or the address of a crossing")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Pass(crossing.item), CopyLater(crossing.item, self.after))

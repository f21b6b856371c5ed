"""Something that arrives where it does not belong."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Divert as DivertStep
from fakebroker.faults.steps import Step


@dataclass(frozen=True)
class Divert(Action):
    """Take the command away, and let it pass on another connection instead. Where there is none, it is lost.

    The client sees no answer, or does not get what it was sent; the client of the other connection gets that, on a
    channel with the same number. A request is handled as if the other client had sent it.

    :param connection: the other connection's number, from 1.
    """

    connection: int
    target = "command"

    def validate(self) -> None:
        if self.connection < 1:
            raise RuleError(f"divert: connection={self.connection} can't be one; they count from 1")

    def applies_to(self, crossing: Crossing) -> bool:
        return super().applies_to(crossing) and crossing.facts.number != self.connection

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        assert crossing.command is not None
        return (DivertStep(crossing.command, self.connection),)

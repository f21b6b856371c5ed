"""A command that comes after another, which should have been the last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.match import When
from fakebroker.faults.steps import Behind, Step
from fakebroker.predicates.checking import directions
from fakebroker.predicates.vocabulary import commands
from fakebroker.validation import near


@dataclass(frozen=True)
class Postpone(Action):
    """Keep the item until a command of another name has gone the same way on its channel.

    The client sees the two in the wrong order. If a ``basic.deliver`` is postponed after ``basic.cancel-ok``, it sees a
    delivery to a consumer that it has cancelled, and the broker still waits for the ack.

    :param after: the command's name.
    """

    after: str
    target = "command"

    def validate(self) -> None:
        if self.after not in commands():
            raise RuleError(f"postpone: there is no command {self.after!r}{near(self.after, commands())}")

    def check(self, when: When, place: str) -> None:
        super().check(when, place)
        ways = (when.direction,) if when.direction else directions(when.what)
        if not any(way in commands()[self.after].directions for way in ways):
            raise RuleError(f"{place}: {self.after} never goes the way of {when.what}, so nothing would end the wait")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Behind(crossing.item, self.after),)

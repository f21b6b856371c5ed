"""The broker goes down and comes up again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Do, Step


@dataclass(frozen=True)
class Down(Action):
    """Take the broker down: every connection is reset and nobody listens; what is durable survives.

    The client sees its connection reset, and then ``ECONNREFUSED`` for each attempt until the broker is up again.

    :param seconds: when it comes up again, on the same port; None for staying down until ``broker.up()``.
    """

    seconds: float | None = None
    alone = True

    def validate(self) -> None:
        positive(self, "seconds")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Do("down", {} if self.seconds is None else {"seconds": self.seconds}),)

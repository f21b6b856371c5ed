"""Bytes that end too soon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.actions.framing import Ending, ending
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Step, Write


@dataclass(frozen=True)
class Truncate(Action):
    """Send only the first bytes of the item, then nothing more.

    The client sees a part of a frame, and then the end of the connection, or silence.

    :param size: how many bytes are sent.
    :param then: ``"close"``, ``"reset"``, or ``"silence"``, which leaves the socket open.
    """

    size: int
    then: Ending = "close"
    way = "out"
    target = "octets"
    works_on_bytes = True

    def validate(self) -> None:
        positive(self, "size", zero=True)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Write(crossing.octets()[: self.size]), ending(self.then))

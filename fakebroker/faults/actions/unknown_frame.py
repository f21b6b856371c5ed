"""A frame of a type that does not exist."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step, Write
from fakebroker.wire.writer import frame


@dataclass(frozen=True)
class UnknownFrame(Action):
    """Send an empty frame of an unknown type before the item.

    The client sees a frame that its specification calls a fatal framing error (501). Behind it all is as it should be,
    for a client that ignores it.

    :param type: the frame's type; 1, 2, 3 and 8 are known.
    """

    type: int = 9
    way = "out"
    target = "octets"

    def validate(self) -> None:
        if not 0 <= self.type <= 0xFF or self.type in (1, 2, 3, 8):
            raise RuleError(f"unknown_frame: type={self.type} must be an octet other than 1, 2, 3 and 8")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Write(frame(self.type, crossing.channel, b"")), Pass(crossing.item))

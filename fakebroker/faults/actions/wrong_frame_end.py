"""A frame with another end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.actions.framing import chosen
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Step, Write
from fakebroker.wire.framing import END


@dataclass(frozen=True)
class WrongFrameEnd(Action):
    """Send another octet where the frame-end (206) belongs.

    The client sees a frame that its specification calls a fatal framing error (501).

    :param octet: what is sent instead.
    :param frame: which frame of the item: 1 is the method, 2 the content header, 3 and on the body.
    """

    octet: int = 0
    frame: int = 1
    way = "out"
    target = "octets"
    works_on_bytes = True

    def validate(self) -> None:
        positive(self, "frame")
        if not 0 <= self.octet <= 0xFF or self.octet == END:
            raise RuleError(f"wrong_frame_end: octet={self.octet} must be an octet other than {END}")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        before, frame, behind = chosen(crossing.octets(), self.frame)
        return (Write(before + frame[:-1] + bytes([self.octet]) + behind),)

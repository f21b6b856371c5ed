"""A frame longer than was agreed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import MOST_OCTETS, Action, positive
from fakebroker.faults.actions.framing import chosen
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Step, Write
from fakebroker.wire.framing import HEAD, OVERHEAD
from fakebroker.wire.writer import frame


@dataclass(frozen=True)
class OversizeFrame(Action):
    """Pad a frame of the item with zeros until it is longer than the negotiated frame-max.

    The client sees a frame that is well-formed and too long. The specification asks it to close with 501.

    :param excess: how many octets above frame-max.
    :param frame: which frame of the item: 1 is the method, 2 the content header, 3 and on the body.
    """

    excess: int = 1
    frame: int = 1
    way = "out"
    target = "octets"
    works_on_bytes = True

    def validate(self) -> None:
        positive(self, "excess", most=MOST_OCTETS)
        positive(self, "frame")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        before, part, behind = chosen(crossing.octets(), self.frame)
        if len(part) < OVERHEAD:
            return (Write(crossing.octets()),)
        kind, channel, _ = HEAD.unpack_from(part)
        limit = crossing.facts.frame_max - OVERHEAD + self.excess
        return (Write(before + frame(kind, channel, part[7:-1].ljust(limit, b"\0")) + behind),)

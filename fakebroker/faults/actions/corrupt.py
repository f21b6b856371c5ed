"""A byte that changes on its way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Step, Write


@dataclass(frozen=True)
class Corrupt(Action):
    """Change one byte of the item.

    The client sees a frame with another type, channel, size, content or end than was meant. Byte 0 is the frame's
    type, 1 and 2 are the channel, 3 to 6 the payload's size; with 7 the payload begins.

    :param byte: which byte, from 0. A negative number counts from the end: -1 is the last frame-end.
    :param flip: the bits to flip, 1 to 255.
    """

    byte: int
    flip: int = 0xFF
    way = "out"
    target = "octets"
    works_on_bytes = True

    def validate(self) -> None:
        if not 1 <= self.flip <= 0xFF:
            raise RuleError(f"corrupt: flip={self.flip} must be from 1 to 255, or nothing changes")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        data = bytearray(crossing.octets())
        if -len(data) <= self.byte < len(data):
            data[self.byte] ^= self.flip
        return (Write(bytes(data)),)

"""Bytes that are not AMQP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import MOST_OCTETS, Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step, Write


@dataclass(frozen=True)
class Garbage(Action):
    """Send bytes that are no frame, before the item passes.

    The client sees junk in the place of a frame's header. From there on it can't tell where a frame begins.

    :param data: the bytes; if there are none, they are drawn from the broker's seed.
    :param size: how many are drawn.
    """

    data: bytes = b""
    size: int = 16

    def validate(self) -> None:
        positive(self, "size", most=MOST_OCTETS)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        junk = self.data or bytes(crossing.rng.randrange(256) for _ in range(self.size))
        return (Write(junk), Pass(crossing.item))

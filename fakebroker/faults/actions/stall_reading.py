"""The broker stops reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, label, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Stall, Step


@dataclass(frozen=True)
class StallReading(Action):
    """Let the item pass, then stop reading from the socket.

    The client sees its writes succeed until the buffers in between are full. Then they block. What the broker sends
    still comes, deliveries and heartbeats, until the broker misses the client's heartbeats.

    :param seconds: how long; None for ever, or until the label is released.
    :param until: a label. ``broker.faults.release(label)`` has the broker read again.
    """

    seconds: float | None = None
    until: str | None = None

    def validate(self) -> None:
        positive(self, "seconds")
        label(self, "until")

    def labels(self) -> tuple[str, ...]:
        return () if self.until is None else (self.until,)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Pass(crossing.item), Stall(self.seconds, self.until))

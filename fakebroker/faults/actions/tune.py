"""Limits that the broker proposes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import changed
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step


@dataclass(frozen=True)
class Tune(Action):
    """Propose other limits in ``connection.tune``.

    The client sees these numbers, such as one channel, frames of 4096 octets, a heartbeat every second. What it
    answers holds.

    :param channel_max: how many channels; None for the broker's own limit, here and below.
    :param frame_max: how many octets in a frame.
    :param heartbeat: in seconds.
    """

    channel_max: int | None = None
    frame_max: int | None = None
    heartbeat: int | None = None
    default_what = "connection.tune"
    way = "out"
    target = "command"
    only = ("connection.tune",)

    def validate(self) -> None:
        if self._limits() == {}:
            raise RuleError("tune: say at least one of channel_max, frame_max and heartbeat")
        for name, value in self._limits().items():
            if not 0 <= value <= (0xFFFFFFFF if name == "frame_max" else 0xFFFF):
                raise RuleError(f"tune: {name}={value} does not fit into its field")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        assert crossing.command is not None
        return (Pass(changed(crossing.command, self._limits())),)

    def _limits(self) -> dict[str, int]:
        limits = {"channel_max": self.channel_max, "frame_max": self.frame_max, "heartbeat": self.heartbeat}
        return {name: value for name, value in limits.items() if value is not None}

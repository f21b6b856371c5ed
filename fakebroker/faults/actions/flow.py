"""The broker asks for a pause on a channel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.actions.commands import build
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Expect, Later, Pass, Send, Step


@dataclass(frozen=True)
class Flow(Action):
    """Send ``channel.flow`` off, and on again later. The broker is not told of the client's flow-ok.

    The client sees ``channel.flow(active=False)`` before the item, and ``channel.flow(active=True)`` after the time,
    unless the channel has ended by then.

    :param seconds: how long; None for ever.
    """

    seconds: float | None = None
    default_what = "basic.publish"
    target = "command"

    def validate(self) -> None:
        positive(self, "seconds")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        steps: list[Step] = self._tell(crossing, active=False)
        if self.seconds is not None:
            steps.append(Later(crossing.channel, self.seconds, tuple(self._tell(crossing, active=True))))
        return [*steps, Pass(crossing.item)]

    def applies_to(self, crossing: Crossing) -> bool:
        return super().applies_to(crossing) and crossing.channel != 0

    def _tell(self, crossing: Crossing, *, active: bool) -> list[Step]:
        return [
            Send(build(crossing, "channel.flow", {"active": active})),
            Expect(crossing.channel, ("channel.flow-ok",)),
        ]

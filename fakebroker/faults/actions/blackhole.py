"""The peer is there and says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, label, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Mute, Step


@dataclass(frozen=True)
class Blackhole(Action):
    """From this item on swallow all that comes and send nothing: a half-open connection.

    The client sees a socket that stays open. No answer comes and no heartbeat, until the client itself gives up or
    the broker is stopped. At a step of the handshake, that step hangs. With ``seconds`` or ``until`` the hole heals:
    what comes after that passes again, and what was swallowed is lost. If the broker has hung up meanwhile, as it does
    when it misses the client's heartbeats, the client sees that then.

    :param seconds: how long; None for ever, or until the label is released.
    :param until: a label. ``broker.faults.release(label)`` heals the hole.
    """

    seconds: float | None = None
    until: str | None = None

    def validate(self) -> None:
        positive(self, "seconds")
        label(self, "until")

    def labels(self) -> tuple[str, ...]:
        return () if self.until is None else (self.until,)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Mute("everything", self.seconds, self.until),)

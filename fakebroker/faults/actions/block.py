"""The broker has no room for more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, label, positive, short
from fakebroker.faults.actions.commands import build
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Send, Step, Wait


@dataclass(frozen=True)
class Block(Action):
    """Block the connection at the publish, as a memory alarm does, and unblock it later.

    The client sees ``connection.blocked``, if it has announced the capability. It gets no confirm and no other answer.
    Then comes ``connection.unblocked``, and with it the answers to all that it has sent meanwhile.

    :param reason: the text in ``connection.blocked``.
    :param seconds: how long; None for until the label is released.
    :param until: the label that releases it.
    """

    reason: str = "low on memory"
    seconds: float | None = None
    until: str = "blocked"
    default_what = "basic.publish"
    way = "in"
    target = "command"

    def validate(self) -> None:
        positive(self, "seconds")
        label(self, "until")
        short(self, "reason")

    def labels(self) -> tuple[str, ...]:
        return (self.until,) if self.seconds is None else ()

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        until = self.until if self.seconds is None else None
        wait = Wait(self.seconds or 0.0, until, blocks=True)
        told = crossing.facts.capable("connection.blocked") and "connection.blocked" in crossing.facts.spec.methods
        if not told:
            return (wait, Pass(crossing.item))
        blocked = build(crossing, "connection.blocked", {"reason": self.reason}, channel=0)
        unblocked = build(crossing, "connection.unblocked", {}, channel=0)
        return (Send(blocked), wait, Send(unblocked), Pass(crossing.item))

"""Authentication that takes more than one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import build
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Expect, Pass, Send, Step


@dataclass(frozen=True)
class Challenge(Action):
    """Send ``connection.secure``, once or more, before the credentials are judged.

    The client sees ``connection.secure``, and its answers may be anything. After the last answer its start-ok is
    judged, as if no challenge had been sent.

    :param challenge: the octets of the challenge.
    :param rounds: how many times.
    """

    challenge: str = "prove it"
    rounds: int = 1
    default_what = "connection.start-ok"
    way = "in"
    target = "command"
    only = ("connection.start-ok",)

    def validate(self) -> None:
        if not 1 <= self.rounds <= 100:
            raise RuleError(f"challenge: rounds={self.rounds} must be from 1 to 100")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        ask = Send(build(crossing, "connection.secure", {"challenge": self.challenge}))
        steps: tuple[Step, ...] = (Pass(crossing.item),)
        for _ in range(self.rounds):
            steps = (ask, Expect(0, ("connection.secure-ok",), then=steps))
        return steps

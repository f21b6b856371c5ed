"""Authentication that takes more than one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.base import Action
from fakebroker.faults.actions.commands import build
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Expect, Pass, Send, Step


@dataclass(frozen=True)
class Challenge(Action):
    """Ask with ``connection.secure`` before the credentials are judged, so many times.

    The client sees ``connection.secure``; when it has answered every one, whatever it answered, its start-ok is
    judged as ever.

    :param challenge: what is asked.
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

"""A connection that is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.match import When
from fakebroker.faults.steps import End, Step


@dataclass(frozen=True)
class Refuse(Action):
    """Refuse the connection before a single octet.

    In memory the client sees ``ConnectionRefusedError``. Over TCP it sees a connection that is made and reset at
    once, as behind a load balancer with no server: a port that listens can't refuse. For a port that does not listen
    see ``Down``.
    """

    default_what = "connect"

    def check(self, when: When, place: str) -> None:
        if when.what != "connect":
            raise RuleError(f"{place}: refuse acts on 'connect', not on {when.what}; later there are close and reset")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (End("refuse"),)

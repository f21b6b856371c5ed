"""A connection that carries only so much."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.actions.framing import Ending, ending
from fakebroker.faults.crossing import Crossing, Way
from fakebroker.faults.steps import Limit, Pass, Step


@dataclass(frozen=True)
class OctetLimit(Action):
    """Let only so many octets pass from this item on, and then end the connection. Its rule acts on each connection.

    The client sees the end at exactly that octet, in the middle of a frame if need be. What it sends itself is handled
    up to the last command that is complete by then.

    :param octets: how many.
    :param direction: ``"in"`` to count what the client sends, ``"out"`` to count what it is sent; None for both.
    :param then: ``"close"``, ``"reset"``, or ``"silence"``, which leaves the socket open.
    """

    octets: int
    direction: Way | None = None
    then: Ending = "close"
    default_what = "connect"
    repeats = True

    def validate(self) -> None:
        positive(self, "octets")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        ways: tuple[Way, ...] = ("in", "out") if self.direction is None else (self.direction,)
        return (Limit(self.octets, ways, ending(self.then)), Pass(crossing.item))

"""A socket that takes its time to close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import LateEnd, Pass, Step


@dataclass(frozen=True)
class SlowClose(Action):
    """From this item on let the end of the socket arrive late, whoever closes or resets it.

    The client sees the broker's ``connection.close-ok``, and the socket stays open for a while. If it hangs up itself,
    the broker keeps its exclusive queues and unacknowledged messages for so long. Its rule acts on each connection.

    :param seconds: how late.
    """

    seconds: float
    default_what = "connect"
    repeats = True

    def validate(self) -> None:
        positive(self, "seconds")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (LateEnd(self.seconds), Pass(crossing.item))

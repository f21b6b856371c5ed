"""A network in two parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, label, positive
from fakebroker.faults.crossing import Crossing, Way
from fakebroker.faults.steps import Pass, Sever, Step


@dataclass(frozen=True)
class Partition(Action):
    """From this item on let nothing pass, not even the end of the socket (FIN, RST), until the network is whole again.

    The client sees an open socket, no answer and no heartbeat. If it hangs up, the broker does not notice: it keeps the
    client's exclusive queues and unacknowledged messages until it misses the client's heartbeats. If the broker hangs
    up, the client does not notice. Afterwards TCP sends again what did not arrive: all of it passes in its order, the
    end of the socket too.

    :param seconds: how long; None until the label is released.
    :param until: the label. ``broker.faults.release(label)`` makes the network whole again.
    :param direction: ``"in"`` if only what the client sends does not pass, ``"out"`` if only what the broker sends does
        not; None for both.
    """

    seconds: float | None = None
    until: str = "partition"
    direction: Way | None = None

    def validate(self) -> None:
        positive(self, "seconds")
        label(self, "until")

    def labels(self) -> tuple[str, ...]:
        return (self.until,) if self.seconds is None else ()

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        ways: tuple[Way, ...] = ("in", "out") if self.direction is None else (self.direction,)
        return (Sever(ways, self.seconds, self.until if self.seconds is None else None), Pass(crossing.item))

"""The peer is there and says nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Mute, Step


@dataclass(frozen=True)
class Blackhole(Action):
    """From this item on swallow all that comes and send nothing: a half-open connection.

    The client sees a socket that stays open. No answer comes and no heartbeat, until the client itself gives up or
    the broker is stopped. At a step of the handshake, that step hangs.
    """

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Mute("everything"),)

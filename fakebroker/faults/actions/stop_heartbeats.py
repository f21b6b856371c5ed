"""The broker sends no more heartbeats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Mute, Pass, Step


@dataclass(frozen=True)
class StopHeartbeats(Action):
    """Send no heartbeats on the connection from this item on; all else goes on.

    The client sees nothing unusual while there is other traffic. On an idle connection it hangs up when its own limit
    is reached, which mostly is two intervals.
    """

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Pass(crossing.item), Mute("heartbeats"))

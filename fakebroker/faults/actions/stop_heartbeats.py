"""The broker no longer beats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.base import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Mute, Pass, Step


@dataclass(frozen=True)
class StopHeartbeats(Action):
    """From this item on the broker sends no heartbeats on the connection; all else goes on.

    The client sees nothing while there is other traffic; on an idle connection its own limit (two intervals, as a
    rule) is reached and it hangs up.
    """

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Pass(crossing.item), Mute("heartbeats"))

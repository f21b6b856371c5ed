"""The broker's half of the socket closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import End, Pass, Step


@dataclass(frozen=True)
class HalfClose(Action):
    """Close the broker's half of the socket (FIN) in place of the item, and go on reading.

    The client sees the end of what it reads, with no ``connection.close``; what it writes is still taken, and carried
    out, until it closes its half too. Nothing is answered any more.

    :param after: let the item pass first, and close behind it (and behind the broker's answer to it).
    """

    after: bool = False

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Pass(crossing.item), End("half close")) if self.after else (End("half close"),)

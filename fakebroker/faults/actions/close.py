"""The socket closes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import End, Pass, Step


@dataclass(frozen=True)
class Close(Action):
    """Close the socket (FIN), with no word of AMQP; what the broker has written before still arrives.

    The client sees the connection end cleanly, with neither ``connection.close`` nor an answer to the item.

    :param after: let the item pass first, and close behind it (and behind the broker's answer to it).
    """

    after: bool = False

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (Pass(crossing.item), End("close")) if self.after else (End("close"),)

"""Confirms that take their time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action, positive
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import KeepConfirms, Pass, Step


@dataclass(frozen=True)
class LateConfirms(Action):
    """Keep a confirm back, and all of its channel that come meanwhile: then one ``basic.ack`` stands for them.

    The client sees the confirm late, and other commands before it. Where it has published more meanwhile, it sees one
    confirm with ``multiple`` for all, as from a broker whose disk is slow.

    :param seconds: how late.
    """

    seconds: float
    default_what = "basic.ack"
    way = "out"
    target = "command"
    only = ("basic.ack",)

    def validate(self) -> None:
        positive(self, "seconds")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        return (KeepConfirms(crossing.channel, self.seconds), Pass(crossing.item))

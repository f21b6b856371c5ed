"""Offers mechanisms that the broker does not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import changed
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step


@dataclass(frozen=True)
class Mechanisms(Action):
    """Offer other mechanisms in ``connection.start``: ``Mechanisms("EXTERNAL")``.

    The client sees no mechanism that it knows, or only one that it would not have chosen. Its answer is judged as ever;
    see ``RefuseMechanism``.

    :param offered: the names, separated by spaces; may be empty.
    """

    offered: str
    default_what = "connection.start"
    way = "out"
    target = "command"
    only = ("connection.start",)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        assert crossing.command is not None
        return (Pass(changed(crossing.command, {"mechanisms": self.offered})),)

"""A mechanism that was offered and is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import changed
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Step


@dataclass(frozen=True)
class RefuseMechanism(Action):
    """Refuse the mechanism that the client chose, as RabbitMQ refuses one it does not know.

    The client sees no answer, and the socket closes after three seconds.
    """

    default_what = "connection.start-ok"
    way = "in"
    target = "command"
    only = ("connection.start-ok",)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        assert crossing.command is not None
        return (Pass(changed(crossing.command, {"mechanism": "REFUSED"})),)

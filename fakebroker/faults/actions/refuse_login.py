"""Credentials that are not accepted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import changed
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import End, Pass, Step
from fakebroker.wire import sasl

if TYPE_CHECKING:
    from fakebroker.wire.command import Command
    from fakebroker.wire.methods import ConnectionStartOk

WRONG = "\x01 nobody has this password \x01"


@dataclass(frozen=True)
class RefuseLogin(Action):
    """Refuse the credentials, even if they are right, in the way RabbitMQ refuses wrong ones.

    The client sees ``connection.close`` 403 (class and method 0) if it has announced ``authentication_failure_close``.
    Otherwise it sees nothing, and the socket closes after a delay.

    :param at_once: for a client without the capability: close the socket at once, without the delay.
    """

    at_once: bool = False
    default_what = "connection.start-ok"
    way = "in"
    target = "command"
    only = ("connection.start-ok",)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        if self.at_once and not crossing.facts.capable("authentication_failure_close"):
            return (End("close"),)
        command: Command[ConnectionStartOk] | None = crossing.command
        assert command is not None
        # The broker gets a wrong password instead, and refuses the login in its own way.
        mechanism = command.args.mechanism
        mechanism = mechanism if mechanism in sasl.READABLE else "PLAIN"
        response = sasl.response(mechanism, crossing.facts.user or "", WRONG)
        return (Pass(changed(command, {"mechanism": mechanism, "response": response})),)

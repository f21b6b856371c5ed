"""The broker sends a client elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action, short
from fakebroker.faults.actions.commands import build
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Send, Step


@dataclass(frozen=True)
class Redirect(Action):
    """Answer ``connection.open`` with ``connection.redirect``, which AMQP 0-8 has.

    The client sees where it should go. It is expected to close, and to connect there. Other versions of AMQP have no
    such method; their clients are let in as if there were no rule.

    :param host: ``"host:port"`` to go to.
    :param known_hosts: the other hosts it may know, separated by commas.
    """

    host: str
    known_hosts: str = ""
    default_what = "connection.open"
    way = "in"
    target = "command"
    only = ("connection.open",)

    def validate(self) -> None:
        if not self.host:
            raise RuleError("redirect: host is where to go, and not empty")
        short(self, "host", "known_hosts")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        if "connection.redirect" not in crossing.facts.spec.methods:
            return (Pass(crossing.item),)
        where = {"host": self.host, "known_hosts": self.known_hosts}
        return (Send(build(crossing, "connection.redirect", where)),)

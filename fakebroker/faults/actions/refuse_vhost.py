"""A virtual host that does not let the client in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Fail, Step

if TYPE_CHECKING:
    from fakebroker.wire.command import Command
    from fakebroker.wire.methods import ConnectionOpen

NOT_ALLOWED = 530
INTERNAL_ERROR = 541

Reason = Literal["unknown", "not permitted", "down", "vhost limit", "user limit"]


@dataclass(frozen=True)
class RefuseVhost(Action):
    """Refuse ``connection.open``, in RabbitMQ's words for the reason.

    The client sees ``connection.close`` 530 NOT_ALLOWED (541 INTERNAL_ERROR for ``"down"``) with class 10 and
    method 40.

    :param reason: what is wrong with the vhost, or which of vhost and user has too many connections.
    :param limit: the limit that the text names.
    """

    reason: Reason = "unknown"
    limit: int = 1
    default_what = "connection.open"
    way = "in"
    target = "command"
    only = ("connection.open",)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        command: Command[ConnectionOpen] | None = crossing.command
        assert command is not None
        vhost, user = command.args.virtual_host, crossing.facts.user
        refused = f"access to vhost '{vhost}' refused for user '{user}'"
        text = {
            "unknown": f"vhost {vhost} not found",
            "not permitted": refused,
            "down": f"{refused}: vhost '{vhost}' is down",
            "vhost limit": f"{refused}: connection limit ({self.limit}) is reached",
            "user limit": f"connection refused for user '{user}': user connection limit ({self.limit}) is reached",
        }[self.reason]
        ids = (command.method.class_id, command.method.id)
        if self.reason == "down":
            return (Fail(0, INTERNAL_ERROR, f"INTERNAL_ERROR - {text}", ids),)
        return (Fail(0, NOT_ALLOWED, f"NOT_ALLOWED - {text}", ids),)

"""The broker cancels a consumer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakebroker.faults.actions.action import Action
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Revoke, Step

if TYPE_CHECKING:
    from fakebroker.wire.command import Command
    from fakebroker.wire.methods import BasicConsumeOk, BasicDeliver


@dataclass(frozen=True)
class CancelConsumer(Action):
    """Cancel the consumer of a delivery (or of an answer to consume), as when its queue is deleted.

    The client sees ``basic.cancel`` in the place of the delivery, if it has announced ``consumer_cancel_notify``. No
    delivery comes after the cancel: this one goes back to the queue, and so do those on their way behind it. The
    broker has no such consumer any more. What its client has not acknowledged stays unacknowledged. An answer to
    consume comes before the cancel.

    :param after: let the delivery pass first, then cancel.
    """

    after: bool = False
    default_what = "basic.deliver"
    way = "out"
    target = "command"
    only = ("basic.deliver", "basic.consume-ok")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        command: Command[BasicDeliver] | Command[BasicConsumeOk] | None = crossing.command
        assert command is not None
        first = self.after or command.name == "basic.consume-ok"
        unsent = None if first else command
        revoke = Revoke(command.channel, command.args.consumer_tag, unsent)
        return (Pass(command), revoke) if first else (revoke,)

"""A message that comes back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakebroker.faults.actions.action import Action, reply
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Send, Step
from fakebroker.wire.command import Command, Taken

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicPublish


@dataclass(frozen=True)
class ReturnMessage(Action):
    """Return a published message to the client, whether it was mandatory or not; no queue gets it.

    The client sees ``basic.return`` with its message. In confirm mode the confirm comes behind it, as for a message
    that really could not be routed.

    :param code: the reply-code: 312 NO_ROUTE, 313 NO_CONSUMERS ...
    :param text: the reply-text.
    """

    code: int = 312
    text: str = "NO_ROUTE"
    default_what = "basic.publish"
    target = "content"
    only = ("basic.publish",)

    def validate(self) -> None:
        reply(self)

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        publish: Command[BasicPublish] | None = crossing.command
        assert publish is not None
        args = publish.args
        where = {"exchange": args.exchange, "routing_key": args.routing_key}
        why = {"reply_code": self.code, "reply_text": self.text}
        returned = crossing.facts.spec.command(publish.channel, "basic.return", publish.content, **why, **where)
        # The broker still has to count the publish. Or its confirms would have the wrong numbers.
        content = publish.content
        assert content is not None, "a publish carries content"
        taken = Taken(content.klass, content.header, content.body)
        return (Send(returned), Pass(Command(publish.channel, publish.method, publish.args, taken)))

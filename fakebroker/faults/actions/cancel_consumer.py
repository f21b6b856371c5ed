"""The broker cancels a consumer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.base import Action
from fakebroker.faults.actions.making import build
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Receive, Send, Step


@dataclass(frozen=True)
class CancelConsumer(Action):
    """Cancel the consumer of a delivery (or of an answer to consume), as when its queue is deleted.

    The client sees ``basic.cancel``, if it announced ``consumer_cancel_notify``, then the item; the consumer is gone
    at the broker, and what it has not acknowledged stays unacknowledged.

    :param after: the item first, then the cancel.
    """

    after: bool = False
    usual = "basic.deliver"
    way = "out"
    matter = "command"
    only = ("basic.deliver", "basic.consume-ok")

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        assert crossing.command is not None
        cancel = build(crossing, "basic.cancel", {"consumer_tag": crossing.command.args.consumer_tag, "no_wait": True})
        told: list[Step] = [Send(cancel)] if crossing.facts.capable("consumer_cancel_notify") else []
        cancelling = [*told, Receive(cancel)]
        passing = Pass(crossing.item)
        return [passing, *cancelling] if self.after else [*cancelling, passing]

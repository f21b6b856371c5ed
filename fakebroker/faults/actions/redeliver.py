"""A delivery that comes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fakebroker.faults.actions.action import Action
from fakebroker.faults.actions.commands import changed
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Pass, Requeue, Step

if TYPE_CHECKING:
    from fakebroker.wire.command import Command
    from fakebroker.wire.methods import BasicDeliver


@dataclass(frozen=True)
class Redeliver(Action):
    """Deliver the message, requeue it as if the client had rejected it, and deliver it once more.

    The client sees the message twice. The second time it is marked ``redelivered`` and has a delivery tag of its own.
    Both may be acknowledged, one by one or with ``multiple``: the broker has taken the first back, so its ack goes no
    further than the rule. A consumer with ``no_ack``, or of a stream, gets the same delivery again, marked
    ``redelivered``.
    """

    default_what = "basic.deliver"
    way = "out"
    target = "content"
    only = ("basic.deliver",)

    def applies_to(self, crossing: Crossing) -> bool:
        # A redelivery is not delivered once more. Or a rule that always acts would never end.
        delivery: Command[BasicDeliver] | None = crossing.command
        return super().applies_to(crossing) and delivery is not None and not delivery.args.redelivered

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        delivery: Command[BasicDeliver] | None = crossing.command
        assert delivery is not None
        tag = delivery.args.delivery_tag
        if not crossing.facts.gives_back(delivery.channel, delivery.args.consumer_tag):
            return (Pass(delivery), Pass(changed(delivery, {"redelivered": True})))
        return (Pass(delivery), Requeue(delivery.channel, tag))

"""A delivery that comes again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fakebroker.faults.actions.base import Action
from fakebroker.faults.actions.making import build, changed
from fakebroker.faults.crossing import Crossing
from fakebroker.faults.steps import Expect, Pass, Receive, Step


@dataclass(frozen=True)
class Redeliver(Action):
    """Deliver the message, take it back as if the client had requeued it, and deliver it again; once each.

    The client sees the message twice, the second time marked ``redelivered`` and with a tag of its own; both may be
    acknowledged (the ack of the first is taken away, since the broker has forgotten it). A consumer with ``no_ack``
    gets the same delivery again, marked ``redelivered``.
    """

    usual = "basic.deliver"
    way = "out"
    matter = "content"
    only = ("basic.deliver",)

    def suits(self, crossing: Crossing) -> bool:
        # What comes again does not come once more, or a rule that always acts would never end.
        return super().suits(crossing) and crossing.command is not None and not crossing.command.args.redelivered

    def steps(self, crossing: Crossing) -> Sequence[Step]:
        delivery = crossing.command
        assert delivery is not None
        tag = delivery.args.delivery_tag
        if crossing.facts.takes_no_acks(delivery.channel, delivery.args.consumer_tag):
            return (Pass(delivery), Pass(changed(delivery, {"redelivered": True})))
        requeue = build(crossing, "basic.reject", {"delivery_tag": tag, "requeue": True})
        settled = Expect(delivery.channel, ("basic.ack", "basic.nack", "basic.reject"), {"delivery_tag": tag})
        return (Pass(delivery), settled, Receive(requeue))

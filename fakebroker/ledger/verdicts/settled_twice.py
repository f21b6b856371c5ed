"""A delivery that was settled twice."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.event import Moment
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence

TEXTS = {
    "twice": "the delivery with this tag had been settled before",
    "no-ack": "the delivery with this tag needs no ack, since it was sent to a consumer with no_ack",
}


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find settlements of what was settled."""
    for (connection, channel), settlement in evidence.settlements():
        if settlement.wrong not in TEXTS or evidence.is_garbled(connection, settlement.moment):
            continue
        delivered = channel.deliveries.get(settlement.tag)
        before: list[Moment | None] = [] if delivered is None else [delivered[1]]
        before += [
            each.moment
            for each in channel.settlements
            if each is not settlement and delivered is not None and delivered in each.deliveries
        ]
        text = f"{settlement.name} {settlement.tag} on channel {channel.number}: {TEXTS[settlement.wrong]}."
        yield Finding(text, (*before, settlement.moment), connection.number)


CHECK = Check(
    "settled-twice",
    "a delivery was settled twice",
    "A delivery is settled once, by ack, nack or reject; one to a consumer with no_ack never. The broker closes the"
    " channel with 406 PRECONDITION_FAILED, and all that was delivered on it comes again.",
    "fail",
    find,
)

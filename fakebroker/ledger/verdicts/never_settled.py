"""Deliveries that were never settled."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fakebroker.ledger.facts import Ended
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import AtChannel, DeliveredCopy, Evidence

PATIENCE = 60.0
"""Seconds after which a delivery on a living channel counts as forgotten."""


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find deliveries that their consumer has forgotten to settle."""
    for place in evidence.places():
        if place.channel.transactional is not None:
            continue
        settled = {id_of(each) for one in place.channel.settlements for each in one.deliveries}
        manual = [each for each in evidence.delivered_on(place) if not each.event.no_ack]
        open_ = [each for each in manual if each.event.order not in settled]
        forgotten = _forgotten(evidence, place, open_, [each for each in manual if each.event.order in settled])
        if forgotten and not evidence.is_garbled(place.connection, forgotten[0].event):
            first = forgotten[0]
            text = (
                f"{len(forgotten)} of {len(manual)} deliveries on channel {place.channel.number} were never settled,"
                f" first {first.copy.message.title} with delivery tag {first.event.tag}."
            )
            yield Finding(text, (first.event,), place.connection.number)


def id_of(delivery: tuple[object, object]) -> int:
    """The order of a delivery, which tells it from all others."""
    order: int = delivery[1].order  # type: ignore[attr-defined]
    return order


def _forgotten(
    evidence: Evidence, place: AtChannel, open_: Sequence[DeliveredCopy], settled: Sequence[DeliveredCopy]
) -> Sequence[DeliveredCopy]:
    end = place.channel.ended or place.connection.ended
    if end is not None and _timed_out(end):
        return open_
    if end is not None and end.by not in ("client", "connection"):
        return ()
    if place.connection.ended is not None and place.connection.ended.by != "client":
        return ()  # it was cut off at its work
    until = end.moment.time if end is not None else evidence.now
    if end is None:
        open_ = [each for each in open_ if until - each.event.time >= PATIENCE]
    # What was fetched ahead, behind all that was settled, nobody has had in hand.
    last = settled[-1].event.order if settled else None
    return [each for each in open_ if last is None or each.event.order < last]


def _timed_out(end: Ended) -> bool:
    return end.code == 406 and "acknowledgement" in end.text and "timed out" in end.text


CHECK = Check(
    "never-settled",
    "delivered and never settled",
    "The consumer has to ack, nack or reject what it gets, and has not: it settled later deliveries, or none at all, or"
    " the broker's time for an ack (consumer_timeout) ran out. The broker keeps such a message for it, counts it"
    " against its prefetch, and delivers it again when the channel ends.",
    "tell",
    find,
)

"""A delivery that was settled where it was not delivered."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.event import Moment
from fakebroker.ledger.facts import ClientSettlement
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import AtChannel, DeliveredCopy, Evidence

A_MOMENT = 1.0
"""Seconds after the broker has closed a channel, in which a part of the program may not know of it yet."""


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find settlements on another channel, on one that is gone, or of what was never delivered."""
    for place, settlement in evidence.settlements():
        if settlement.wrong not in ("unknown", "closed") or evidence.is_garbled(place.connection, settlement.moment):
            continue
        end = place.channel.ended
        if settlement.wrong == "closed" and end is not None and end.moment.rule is not None:
            continue  # a rule has said that the channel is closed, and the broker knows nothing of it
        where, delivered = _where(evidence, place, settlement)
        text = f"{settlement.name} {settlement.tag} on channel {place.channel.number}: {where}."
        moments: tuple[Moment | None, ...] = (settlement.moment,)
        if delivered is not None:
            moments = (delivered.event, settlement.moment)
        at_once = end is not None and end.by == "broker" and settlement.moment.time - end.moment.time < A_MOMENT
        sure = settlement.wrong != "closed" or not at_once
        yield Finding(text, moments, place.connection.number, sure)


def _where(evidence: Evidence, place: AtChannel, settlement: ClientSettlement) -> tuple[str, DeliveredCopy | None]:
    """What is wrong, and the delivery that was meant, as far as that can be told."""
    if settlement.wrong == "closed":
        delivered = _with_tag(evidence, place, settlement)
        return "the channel is closed, and its deliveries went back to their queues", delivered
    for other in reversed(place.connection.channels):
        delivered = _with_tag(evidence, AtChannel(place.connection, other), settlement)
        if delivered is not None and other is not place.channel:
            gone = other.ended is not None and other.ended.moment.order < settlement.moment.order
            how = "which has ended since" if gone else "and a tag counts on its own channel alone"
            return f"that was delivered on another channel ({other.number}), {how}", delivered
    for connection in reversed(evidence.connections):
        for channel in connection.channels if connection is not place.connection else ():
            delivered = _with_tag(evidence, AtChannel(connection, channel), settlement)
            if delivered is not None and evidence.same_client(connection, place.connection):
                return f"that was delivered on connection {connection.number}, and counts there alone", delivered
    return "no delivery on this channel has had this tag", None


def _with_tag(evidence: Evidence, place: AtChannel, settlement: ClientSettlement) -> DeliveredCopy | None:
    return next((each for each in evidence.delivered_on(place) if each.event.tag == settlement.tag), None)


CHECK = Check(
    "settled-elsewhere",
    "settled on another channel, or after its channel was gone",
    "Delivery tags count on the channel on which they came, and as long as it is open. On another one they mean"
    " nothing, or another message. The broker closes the channel with 406 PRECONDITION_FAILED, or the connection with"
    " 504 CHANNEL_ERROR. Forget all tags when a channel ends: the messages come again.",
    "fail",
    find,
)

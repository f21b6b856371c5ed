"""An ack that comes before what it stands for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from fakebroker.ledger.facts import ClientSettlement, ConnectionFacts
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import AtChannel, DeliveredCopy, Evidence, order_of, prop

TELLING = 4
"""So many octets of a body, found in another body, are no accident."""

A_HABIT = 2
"""So often, where a body alone tells what belongs together."""


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find acks that came before the reply to the message, or before it was passed on."""
    derived: defaultdict[int, list[Finding]] = defaultdict(list)
    for place, settlement in evidence.settlements():
        if settlement.name != "basic.ack" or settlement.wrong or place.channel.transactional is not None:
            continue
        if evidence.is_garbled(place.connection, settlement.moment):
            continue
        for copy, event in settlement.deliveries:
            finding = _reply(evidence, place, settlement, DeliveredCopy(copy, event))
            if finding is not None and finding.sure:
                yield finding
            elif finding is not None:
                derived[place.connection.number].append(finding)
    for findings in derived.values():
        if len(findings) >= A_HABIT:
            yield from findings


def _reply(
    evidence: Evidence, place: AtChannel, settlement: ClientSettlement, delivery: DeliveredCopy
) -> Finding | None:
    """The message that came of a delivery, and only after its ack."""
    cause = delivery.copy.message
    own = _is_own(evidence, place.connection, cause)
    for effect in evidence.messages_of(place.connection):
        if order_of(effect) <= settlement.moment.order:
            continue
        how = _follows(cause, effect)
        if own and (how == "body" or _same_route(cause, effect)):
            continue  # a client that gets its own message, and publishes it once more, has its reasons
        if not how or _was_there(evidence, place.connection, effect, how, settlement.moment.order):
            continue
        channel = evidence.channel_of(effect)
        if channel is None or channel.transactional is not None:
            continue
        text = f"{cause.title} was acked before {HOW[how]} was published: {effect.title}."
        moments = (delivery.event, settlement.moment, effect.published)
        return Finding(text, moments, place.connection.number, sure=how != "body")
    return None


HOW = {"reply": "the reply to it", "message_id": "what it was passed on as", "body": "what seems to come of it"}


def _follows(cause: PublishedMessage, effect: PublishedMessage) -> str:
    """How a message shows that it comes of another; empty if it does not."""
    wanted, asked = prop(cause, "reply_to"), prop(cause, "correlation_id")
    if wanted and effect.exchange == "" and effect.routing_key == wanted:
        return "reply" if asked is not None and prop(effect, "correlation_id") == asked else ""
    own = prop(cause, "message_id")
    if own is not None and prop(effect, "message_id") == own and effect.body == cause.body:
        return "message_id"
    return "body" if len(cause.body) >= TELLING and cause.body in effect.body else ""


def _same_route(one: PublishedMessage, other: PublishedMessage) -> bool:
    return (one.exchange, one.routing_key) == (other.exchange, other.routing_key)


def _was_there(evidence: Evidence, connection: ConnectionFacts, effect: PublishedMessage, how: str, order: int) -> bool:
    """Whether the client had published the same before the ack. Then it is published once more, to be safe."""
    return any(
        order_of(other) < order and _alike(other, effect, how) and _is_own(evidence, connection, other)
        for other in evidence.messages
    )


def _alike(one: PublishedMessage, other: PublishedMessage, how: str) -> bool:
    if how == "reply":
        return one.routing_key == other.routing_key and prop(one, "correlation_id") == prop(other, "correlation_id")
    return one.body == other.body and _same_route(one, other)


def _is_own(evidence: Evidence, connection: ConnectionFacts, message: PublishedMessage) -> bool:
    """Whether the message was published by this connection, or by one that its client had before."""
    publisher = evidence.connection_of(message)
    return publisher is connection or (publisher is not None and connection in evidence.successors(publisher))


CHECK = Check(
    "acked-before-effect",
    "acked before the reply or the republish that it stands for",
    "With the ack the message is gone from the broker. If the client fails before it has published what comes of the"
    " message, that is lost. Publish first, wait for the confirm, and ack then. Sure where reply_to and correlation_id,"
    " or message_id and body, tell that one comes of the other.",
    "fail",
    find,
)

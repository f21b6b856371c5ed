"""A message that was published again after its confirm had come."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise

from fakebroker.ledger.event import Event
from fakebroker.ledger.facts import ChannelFacts, ConnectionFacts
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence, order_of, prop

LONG_ENOUGH = 5.0
"""Seconds within which a client that is there has read what was sent to it."""

TURNS = 2
"""So often the client has sent more since then. (What it sent first, it may have written before it read.)"""

A_STREAM = 3
"""So many messages with bodies of their own, and bodies tell which message is which."""


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find messages that were published again though they were confirmed."""
    same: defaultdict[tuple[object, ...], list[PublishedMessage]] = defaultdict(list)
    for message in evidence.messages:
        route = (message.vhost, message.exchange, message.routing_key)
        identity = (message.body, prop(message, "message_id"), prop(message, "correlation_id"))
        same[route + identity].append(message)
    for messages in same.values():
        for first, second in pairwise(messages):
            finding = _judge(evidence, first, second)
            if finding is not None:
                yield finding


def _judge(evidence: Evidence, first: PublishedMessage, second: PublishedMessage) -> Finding | None:
    before, after = evidence.connection_of(first), evidence.connection_of(second)
    channel, confirm = evidence.channel_of(first), first.told
    if before is None or after is None or channel is None or confirm is None or confirm.name != "confirmed":
        return None
    if confirm.order > order_of(second) or evidence.is_garbled(before, confirm) or first.returned is not None:
        return None
    if before is not after and (evidence.left(before) or after not in evidence.successors(before)):
        return None  # two programs, or one that begins anew: they may send alike messages
    identified = prop(first, "message_id") is not None
    if not identified and (before is after or not _is_stream(evidence, first, before)):
        return None  # two messages that look alike
    if _came_between(evidence, first, second, (before, after)):
        return None  # it was consumed, and is passed on
    sure = _was_read(evidence, before, channel, confirm, second)
    text = f"{first.title} was published again, though its confirm had come."
    return Finding(text, (first.published, confirm, second.published), after.number, sure)


def _is_stream(evidence: Evidence, message: PublishedMessage, connection: ConnectionFacts) -> bool:
    """Whether the connection's messages by this route differ in their bodies, so that a body is one message."""
    route = (message.vhost, message.exchange, message.routing_key)
    alike = [
        each.body
        for each in evidence.messages_of(connection)
        if (each.vhost, each.exchange, each.routing_key) == route and not each.withheld
    ]
    return len(alike) >= A_STREAM and max(Counter(alike).values()) == 1


def _came_between(
    evidence: Evidence,
    first: PublishedMessage,
    second: PublishedMessage,
    connections: tuple[ConnectionFacts, ConnectionFacts],
) -> bool:
    return any(
        order_of(first) < event.order < order_of(second) and copy.message.body == first.body
        for connection in connections
        for copy, event in evidence.delivered_to(connection)
    )


def _was_read(
    evidence: Evidence, connection: ConnectionFacts, channel: ChannelFacts, confirm: Event, again: PublishedMessage
) -> bool:
    """Whether the client has surely read the confirm. It may have been on its way as the connection ended."""
    until = again.time if connection.ended is None else min(again.time, connection.ended.moment.time)
    if until - confirm.time >= LONG_ENOUGH:
        return True
    for place, settlement in evidence.settlements():
        if place.connection is connection and settlement.moment.order < order_of(again):
            if any(event.order > confirm.order for _, event in settlement.deliveries):
                return True  # it has read a delivery that came behind the confirm
    reads = [order for order in connection.reads if confirm.order <= order < order_of(again)]
    if connection.reads:
        return len(reads) >= TURNS
    return _waits_for_confirms(evidence, connection, channel, confirm)


def _waits_for_confirms(evidence: Evidence, connection: ConnectionFacts, channel: ChannelFacts, confirm: Event) -> bool:
    """Whether the client does nothing but publish, and each time only when the message before is confirmed."""
    published = evidence.published_on(connection, channel)
    behind = [each for each in published if order_of(each) > confirm.order]
    if len(behind) < TURNS or evidence.delivered_to(connection):
        return False
    return all(one.told is not None and one.told.order < order_of(next_) for one, next_ in pairwise(published))


CHECK = Check(
    "published-twice",
    "published again after its confirm had come",
    "Who has a confirm knows that the broker has the message. Published again, it is there twice. After a lost"
    " connection a publisher repeats only what was not confirmed. Messages are the same where route, body and"
    " message_id are. Sure where the client has read the confirm: it sent more twice since, or acted on what"
    " came behind the confirm, or had five seconds.",
    "fail",
    find,
)

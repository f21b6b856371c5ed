"""A redelivery that was handled as if it were new."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from fakebroker.ledger.event import Event, Moment
from fakebroker.ledger.message import Copy, PublishedMessage
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence, order_of, prop


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find messages that were acked twice, or replied to twice, by clients that got them again."""
    acks: defaultdict[int, list[tuple[Moment, int]]] = defaultdict(list)
    copies: dict[int, Copy] = {}
    for place, settlement in evidence.settlements():
        if settlement.name == "basic.ack" and not settlement.wrong:
            for copy, _event in settlement.deliveries:
                copies[id_of(copy)] = copy
                acks[id_of(copy)].append((settlement.moment, place.connection.number))
    for number, found in acks.items():
        if len(found) > 1:
            text = f"{copies[number].message.title} came more than once, and was acked {len(found)} times."
            yield Finding(text, tuple(moment for moment, _ in found), found[-1][1], sure=False)
    yield from _replies(evidence)


def id_of(copy: Copy) -> int:
    """What tells a copy from all others: the order of its first event."""
    return copy.events[0].order if copy.events else 0


def _replies(evidence: Evidence) -> Iterator[Finding]:
    for message in evidence.ledger.messages:
        for copy in message.copies:
            came = [each for each in copy.deliveries if each.reached]
            replies = _replies_to(evidence, message, came) if len(came) > 1 else []
            if len(replies) > 1:
                text = f"{message.title} came {len(came)} times, and was replied to {len(replies)} times."
                moments = (*came, *(each.published for each in replies))
                yield Finding(text, moments, replies[-1].connection)


def _replies_to(evidence: Evidence, message: PublishedMessage, came: list[Event]) -> list[PublishedMessage]:
    """The replies: for each delivery the first that comes behind it and before the next."""
    wanted, asked = prop(message, "reply_to"), prop(message, "correlation_id")
    if not wanted or asked is None:
        return []
    replies = [
        each
        for each in evidence.messages
        if each.exchange == "" and each.routing_key == wanted and prop(each, "correlation_id") == asked
    ]
    found = []
    for delivered, next_ in zip(came, [*came[1:], None], strict=True):
        until = next_.order if next_ is not None else float("inf")
        found += [each for each in replies if delivered.order < order_of(each) < until][:1]
    return found


CHECK = Check(
    "handled-twice",
    "a redelivery was handled as new",
    "A message that was not acked in time comes again, marked redelivered. It was acked twice, or replied to twice: the"
    " client has done its work twice, unless that does no harm or the client knows what it has done. Only the client"
    " knows that, so this is told.",
    "tell",
    find,
)

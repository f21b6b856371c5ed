"""Publishing while the broker has asked for a pause."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from fakebroker.ledger.facts import Blocked, ConnectionFacts
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence, order_of

ON_ITS_WAY = 0.1
"""Seconds for what may have been on its way when the client was told."""


AT_ONCE = 0.001
"""Seconds after connection.unblocked in which hardly a client has read it and published."""


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find messages that were published although the client had been told that it is blocked."""
    for connection in evidence.connections:
        for blocked in connection.blocked:
            if not blocked.reached or evidence.is_garbled(connection, blocked.since):
                continue
            messages = evidence.messages_of(connection)
            found = [each for each in messages if _is_within(connection, each, blocked)]
            if blocked.until is not None and not _is_paced(messages, blocked):
                found = [each for each in found if order_of(each) < blocked.until.order]
            if found:
                sure = any(blocked.until is None or order_of(each) < blocked.until.order for each in found)
                text = f"{len(found)} messages were published while the connection was blocked, first {found[0].title}."
                moments = (blocked.since, found[0].published)
                yield Finding(text, moments, connection.number, sure or bool(connection.reads))


def _is_paced(messages: list[PublishedMessage], blocked: Blocked) -> bool:
    """Whether the client had paused between messages until then: it sends no bursts, of which a rest may come late."""
    before = [each for each in messages if order_of(each) < blocked.since.order]
    return len(before) > 1 and all(later.time - each.time >= ON_ITS_WAY for each, later in pairwise(before))


def _is_within(connection: ConnectionFacts, message: PublishedMessage, blocked: Blocked) -> bool:
    """Whether a message was sent while the client knew that it was blocked.

    The broker reads nothing while a connection is blocked. So what was sent meanwhile comes when that is over, before
    the client can have read so.
    """
    order, until = order_of(message), blocked.until
    if order < blocked.since.order or message.time - blocked.since.time < ON_ITS_WAY:
        return False
    if until is None or order < until.order:
        return True
    if connection.reads:
        return not any(until.order <= read < order for read in connection.reads)
    return message.time - until.time < AT_ONCE


CHECK = Check(
    "published-while-blocked",
    "published while the connection was blocked",
    "The broker is short of memory or disk, and has said connection.blocked. It reads no publishes until"
    " connection.unblocked, so they pile up, or block the client. A publisher waits, or keeps them itself.",
    "tell",
    find,
)

"""Publishing while the broker has asked for a pause."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.facts import Blocked
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence, order_of

ON_ITS_WAY = 0.1
"""Seconds for what may have been on its way when the client was told."""


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find messages that were published although the client had been told that it is blocked."""
    for connection in evidence.connections:
        for blocked in connection.blocked:
            if not blocked.reached or evidence.is_garbled(connection, blocked.since):
                continue
            found = [
                each
                for each in evidence.messages_of(connection)
                if each.time - blocked.since.time >= ON_ITS_WAY and _within(order_of(each), blocked)
            ]
            if found:
                text = f"{len(found)} messages were published while the connection was blocked, first {found[0].title}."
                yield Finding(text, (blocked.since, found[0].published), connection.number)


def _within(order: int, blocked: Blocked) -> bool:
    return order > blocked.since.order and (blocked.until is None or order < blocked.until.order)


CHECK = Check(
    "published-while-blocked",
    "published while the connection was blocked",
    "The broker is short of memory or disk, and has said connection.blocked. It reads no publishes until"
    " connection.unblocked, so they pile up, or block the client. A publisher waits, or keeps them itself.",
    "tell",
    find,
)

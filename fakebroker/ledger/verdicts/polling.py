"""Asking again and again whether there is a message."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from fakebroker.ledger.facts import Get
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence

LIMIT = 10


def find(evidence: Evidence, limit: int) -> Iterator[Finding]:
    """Find connections that have asked an empty queue more than ``limit`` times."""
    for connection in evidence.connections:
        empty: defaultdict[str, list[Get]] = defaultdict(list)
        for channel in connection.channels:
            for get in channel.gets:
                if get.empty:
                    empty[get.queue].append(get)
        for queue, gets in empty.items():
            if len(gets) > limit and not evidence.is_garbled(connection, gets[-1].moment):
                text = f"basic.get found nothing in {queue!r} {len(gets)} times."
                yield Finding(text, (gets[0].moment, gets[-1].moment), connection.number)


CHECK = Check(
    "polling",
    "more than {limit} times basic.get of an empty queue",
    "Each basic.get costs a way to the broker and back, and a message waits until the next. A consumer (basic.consume)"
    " gets messages as they come.",
    "tell",
    find,
    LIMIT,
)

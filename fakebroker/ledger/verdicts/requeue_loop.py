"""A message that goes back to its queue again and again."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence

LIMIT = 10
A_PAUSE = 0.1
"""Seconds between two attempts, on average, with which a client does not run hot."""


def find(evidence: Evidence, limit: int) -> Iterator[Finding]:
    """Find messages that their consumers have requeued more than ``limit`` times."""
    for message in evidence.ledger.messages:
        for copy in message.copies:
            back = [
                event
                for event in copy.events
                if event.name in ("nacked", "rejected") and event.requeue and event.rule is None and event.connection
            ]
            if len(back) <= limit:
                continue
            lasted = back[-1].time - back[0].time
            text = (
                f"{message.title} was requeued {len(back)} times in {lasted:g} seconds by who consumes {copy.queue!r}."
            )
            sure = lasted < A_PAUSE * (len(back) - 1)
            yield Finding(text, (back[0], back[-1]), back[-1].connection, sure)


CHECK = Check(
    "requeue-loop",
    "the same message was requeued more than {limit} times",
    "A message that can't be handled, and is rejected with requeue, comes again at once, for ever. Reject it without"
    " requeue into a dead letter exchange, count the attempts, or wait between them. Sure where there is less than"
    " 0.1 seconds between two attempts.",
    "fail",
    find,
    LIMIT,
)

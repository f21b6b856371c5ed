"""A channel for each message."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import AtChannel, Evidence

LIMIT = 5


def find(evidence: Evidence, limit: int) -> Iterator[Finding]:
    """Find connections on which more than ``limit`` channels were made for one message each."""
    for connection in evidence.connections:
        single = [
            channel
            for channel in connection.channels
            if channel.ended is not None and channel.ended.by == "client"
            if len(evidence.published_on(connection, channel)) + _delivered(evidence, AtChannel(connection, channel))
            == 1
        ]
        if len(single) > limit:
            text = f"{len(single)} channels were opened and closed again for one message each."
            yield Finding(text, tuple(each.opened for each in single), connection.number)


def _delivered(evidence: Evidence, place: AtChannel) -> int:
    return len(evidence.delivered_on(place))


CHECK = Check(
    "channel-per-message",
    "more than {limit} channels for one message each",
    "To open and close a channel takes two ways to the broker and back, and a process in RabbitMQ. Channels are meant"
    " to last: keep one open for each thread.",
    "tell",
    find,
    LIMIT,
)

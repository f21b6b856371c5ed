"""A connection without heartbeats."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find connections whose clients have switched heartbeats off."""
    for connection in evidence.connections:
        if connection.offered_heartbeat and connection.heartbeat == 0:
            text = f"the client switched heartbeats off; the broker offered {connection.offered_heartbeat} seconds."
            yield Finding(text, (connection.ready or connection.opened,), connection.number)


CHECK = Check(
    "no-heartbeat",
    "heartbeats were switched off",
    "Without heartbeats a client does not notice that the network is gone, and waits for ever; the broker keeps its"
    " messages, and a proxy may drop a connection that is silent. Choose some seconds in connection.tune-ok.",
    "tell",
    find,
)

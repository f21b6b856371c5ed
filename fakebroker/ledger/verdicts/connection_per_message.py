"""A connection for each message."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.facts import ConnectionFacts
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence

LIMIT = 5


def find(evidence: Evidence, limit: int) -> Iterator[Finding]:
    """Find clients that have made more than ``limit`` connections for one message each."""
    clients: list[list[ConnectionFacts]] = []
    for connection in evidence.connections:
        if not evidence.left(connection) or _messages(evidence, connection) != 1:
            continue
        for client in clients:
            if evidence.same_client(client[0], connection):
                client.append(connection)
                break
        else:
            clients.append([connection])
    for client in clients:
        if len(client) > limit:
            text = f"{len(client)} connections were made and closed again for one message each."
            yield Finding(text, tuple(each.opened for each in client), client[-1].number)


def _messages(evidence: Evidence, connection: ConnectionFacts) -> int:
    return len(evidence.messages_of(connection)) + len(evidence.delivered_to(connection))


CHECK = Check(
    "connection-per-message",
    "more than {limit} connections for one message each",
    "To make a connection takes seven ways to the broker and back, more with TLS, and a process in RabbitMQ."
    " Connections are meant to last: keep one open and use it for all messages.",
    "tell",
    find,
    LIMIT,
)

"""A returned message that nobody cared for."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.ledger.facts import ConnectionFacts
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence, order_of


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find returned messages, after which the client went on as if nothing had been."""
    for message in evidence.messages:
        connection, returned = evidence.connection_of(message), message.returned
        if connection is None or returned is None or not returned.reached or evidence.is_garbled(connection, returned):
            continue
        later = [each for each in evidence.messages_of(connection) if order_of(each) > returned.order]
        if any(each.body == message.body for each in later) or _declares(connection, returned.order):
            continue
        alike = [each for each in later if _route(each) == _route(message)]
        if alike:
            text = f"{message.title} was returned: no queue takes it. The client went on to publish by the same route."
            moments = (message.published, returned, alike[0].published)
            yield Finding(text, moments, connection.number)


def _route(message: PublishedMessage) -> tuple[str, str]:
    return message.exchange, message.routing_key


def _declares(connection: ConnectionFacts, order: int) -> bool:
    """Whether the client has mended its topology since."""
    return any(each.moment.order > order for channel in connection.channels for each in channel.declared)


CHECK = Check(
    "return-ignored",
    "a mandatory message was returned, and the client went on",
    "The client asked for it to be returned where no queue takes it (mandatory), and it was. It then published more by"
    " the same route, with nothing declared or bound and the message not published again. Whoever asks for returns"
    " has to act on them, or messages are lost.",
    "tell",
    find,
)

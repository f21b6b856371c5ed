"""A message that was never confirmed, and not published again."""

from __future__ import annotations

import re
from collections.abc import Iterator

from fakebroker.ledger.event import Moment
from fakebroker.ledger.facts import ChannelFacts, ConnectionFacts
from fakebroker.ledger.message import PublishedMessage
from fakebroker.ledger.verdicts.check import Check, Finding
from fakebroker.ledger.verdicts.evidence import Evidence, order_of, prop

PATIENCE = 60.0
"""Seconds after which a client that is still there has had the time to publish it again."""

_MADE_UP = re.compile(rb"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}|[0-9a-fA-F]{16,}|[0-9][0-9.:TZ+-]{8,}")
"""What programs make up for each attempt, and put into bodies: random numbers and times."""


def find(evidence: Evidence, _: int) -> Iterator[Finding]:
    """Find messages in doubt that their publishers have let drop."""
    for message in evidence.messages:
        connection, channel = evidence.connection_of(message), evidence.channel_of(message)
        if connection is None or channel is None or not message.confirm_mode or message.refused is not None:
            continue
        doubt = _doubt(message, connection, channel)
        if doubt is None or evidence.is_garbled(connection, doubt[1]) or _again(evidence, message):
            continue
        why, moment = doubt
        later = _later(evidence, message, connection, moment)
        text = f"{message.title} was not confirmed: {why}. It was not published again"
        if later is None:
            yield Finding(f"{text}.", (message.published, moment), connection.number, sure=False)
            continue
        over = evidence.is_finished(connection) or evidence.now - moment.time >= PATIENCE
        text += f", though the client went on and published {later.body[:40]!r} by the same route."
        yield Finding(text, (message.published, moment, later.published), connection.number, sure=over)


def _doubt(message: PublishedMessage, connection: ConnectionFacts, channel: ChannelFacts) -> tuple[str, Moment] | None:
    """Why the message is in doubt, and since when; None if it is not, or the client has not been told so."""
    told = message.told
    if told is not None:
        return None if told.name == "confirmed" else ("the broker sent a nack", told)
    for what, end in (("its channel", channel.ended), ("its connection", connection.ended)):
        if end is not None and end.by == "broker" and end.reached:
            return f"{what} ended before", end.moment
    return None


def _again(evidence: Evidence, message: PublishedMessage) -> bool:
    """Whether the same was published later, or confirmed before: the message_id is the same, or the body but for what
    is made up anew."""
    own, body = prop(message, "message_id"), _MADE_UP.sub(b"", message.body)
    return any(
        _MADE_UP.sub(b"", other.body) == body or (own is not None and prop(other, "message_id") == own)
        for other in evidence.messages
        if order_of(other) > order_of(message) or _is_confirmed(other)
    )


def _is_confirmed(message: PublishedMessage) -> bool:
    return message.told is not None and message.told.name == "confirmed"


def _later(
    evidence: Evidence, message: PublishedMessage, connection: ConnectionFacts, doubt: Moment
) -> PublishedMessage | None:
    """A message that the same client has published since by the same route, and that was confirmed."""
    numbers = {each.number for each in evidence.successors(connection)} | {connection.number}
    for other in evidence.messages:
        same = (other.vhost, other.exchange, other.routing_key) == (
            message.vhost,
            message.exchange,
            message.routing_key,
        )
        if same and other.connection in numbers and order_of(other) > doubt.order and other.confirmed is not None:
            return other
    return None


CHECK = Check(
    "never-confirmed",
    "published, never confirmed, and not published again",
    "The client was told that a message is in doubt: a nack came, or the channel or the connection ended before its"
    " confirm. The message may be lost. A publisher keeps each message until it is confirmed, and publishes it again"
    " otherwise. Sure where the client went on with other messages of the same route, and has ended, or had a minute.",
    "fail",
    find,
)

"""A message in a queue, and what RabbitMQ checks before it takes a message from a publisher."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Protocol

from fakebroker.erlang.compare import as_bytes, type_name
from fakebroker.erlang.pretty_print import show_pair
from fakebroker.errors import AMQPError
from fakebroker.values import Value

MAX_EXPIRY = 315_360_000_000
"""Milliseconds: ten years of 365 days, the longest TTL that RabbitMQ 3.10 takes."""

_INTEGER = re.compile(rb"[+-]?[0-9]+")


class Properties(Protocol):
    """The content properties that the broker looks at. Each is None when the publisher gave none."""

    @property
    def headers(self) -> Mapping[str, Value] | None: ...
    @property
    def delivery_mode(self) -> int | None: ...
    @property
    def priority(self) -> int | None: ...
    @property
    def reply_to(self) -> str | None: ...
    @property
    def expiration(self) -> str | None: ...
    @property
    def user_id(self) -> str | None: ...


class MessageContent(Protocol):
    """The properties and the body of a message. ``header`` is the properties encoded, as they came or will go.

    ``properties`` raises ``DecodeError`` when the octets that came can't be decoded.
    """

    @property
    def properties(self) -> Properties: ...
    @property
    def header(self) -> bytes: ...
    @property
    def body(self) -> bytes: ...
    def with_body(self, body: bytes) -> MessageContent: ...
    def with_properties(self, **changes: Value) -> MessageContent: ...


class Message:
    """One message in one queue. A message that is routed to several queues is copied; the copies share the content.

    ``exchange`` and ``routing_key`` are what the consumer is told. ``more_keys`` are the routing keys from the headers
    CC and BCC.

    ``expires`` is the time after which the message is dead, in milliseconds of the clock; None for never.
    ``redelivered`` is true when it has been delivered and put back. ``position`` is its place in its queue; the queue
    sets it when the message leaves the front. ``returns`` counts how often it was put back (quorum queues).
    ``known`` is what a watcher knows it by; where there is no watcher there is no such attribute.
    """

    __slots__ = (
        "content",
        "exchange",
        "expires",
        "known",
        "more_keys",
        "position",
        "redelivered",
        "returns",
        "routing_key",
    )

    known: object

    def __init__(
        self,
        exchange: str,
        routing_key: str,
        content: MessageContent,
        more_keys: tuple[str, ...] = (),
    ) -> None:
        self.exchange = exchange
        self.routing_key = routing_key
        self.content = content
        self.more_keys = more_keys
        self.expires: int | None = None
        self.redelivered = False
        self.position = -1
        self.returns = 0

    @property
    def routing_keys(self) -> tuple[str, ...]:
        """All keys that the message is routed by: the publisher's, and then those from CC and BCC."""
        return (self.routing_key, *self.more_keys)

    @property
    def persistent(self) -> bool:
        """Does it survive a restart, in a durable queue?"""
        return self.content.properties.delivery_mode == 2

    @property
    def body(self) -> bytes:
        return self.content.body

    @property
    def properties(self) -> Properties:
        return self.content.properties

    def copy(self) -> Message:
        """The same message for one more queue."""
        return Message(self.exchange, self.routing_key, self.content, self.more_keys)

    def __repr__(self) -> str:
        body = self.content.body
        shown = repr(body) if len(body) <= 40 else f"{body[:40]!r}... ({len(body)} bytes)"
        redelivered = " redelivered" if self.redelivered else ""
        return f"<Message {shown} to {self.exchange!r} by {self.routing_key!r}{redelivered}>"


def make_message(exchange: str, routing_key: str, content: MessageContent) -> Message:
    """Make the message for a publish: read the headers CC and BCC, and take BCC out of the content (RabbitMQ 3.10).

    :raises AMQPError: precondition-failed for a CC or BCC that is no array, or an unknown delivery mode.
    """
    properties = content.properties
    more_keys: tuple[str, ...] = ()
    headers = properties.headers
    if headers and ("CC" in headers or "BCC" in headers):
        more_keys = header_routes(headers)
        if "BCC" in headers:
            content = content.with_properties(headers={key: headers[key] for key in headers if key != "BCC"})
    mode = properties.delivery_mode
    if mode is not None and mode not in (1, 2):
        raise AMQPError("precondition-failed", f"invalid message: {{delivery_mode_unknown,{int(mode)}}}")
    return Message(exchange, routing_key, content, more_keys)


def header_routes(headers: Mapping[str, Value]) -> tuple[str, ...]:
    """The routing keys in the headers CC and BCC. Members that are no strings are ignored.

    :raises AMQPError: precondition-failed when one of the headers is no array.
    """
    routes: list[str] = []
    for key in ("CC", "BCC"):
        if key not in headers:
            continue
        value = headers[key]
        if not isinstance(value, list):
            reason = f'{{unacceptable_type_in_header,"{key}",{type_name(value)}}}'
            raise AMQPError("precondition-failed", f"invalid message: {reason}")
        routes.extend(route for route in value if isinstance(route, str))
    return tuple(routes)


def check_expiry(milliseconds: int) -> str | None:
    """RabbitMQ's words for what is wrong with a TTL or an expiry; None when nothing is."""
    wrong = _wrong_expiry(milliseconds)
    return None if wrong is None else f"{{{wrong},{milliseconds}}}"


def _wrong_expiry(milliseconds: int) -> str | None:
    if milliseconds < 0:
        return "value_negative"
    return "value_too_large" if milliseconds > MAX_EXPIRY else None


def parse_expiration(text: str) -> int:
    """Read the property ``expiration``, in milliseconds.

    :raises AMQPError: precondition-failed, in RabbitMQ's words, for anything but a whole number in range. A sign is
        allowed, blanks are not.
    """
    octets = as_bytes(text)
    match = _INTEGER.match(octets)
    opening = f"invalid expiration '{text}': "
    column = len(as_bytes(opening))
    if match is None:
        raise AMQPError("precondition-failed", opening + "no_integer")
    if match.end() != len(octets):
        raise AMQPError("precondition-failed", opening + show_pair("leftover_string", octets[match.end() :], column))
    milliseconds = int(octets)
    wrong = _wrong_expiry(milliseconds)
    if wrong is not None:
        raise AMQPError("precondition-failed", opening + show_pair(wrong, milliseconds, column))
    return milliseconds

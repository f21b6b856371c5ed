"""Login responses of the two mechanisms that RabbitMQ offers: ``PLAIN`` and ``AMQPLAIN``."""

from __future__ import annotations

from fakebroker.errors import AMQPError, DecodeError, crash
from fakebroker.wire.field_table import decode_table, encode_table

MECHANISMS = ("AMQPLAIN", "PLAIN")
"""In the order in which RabbitMQ 3.10 offers them."""


def credentials(mechanism: str, response: bytes) -> tuple[str, str]:
    """The user and the password in a client's response.

    :raises AMQPError: syntax-error, for a response that isn't one of this mechanism; command-invalid, for a mechanism
        that isn't one of these two; internal-error, for an AMQPLAIN response that isn't a field table. (RabbitMQ 3.10
        says nothing of it to the client, who isn't let in yet: the socket closes after 3 seconds.)
    """
    if mechanism == "PLAIN":
        return _plain(response)
    if mechanism == "AMQPLAIN":
        return _amqplain(response)
    raise AMQPError("command-invalid", f"unknown authentication mechanism '{mechanism}'")


def response(mechanism: str, user: str, password: str) -> bytes:
    """What a client answers with one of the two mechanisms."""
    if mechanism == "AMQPLAIN":
        return encode_table({"LOGIN": user, "PASSWORD": password})
    return b"\0".join((b"", _bytes(user), _bytes(password)))


def _plain(response: bytes) -> tuple[str, str]:
    """RFC 4616 without an authorization identity, which RabbitMQ does not take."""
    parts = response.split(b"\0")
    if len(parts) != 3 or parts[0]:
        raise AMQPError("syntax-error", f"response {response!r} invalid")
    return _text(parts[1]), _text(parts[2])


def _amqplain(response: bytes) -> tuple[str, str]:
    try:
        table = decode_table(response)
    except DecodeError:
        raise crash() from None
    if "LOGIN" not in table or "PASSWORD" not in table:
        raise AMQPError("syntax-error", f"AMQPLAIN auth info {table} is missing LOGIN or PASSWORD field")
    user, password = table["LOGIN"], table["PASSWORD"]
    if not isinstance(user, str) or not isinstance(password, str):
        raise AMQPError("syntax-error", f"AMQPLAIN auth info {table} uses unsupported type for LOGIN or PASSWORD field")
    return user, password


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

"""Login responses of the two mechanisms that RabbitMQ offers: ``PLAIN`` and ``AMQPLAIN``."""

from __future__ import annotations

from fakebroker.errors import AMQPError, DecodeError, crash
from fakebroker.wire.field_table import decode_table, encode_table

READABLE = ("AMQPLAIN", "PLAIN")
"""The mechanisms whose responses can be read and written here."""


def credentials(mechanism: str, response: bytes) -> tuple[str, str]:
    """Read the user and the password from a client's response.

    :raises AMQPError: syntax-error when the response is wrong for this mechanism; command-invalid when there is no such
        mechanism; internal-error when an AMQPLAIN response is not a field table. RabbitMQ 3.10 tells the client none of
        this: the socket closes after 3 seconds.
    """
    if mechanism == "PLAIN":
        return _plain(response)
    if mechanism == "AMQPLAIN":
        return _amqplain(response)
    raise AMQPError("command-invalid", f"unknown authentication mechanism '{mechanism}'")


def response(mechanism: str, user: str, password: str) -> bytes:
    """Write the response of a client, for one of the two mechanisms."""
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

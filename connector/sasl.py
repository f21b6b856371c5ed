"""SASL responses, and the tables that they are written in."""

from __future__ import annotations

from collections.abc import Mapping
from struct import pack
from typing import TypeAlias

TableValue: TypeAlias = "str | bool | int | Mapping[str, TableValue]"


def response(mechanism: str, user: str, password: str) -> bytes:
    """The response of `mechanism`, ``"PLAIN"`` (RFC 4616) or ``"AMQPLAIN"`` (0-8: a field table without its length).

    :raises ValueError: for another mechanism.
    """
    if mechanism == "PLAIN":
        return f"\0{user}\0{password}".encode()
    if mechanism == "AMQPLAIN":
        return table({"LOGIN": user, "PASSWORD": password})
    raise ValueError(f"the connector has no response for the mechanism {mechanism!r}: override respond()")


def table(values: Mapping[str, TableValue]) -> bytes:
    """The pairs of a field table, without the length in front.

    txAMQP's codec writes no booleans, no nested tables, and wrong lengths for text outside ASCII.
    """
    return b"".join(shortstr(name) + _field(value) for name, value in values.items())


def shortstr(text: str) -> bytes:
    """A short string: its length, then up to 255 bytes."""
    data = text.encode()
    return pack("!B", len(data)) + data


def longstr(data: bytes) -> bytes:
    """A long string: its length, then the bytes. With a table's pairs as bytes, it is a table."""
    return pack("!L", len(data)) + data


def _field(value: TableValue) -> bytes:
    if isinstance(value, str):
        return b"S" + longstr(value.encode())
    if isinstance(value, bool):
        return b"t" + pack("!?", value)
    if isinstance(value, int):
        return b"I" + pack("!l", value)
    return b"F" + longstr(table(value))

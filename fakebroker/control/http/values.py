"""How the broker's values look in JSON."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fakebroker.values import Value

NODE = "rabbit@localhost"
"""The name of the one node of this broker."""


def table_to_json(table: Mapping[str, Value]) -> dict[str, Any]:
    """An AMQP table as RabbitMQ shows it in JSON."""
    return {key: to_json(value) for key, value in table.items()}


def to_json(value: Value) -> Any:
    """An AMQP value as RabbitMQ shows it in JSON: without its type, and octets that are no text in base64."""
    if value is None:
        return "undefined"
    if isinstance(value, dict):
        return table_to_json(value)
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, Decimal):
        return float(value)
    return _text(value) if isinstance(value, (str, bytes)) else value


def _text(value: str | bytes) -> str:
    octets = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return f"Not UTF-8, base64 is: {base64.b64encode(octets).decode('ascii')}"


def payload_of(body: bytes, encoding: str) -> dict[str, str]:
    """The body of a message: as it is if it is text and the encoding ``auto``, else in base64."""
    if encoding == "auto":
        try:
            return {"payload": body.decode("utf-8"), "payload_encoding": "string"}
        except UnicodeDecodeError:
            pass
    return {"payload": base64.b64encode(body).decode("ascii"), "payload_encoding": "base64"}


def with_rates(counts: Mapping[str, int]) -> dict[str, Any]:
    """Each count, and beside it the details that RabbitMQ gives of it.

    The rate is always 0.0: what it would be depends on when RabbitMQ last looked.
    """
    shown: dict[str, Any] = {}
    for name, count in counts.items():
        shown[name] = count
        shown[f"{name}_details"] = {"rate": 0.0}
    return shown


def addresses(connection_name: str) -> tuple[str, int, str, int]:
    """Host and port of the peer and of the broker, from a connection's name, ``host:port -> host:port``."""
    peer, _, here = connection_name.partition(" -> ")
    return (*_address(peer), *_address(here))


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return (host, int(port)) if port.isdigit() else (text, 0)

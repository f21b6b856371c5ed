"""The body of a request: JSON, RabbitMQ's complaints about it, and what its values are in AMQP."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from fakebroker.control.http.endpoint import Call, bad_request, crash
from fakebroker.json_reader import parse_json
from fakebroker.values import Int64, Table, Value

LIMIT = 8_000_000
"""Octets of a body that RabbitMQ reads in one go; it refuses a longer one."""

_DOUBLE = "invalid payload: the request body JSON-decoded to a string. Is the input doubly-JSON-encoded?"


def read_object(call: Call, *required: str) -> dict[str, Any]:
    """The object that is the body; nothing, and ``null``, count as an empty one.

    :param required: keys that must be there.
    :raises Refusal: 400.
    """
    if len(call.body) > LIMIT:
        raise bad_request("Exceeded HTTP request body size limit")
    found = _decode(call.body)
    missing = [key for key in required if key not in found]
    if missing:
        raise bad_request(_list([f"{{key_missing,{key}}}" for key in missing]))
    return found


def _decode(body: bytes) -> dict[str, Any]:
    if body in (b"", b"undefined"):
        return {}
    try:
        value = parse_json(body)
    except ValueError:
        raise bad_request("not_json") from None
    if value is None or isinstance(value, bool):
        return {}
    if isinstance(value, str):
        raise bad_request(_DOUBLE)
    if not isinstance(value, dict):
        raise bad_request("not_json")
    return value


def _list(items: list[str]) -> str:
    """As Erlang's ``~p`` prints a list: in one line, or, beyond 72 characters or so, each on its own."""
    line = f"[{','.join(items)}]"
    return line if len(line) <= 68 else f"[{(',' + chr(10) + ' ').join(items)}]"


def boolean(value: Any) -> bool:
    """A boolean, or the word for one.

    :raises Refusal: 400.
    """
    if value in (True, False) and isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise bad_request(["not_boolean", value])


def integer(value: Any) -> int:
    """A whole number, or the digits of one.

    :raises Refusal: 400.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        return int(value)
    except (TypeError, ValueError):
        raise bad_request(["not_integer", value]) from None


def octets(value: Any) -> bytes:
    """What stands in base64.

    :raises Refusal: 400.
    """
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise bad_request(["not_base64", value]) from None


def text(value: Any) -> str:
    """A string; RabbitMQ crashes on anything else.

    :raises Refusal: 500.
    """
    if not isinstance(value, str):
        raise crash()
    return value


def to_table(value: Any) -> Table:
    """An AMQP table from a JSON object. Whole numbers become 64 bits wide, as RabbitMQ makes them.

    :raises Refusal: 400 for a null in it; 500 for what is no object, as RabbitMQ crashes on it.
    """
    if value == []:
        return {}
    if not isinstance(value, Mapping):
        raise crash()
    return {key: to_amqp(item) for key, item in value.items()}


def to_amqp(value: Any) -> Value:
    """An AMQP value from a JSON value.

    :raises Refusal: 400 for null.
    """
    if value is None:
        raise bad_request("null_not_allowed")
    if isinstance(value, bool):
        return value
    if isinstance(value, int):
        return Int64(value)
    if isinstance(value, Mapping):
        return to_table(value)
    if isinstance(value, list):
        return [to_amqp(item) for item in value]
    return float(value) if isinstance(value, float) else str(value)

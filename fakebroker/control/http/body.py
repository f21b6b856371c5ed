"""The body of a request: JSON, RabbitMQ's complaints about it, and what its values are in AMQP."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from fakebroker.broker.json_form import show_json
from fakebroker.control.http.endpoint import Call, Refusal, bad_request
from fakebroker.json_reader import Json, parse_json
from fakebroker.values import Int64, Table, Value, fold

LIMIT = 8_000_000
"""Octets of a body that RabbitMQ reads in one go; it refuses a longer one."""

_DIGITS = re.compile(r"[+-]?[0-9]{1,100}")
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


def _decode(body: bytes) -> dict[str, Json]:
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
    """A list as Erlang's ``~p`` prints it: on one line, or one item a line when it is longer than about 72
    characters."""
    line = f"[{','.join(items)}]"
    return line if len(line) <= 68 else f"[{(',' + chr(10) + ' ').join(items)}]"


def boolean(value: Json) -> bool:
    """A boolean, or the word for one.

    :raises Refusal: 400.
    """
    if isinstance(value, bool):
        return value
    if value in ("true", "false"):
        return bool(value == "true")
    raise bad_request(["not_boolean", value])


def passive(wanted: Mapping[str, Json]) -> bool:
    """Reads ``passive``: should the declare only check that the resource exists?

    :raises Refusal: 400.
    """
    value = wanted.get("passive", False)
    if not isinstance(value, bool):
        raise bad_request(["not_boolean", value])
    return value


def integer(value: Json) -> int:
    """A whole number. Digits in a string are accepted, and another number loses its fraction.

    :raises Refusal: 400.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return int(value)
    if isinstance(value, str) and _DIGITS.fullmatch(value):
        return int(value)
    raise bad_request(["not_integer", value])


def octets(value: object) -> bytes:
    """Decodes base64. RabbitMQ takes an empty list as an empty string.

    :raises Refusal: 400.
    """
    if value == []:
        return b""
    if isinstance(value, str):
        with suppress(binascii.Error, ValueError):
            return base64.b64decode(re.sub(r"[ \t\r\n]", "", value), validate=True)
    raise bad_request(["not_base64", value])


def text(value: Json, what: str) -> str:
    """A string. Where a value is not a string, RabbitMQ mostly crashes without an error text, at once or later.

    :param what: the name of the member.
    :raises Refusal: 400.
    """
    if not isinstance(value, str):
        raise wrong(what, "a string", value)
    return value


def any_name(value: Json) -> str:
    """A routing key or the like. RabbitMQ accepts values of any type here; they become text, such as ``5``."""
    return value if isinstance(value, str) else show_json(value)


def wrong(what: str, kind: str, value: Json) -> Refusal:
    """400 for a value of the wrong type, in RabbitMQ's words."""
    return bad_request(f"{what} should be {kind}, actually was {show_json(value)}")


def to_table(value: Json, what: str) -> Table:
    """An AMQP table from a JSON object. Whole numbers become 64 bits wide, as RabbitMQ makes them.

    :param what: the name of the member.
    :raises Refusal: 400 when it holds a null, or is not an object.
    """
    if value == []:
        return {}
    if not isinstance(value, dict):
        raise wrong(what, "an object", value)
    table: Table = fold(
        value, _to_amqp, lambda keys, items: dict(zip(keys, items, strict=True)), lambda _, items: items
    )
    return table


def _to_amqp(value: Value) -> Value:
    if value is None:
        raise bad_request("null_not_allowed")
    if isinstance(value, int) and not isinstance(value, bool):
        return Int64(value)
    return value

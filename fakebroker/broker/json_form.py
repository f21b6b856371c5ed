"""Field-table values in JSON, as RabbitMQ's management API shows them."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import cast

from fakebroker.erlang.compare import as_bytes
from fakebroker.erlang.pretty_print import show_binary, show_float
from fakebroker.json_reader import Json
from fakebroker.values import Value, fold


def table_to_json(table: Mapping[str, Value]) -> dict[str, Json]:
    """A table as JSON has it."""
    return dict(zip(table, map(to_json, table.values()), strict=True))


def to_json(value: Value) -> Json:
    """A value as JSON has it. As in RabbitMQ, what JSON can't say is lost.

    That is the type of a number, and that a value is void, not finite, or octets (which are in base64 unless they are
    UTF-8).
    """
    shown: Json = fold(
        value, _plain, lambda table, values: dict(zip(table, values, strict=True)), lambda _, items: items
    )
    return shown


def _plain(value: Value) -> Json:
    if value is None:
        return "undefined"
    if isinstance(value, (str, bytes)):
        return _text(value)
    return value if isinstance(value, int) else _number(cast(float, value))


def _text(value: str | bytes) -> str:
    octets = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return f"Not UTF-8, base64 is: {base64.b64encode(octets).decode('ascii')}"


def _number(value: float | Decimal) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else str(number)


def show_json(value: object) -> str:
    """A value that came as JSON, as Erlang's ``~p`` prints it on one line: maps are ``#{<<"a">> => 1}``."""
    return str(fold(value, _shown, _shown_map, lambda _, items: f"[{','.join(items)}]"))


def _shown(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (str, bytes)):
        return show_binary(as_bytes(value))
    return show_float(value) if isinstance(value, float) else str(value)


def _shown_map(table: Mapping[str, object], values: list[str]) -> str:
    pairs = zip(table, values, strict=True)
    return f"#{{{','.join(f'{show_binary(as_bytes(key))} => {shown}' for key, shown in pairs)}}}"

"""Field-table values in JSON, as RabbitMQ's management API shows them."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from fakebroker.values import Value


def table_to_json(table: Mapping[str, Value]) -> dict[str, Any]:
    """A table as JSON has it."""
    return {key: to_json(value) for key, value in table.items()}


def to_json(value: Value) -> Any:
    """A value as JSON has it, where RabbitMQ too gives up what JSON can't say.

    That is the type of a number, octets (in base64 where they are no text), void, and numbers that are none.
    """
    if value is None:
        return "undefined"
    if isinstance(value, dict):
        return table_to_json(value)
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if isinstance(value, (str, bytes)):
        return _text(value)
    return value if isinstance(value, int) else _number(value)


def _text(value: str | bytes) -> str:
    octets = value.encode("utf-8", "surrogateescape") if isinstance(value, str) else value
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return f"Not UTF-8, base64 is: {base64.b64encode(octets).decode('ascii')}"


def _number(value: float | Decimal) -> float | str:
    number = float(value)
    return number if math.isfinite(number) else str(number)

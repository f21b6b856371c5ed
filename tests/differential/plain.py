"""Field values as plain JSON and back, so that scenarios and answers can be kept in files.

What JSON has is itself; ``int`` is AMQP's ``I``. Every other width, and bytes, decimals, timestamps, stand as an object
with a single key that begins with a dollar sign: ``{"$b": 5}``, ``{"$x": "00ff"}``, ``{"$D": "1.50"}``.

A scenario can say ``{"$deep": ["F", 5000, 1]}`` for a number in 5,000 tables, or arrays (``"A"``). In answers what is
nested deep stands as ``{"$encoded": digest}``.
"""

from __future__ import annotations

import hashlib
from decimal import Decimal
from typing import Any, Union

from fakebroker.values import Float32, Int8, Int16, Int64, Nested, Timestamp, UInt8, UInt16, UInt32, Value, fold
from fakebroker.wire.field_table import encode_value

Plain = Union[None, bool, int, float, str, "list[Plain]", "dict[str, Plain]"]

_INTEGERS: dict[str, type[int]] = {
    "$b": Int8, "$B": UInt8, "$s": Int16, "$u": UInt16, "$i": UInt32, "$l": Int64, "$T": Timestamp,
}
_DEEP = 30
_KEYS: dict[type[int], str] = {kind: key for key, kind in _INTEGERS.items()}


def to_plain(value: Value) -> Plain:
    """A field value as JSON has it."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, int):
        key = _KEYS.get(type(value))
        return int(value) if key is None else {key: int(value)}
    if isinstance(value, Float32):
        return {"$f": float(value)}
    if isinstance(value, float):
        return value
    if isinstance(value, (bytes, bytearray)):
        return {"$x": bytes(value).hex()}
    if isinstance(value, Decimal):
        return {"$D": str(value)}
    if isinstance(value, list):
        return [_inside(item) for item in value]
    return {key: _inside(item) for key, item in value.items()}


def _inside(value: Value) -> Plain:
    """A value in another one. Not a whole table of headers: there may be times in it."""
    if isinstance(value, (dict, list)) and fold(value, _no_depth, _depth, _depth) > _DEEP:
        return {"$encoded": hashlib.sha256(encode_value(value)).hexdigest()[:16]}
    return to_plain(value)


def _no_depth(value: Value) -> int:
    return _DEEP if isinstance(value, Nested) else 0


def _depth(_: Value, depths: list[int]) -> int:
    return max(depths, default=0) + 1


def from_plain(plain: Plain) -> Any:
    """The field value that :func:`to_plain` was given."""
    if isinstance(plain, list):
        return [from_plain(item) for item in plain]
    if not isinstance(plain, dict):
        return plain
    if len(plain) == 1:
        key, item = next(iter(plain.items()))
        if key in _INTEGERS:
            return _INTEGERS[key](item)  # type: ignore[arg-type]
        if key in _OTHERS:
            return _OTHERS[key](item)
    return {key: from_plain(item) for key, item in plain.items()}


def _nested(given: list[Any]) -> Any:
    letter, depth, value = given
    for _ in range(depth):
        value = {"k": value} if letter == "F" else [value]
    return value


_OTHERS: dict[str, Any] = {"$deep": _nested, "$f": Float32, "$x": bytes.fromhex, "$D": Decimal}

"""Field tables, as RabbitMQ reads and writes them.

The letters and what they mean are in ``fakebroker.values``. ``L`` is read as ``l``; a shortstr (``s`` in the AMQP
text) does not occur: RabbitMQ and every client read ``s`` as a signed short.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from math import isfinite
from struct import Struct
from typing import Any

from fakebroker.errors import DecodeError
from fakebroker.values import (
    Float32,
    Int8,
    Int16,
    Int64,
    Nested,
    Table,
    Timestamp,
    UInt8,
    UInt16,
    UInt32,
    Value,
    fold,
)

MAX_DEPTH = 512
"""How deep tables and arrays may be nested to become dicts and lists; deeper ones become ``Nested``.

RabbitMQ has no limit. But a value that is deeper than Python's stack helps nobody.
"""

_STEP = 64
"""How deep the functions here call each other. What is nested deeper is put off, and read later."""

_Inside = tuple[Callable[..., None], object, int, int, int]
"""A table or array that is put off: what fills it, the container, where its octets begin and end, and its depth."""

_long = Struct(">I")


def decode_table(data: bytes) -> Table:
    """Read the fields of a table. If a name comes twice, its first value counts.

    :param data: the octets behind the table's length.
    :raises DecodeError: for an unknown type letter, a value that is cut short, or a float that is infinite or not a
        number. For each of them RabbitMQ 3.10 drops the socket.
    """
    table: Table = {}
    later: list[_Inside] = []
    try:
        _decode_fields(data, 0, len(data), table, 0, later)
        for fill, container, start, end, depth in later:  # it grows meanwhile
            fill(data, start, end, container, depth, later)
    except (IndexError, struct.error):
        raise DecodeError("a field table that is cut short") from None
    return table


def _decode_fields(data: bytes, offset: int, end: int, table: Table, depth: int, later: list[_Inside]) -> None:
    while offset < end:
        start = offset + 1
        offset = start + data[offset]
        name = str(data[start:offset], "utf-8", "surrogateescape")
        value, offset = _decode_value(data, offset, depth, later)
        table.setdefault(name, value)
    if offset != end:
        raise DecodeError("a field table that is cut short")


def _decode_array(data: bytes, offset: int, end: int, array: list[Value], depth: int, later: list[_Inside]) -> None:
    while offset < end:
        value, offset = _decode_value(data, offset, depth, later)
        array.append(value)
    if offset != end:
        raise DecodeError("an array that is cut short")


def _decode_value(data: bytes, offset: int, depth: int, later: list[_Inside]) -> tuple[Value, int]:
    """Read the letter and the value at an offset.

    :param later: what is nested too deep for now is added here, and its container returned empty.
    :return: the value, and the offset behind it.
    """
    letter = data[offset]
    fixed = _FIXED.get(letter)
    if fixed is not None:
        layout, convert = fixed
        return convert(*layout.unpack_from(data, offset + 1)), offset + 1 + layout.size
    start = offset + 5
    end = start + _long.unpack_from(data, offset + 1)[0] if letter in b"SxFA" else start
    if letter == 83:  # S
        return str(data[start:end], "utf-8", "surrogateescape"), end
    if letter == 120:  # x
        return data[start:end], end
    if letter not in b"FA":
        raise DecodeError(f"a field of unknown type {bytes([letter])!r}")
    fill: Callable[..., None] = _decode_fields if letter == 70 else _decode_array
    inner: Any = {} if letter == 70 else []
    if depth == MAX_DEPTH:
        later.append((fill, inner, start, end, 0))  # it is read to find errors in it, and then forgotten
        return Nested(data[offset:end]), end
    if depth % _STEP == _STEP - 1:
        later.append((fill, inner, start, end, depth + 1))
    else:
        fill(data, start, end, inner, depth + 1, later)
    return inner, end


def _finite(value: float) -> float:
    if not isfinite(value):
        raise DecodeError(f"a float that Erlang does not have: {value}")
    return value


def _decimal(scale: int, digits: int) -> Decimal:
    return Decimal((0, tuple(map(int, str(digits))), -scale))


# For each letter the layout, and what makes a Python value of the unpacked one.
_FIXED: dict[int, tuple[Struct, Callable[..., Value]]] = {
    ord(letter): (Struct(">" + layout), convert)
    for letter, layout, convert in (
        ("t", "B", bool),
        ("b", "b", Int8),
        ("B", "B", UInt8),
        ("s", "h", Int16),
        ("u", "H", UInt16),
        ("I", "i", int),
        ("i", "I", UInt32),
        ("l", "q", Int64),
        ("L", "q", Int64),
        ("T", "Q", Timestamp),
        ("f", "f", lambda value: Float32(_finite(value))),
        ("d", "d", _finite),
        ("D", "BI", _decimal),
        ("V", "", lambda: None),
    )
}


class ConstantTable(dict[str, Value]):
    """A table that is sent often and never changes. It keeps its encoded bytes."""

    __slots__ = ("encoded",)

    def __init__(self, table: Table) -> None:
        super().__init__(table)
        self.encoded = encode_table(table)


def encode_table(table: Mapping[str, Value]) -> bytes:
    """Write the fields of a table, without the table's length.

    :raises ValueError: for a name that is longer than 255 bytes, or a number that no field type can hold.
    :raises TypeError: for a value of a type that ``fakebroker.values`` does not list.
    """
    if type(table) is ConstantTable:
        return table.encoded
    return _fields(table, map(encode_value, table.values()))


def _fields(table: Mapping[str, Value], encoded: Iterable[bytes]) -> bytes:
    """Write the fields of a table whose values have been encoded."""
    parts: list[bytes] = []
    for name, value in zip(table, encoded, strict=True):
        key = name.encode("utf-8", "surrogateescape")
        if len(key) > 255:
            raise ValueError(f"field name longer than 255 bytes: {name[:20]!r}...")
        parts += (bytes((len(key),)), key, value)
    return b"".join(parts)


def encode_value(value: Value) -> bytes:
    """Write one value: its letter, then its bytes. Errors as in ``encode_table``."""
    encoder = _ENCODERS.get(type(value)) or _inherited(type(value))
    try:
        return encoder(value)
    except (struct.error, OverflowError):
        raise ValueError(f"{value!r} does not fit the field type of {type(value).__name__}") from None


def _inherited(kind: type) -> Callable[[Any], bytes]:
    """Find the encoder for a subclass, such as an enum."""
    for base in kind.__mro__:
        if base in _ENCODERS:
            return _ENCODERS[base]
    raise TypeError(f"no field type for a value of type {kind.__name__}")


def _encode_nested(value: Value) -> bytes:
    """Write a table or an array, without recursion."""
    encoded: bytes = fold(
        value,
        encode_value,
        lambda table, items: _sized(b"F", _fields(table, items)),
        lambda _, items: _sized(b"A", b"".join(items)),
    )
    return encoded


def _sized(letter: bytes, data: bytes) -> bytes:
    return b"".join((letter, _long.pack(len(data)), data))


def _encode_int(value: int) -> bytes:
    return (b"I" + _INT.pack(value)) if -0x80000000 <= value <= 0x7FFFFFFF else b"l" + _INT64.pack(value)


def _encode_decimal(value: Decimal) -> bytes:
    sign, digits, exponent = value.as_tuple()
    if sign or not isinstance(exponent, int):
        raise ValueError(f"{value} is not a decimal that RabbitMQ can read: it takes no sign")
    number = int("".join(map(str, digits))) * 10 ** max(exponent, 0)
    return b"D" + _DECIMAL.pack(max(-exponent, 0), number)


def _packer(letter: bytes, layout: str) -> Callable[[Any], bytes]:
    pack = Struct(">c" + layout).pack
    return lambda value: pack(letter, value)


_INT, _INT64, _DECIMAL = Struct(">i"), Struct(">q"), Struct(">BI")
_ENCODERS: dict[type, Callable[[Any], bytes]] = {
    bool: _packer(b"t", "?"),
    Int8: _packer(b"b", "b"),
    UInt8: _packer(b"B", "B"),
    Int16: _packer(b"s", "h"),
    UInt16: _packer(b"u", "H"),
    UInt32: _packer(b"i", "I"),
    Int64: _packer(b"l", "q"),
    Timestamp: _packer(b"T", "Q"),
    int: _encode_int,
    Float32: _packer(b"f", "f"),
    float: _packer(b"d", "d"),
    Decimal: _encode_decimal,
    str: lambda value: _sized(b"S", value.encode("utf-8", "surrogateescape")),
    bytes: lambda value: _sized(b"x", value),
    Nested: bytes,
    list: _encode_nested,
    dict: _encode_nested,
    type(None): lambda _: b"V",
}

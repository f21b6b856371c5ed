"""Field-table values as RabbitMQ compares and orders them: Erlang's ``==`` and order of terms.

RabbitMQ keeps a value as an Erlang term beside the name of its type. Where it compares the terms alone, the width of a
number does not count; where it compares both (which bindings are the same binding), it does.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal

from fakebroker.values import Float32, Int8, Int16, Int64, Nested, Timestamp, UInt8, UInt16, UInt32, Value, fold

_TYPE_NAMES: dict[type, str] = {
    bool: "bool",
    int: "signedint",
    Int8: "byte",
    UInt8: "unsignedbyte",
    Int16: "short",
    UInt16: "unsignedshort",
    UInt32: "unsignedint",
    Int64: "long",
    Timestamp: "timestamp",
    float: "double",
    Float32: "float",
    str: "longstr",
    bytes: "binary",
    Decimal: "decimal",
    list: "array",
    dict: "table",
    type(None): "void",
}

_SIGNED_32 = range(-(2**31), 2**31)


def type_name(value: Value) -> str:
    """RabbitMQ's name for the type of a field value, as its error texts have it: ``longstr``, ``signedint``..."""
    kind = type(value)
    if kind is int and value not in _SIGNED_32:
        return "long"
    if kind is Nested:
        return "table" if value[:1] == b"F" else "array"  # type: ignore[index]
    return _TYPE_NAMES[kind]


def as_bytes(text: str | bytes) -> bytes:
    """A string as the octets that travelled."""
    return text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text


def decimal_parts(value: Decimal) -> tuple[int, int]:
    """Scale and unscaled value, the two numbers that are on the wire."""
    sign, digits, exponent = value.as_tuple()
    unscaled = int("".join(map(str, digits)))
    return -int(exponent), -unscaled if sign else unscaled


def term(value: Value) -> Hashable:
    """Something hashable that is equal for two values exactly when RabbitMQ's ``==`` holds them equal.

    Integers of every width and floats are numbers; strings and byte strings are one kind; a boolean is no number. In
    arrays and tables the types of the members do count.
    """
    if not isinstance(value, (dict, list)):
        return _plain_term(value)
    return fold(value, lambda item: (_plain_term(item),), _table_term, _array_term)  # type: ignore[no-any-return]


def _plain_term(value: bool | float | str | bytes | Decimal | None) -> Hashable:
    if value is None or isinstance(value, bool):
        return ("atom", value)
    if isinstance(value, (int, float)):
        return ("number", value)
    if isinstance(value, (str, bytes)):
        return as_bytes(value)
    return ("decimal", *decimal_parts(value))


# Between brackets rather than as a tuple in a tuple: comparing those needs Python's stack, hashing them C's.


def _table_term(table: Mapping[str, Value], terms: list[tuple[Hashable, ...]]) -> tuple[Hashable, ...]:
    rows = zip(table.items(), terms, strict=True)
    return ("[", *(part for (key, item), each in rows for part in (as_bytes(key), type_name(item), *each)), "]")


def _array_term(array: list[Value], terms: list[tuple[Hashable, ...]]) -> tuple[Hashable, ...]:
    return ("[", *(part for item, each in zip(array, terms, strict=True) for part in (type_name(item), *each)), "]")


def identity(table: Mapping[str, Value]) -> Hashable:
    """Equal for two tables exactly when they make the same binding: types count, the order of the keys does not."""
    if not table:
        return ()
    return tuple(sorted(((key, type_name(value), term(value)) for key, value in table.items()), key=lambda row: row[0]))


def sort_table(table: Mapping[str, Value]) -> dict[str, Value]:
    """The table by the order of its keys, which it has whenever RabbitMQ has set a value in it."""
    return {key: table[key] for key in sorted(table, key=as_bytes)}

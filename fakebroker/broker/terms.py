"""Field-table values as RabbitMQ compares and prints them.

RabbitMQ keeps a value as an Erlang term beside the name of its type. Where it compares the terms alone, the width of a
number does not count; where it compares both (which bindings are the same binding), it does.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from decimal import Decimal

from fakebroker.broker.layout import Group, Node, flat, lay_out
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

_DEEP = 50
"""What is nested deeper is printed on one line: lines would begin far beyond the right edge."""

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


def _decimal_parts(value: Decimal) -> tuple[int, int]:
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
    return ("decimal", *_decimal_parts(value))


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


def show(value: Value, column: int | None = None) -> str:
    """The value as Erlang's ``~p`` prints its term, which is how it stands in error texts.

    :param column: how many characters of the text stand before it; given, what is too long is broken into lines.
    """
    if column is None or fold(value, lambda _: 0, _deeper, _deeper) > _DEEP:
        return flat(_node(value))
    return lay_out(_node(value), column + 1)


def _deeper(_: Value, depths: list[int]) -> int:
    return max(depths, default=0) + 1


def _node(value: Value) -> Node:
    return fold(value, _leaf_node, _table_node, _array_node)  # type: ignore[no-any-return]


def _leaf_node(value: bool | float | str | bytes | Decimal | None) -> Node:
    if isinstance(value, Decimal):
        return Group("{}", [str(part) for part in _decimal_parts(value)])
    return _show_plain(value)


def _table_node(table: Mapping[str, Value], nodes: list[Node]) -> Node:
    rows = zip(table.items(), nodes, strict=True)
    return Group("[]", [Group("{}", [show(key), type_name(item), node]) for (key, item), node in rows])


def _array_node(array: list[Value], nodes: list[Node]) -> Node:
    return Group("[]", [Group("{}", [type_name(item), node]) for item, node in zip(array, nodes, strict=True)])


def _show_plain(value: bool | float | str | bytes | None) -> str:
    if value is None:
        return "undefined"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return show_float(value)
    if isinstance(value, int):
        return str(int(value))
    return show_binary(as_bytes(value))


def show_float(value: float) -> str:
    """The shortest digits that read back as the same float, with an exponent where that is shorter (Erlang's way)."""
    if value == 0:
        return repr(value)
    sign, figures, exponent = Decimal(repr(float(value))).as_tuple()
    digits = "".join(map(str, figures)).rstrip("0")
    point = int(exponent) + len(figures)  # how many digits stand before the point
    scientific = f"{digits[0]}.{digits[1:] or '0'}e{point - 1}"
    if point <= 0:
        plain = "0." + "0" * -point + digits
    elif point >= len(digits):
        plain = digits.ljust(point, "0") + ".0"
    else:
        plain = f"{digits[:point]}.{digits[point:]}"
    return "-" * sign + (scientific if len(scientific) < len(plain) or abs(value) >= 2**53 else plain)


def show_binary(octets: bytes) -> str:
    """Octets as a binary: ``<<"text">>``, or their numbers when they can't be printed."""
    if not octets:
        return "<<>>"
    return f"<<{_quoted(octets) or ','.join(map(str, octets))}>>"


def show_string(octets: bytes) -> str:
    """Octets as a list of characters, which Erlang's older functions use for strings."""
    if not octets:
        return "[]"
    return _quoted(octets) or f"[{','.join(map(str, octets))}]"


_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\b": "\\b",
            "\f": "\\f", "\x1b": "\\e"}  # fmt: skip


def _quoted(octets: bytes) -> str | None:
    """In quotes, if all octets are printable ISO 8859-1, as Erlang decides it."""
    if not all(" " <= char <= "~" or char >= "\xa0" or char in _ESCAPES for char in octets.decode("latin-1")):
        return None
    return '"' + "".join(_ESCAPES.get(char, char) for char in octets.decode("utf-8", "surrogateescape")) + '"'


_LINE = 79  # columns that Erlang fills before it breaks a term


def show_pair(tag: str, value: int | bytes, column: int) -> str:
    """``{tag,value}`` as ``~p`` prints it when it begins in that column; bytes are a list of characters."""
    pair = f"{{{tag},{value if isinstance(value, int) else show_string(value)}}}"
    if column + len(as_bytes(pair)) < _LINE:
        return pair
    indent = "\n" + " " * (column + 1)
    return f"{{{tag},{indent}{value if isinstance(value, int) else _show_broken(value, indent)}}}"


def _show_broken(octets: bytes, indent: str) -> str:
    """A list of characters on lines of their own: only numbers are broken up."""
    whole = show_string(octets)
    if whole.startswith('"'):
        return whole
    lines = [""]
    for item in whole[1:-1].replace(",", ", ").split():
        if lines[-1] and len(indent) + len(lines[-1]) + len(item) > _LINE:
            lines.append("")
        lines[-1] += item
    return f"[{(indent + ' ').join(lines)}]"

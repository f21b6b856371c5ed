"""Terms as Erlang prints them, which is how RabbitMQ quotes in its reply texts what it was sent: ``~p`` and ``~w``."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from fakebroker.erlang.compare import as_bytes, decimal_parts, type_name
from fakebroker.erlang.line_breaks import TermGroup, TermNode, flat, lay_out
from fakebroker.values import Value, fold

_DEEP = 50
"""What is nested deeper is printed on one line: lines would begin far beyond the right edge."""

_LINE = 79
"""The columns that ``~p`` fills before it breaks a line."""


def show(value: Value, column: int | None = None) -> str:
    """The value as Erlang's ``~p`` prints its term, which is how it stands in error texts.

    :param column: how many characters of the text stand before it; given, what is too long is broken into lines.
    """
    if column is None or fold(value, lambda _: 0, _deeper, _deeper) > _DEEP:
        return flat(_node(value))
    return lay_out(_node(value), column + 1)


def _deeper(_: Value, depths: list[int]) -> int:
    return max(depths, default=0) + 1


def _node(value: Value) -> TermNode:
    return fold(value, _leaf_node, _table_node, _array_node)  # type: ignore[no-any-return]


def _leaf_node(value: bool | float | str | bytes | Decimal | None) -> TermNode:
    if isinstance(value, Decimal):
        return TermGroup("{}", [str(part) for part in decimal_parts(value)])
    return _show_plain(value)


def _table_node(table: Mapping[str, Value], nodes: list[TermNode]) -> TermNode:
    rows = zip(table.items(), nodes, strict=True)
    return TermGroup("[]", [TermGroup("{}", [show(key), type_name(item), node]) for (key, item), node in rows])


def _array_node(array: list[Value], nodes: list[TermNode]) -> TermNode:
    return TermGroup("[]", [TermGroup("{}", [type_name(item), node]) for item, node in zip(array, nodes, strict=True)])


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


def show_binary(octets: bytes, column: int | None = None) -> str:
    """Octets as a binary: ``<<"text">>``, or their numbers when they can't be printed.

    :param column: how many octets of the text stand before it; given, numbers are broken into lines where one does not
        do.
    """
    if not octets:
        return "<<>>"
    shown = _quoted(octets)
    if shown is None:
        shown = ",".join(map(str, octets)) if column is None else _numbers(octets, column + 2)
    return f"<<{shown}>>"


def show_octets(octets: bytes) -> str:
    """A binary as ``~w`` prints it, always as numbers: ``<<1,2,3>>``."""
    return f"<<{','.join(map(str, octets))}>>"


def _numbers(octets: bytes, column: int) -> str:
    """Numbers between commas, on several lines if one does not do, which begin in that column."""
    lines = [""]
    for index, octet in enumerate(octets):
        item = f"{octet}," if index < len(octets) - 1 else str(octet)
        if index and column + len(lines[-1]) + len(item) > _LINE:
            lines.append("")
        lines[-1] += item
    return ("\n" + " " * column).join(lines)


def column_behind(text: str) -> int:
    """The column behind a text: the octets since its last line break."""
    return len(as_bytes(text.rpartition("\n")[2]))


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

"""The values in field tables: which Python type stands for which AMQP type letter.

==========  ===========================  ==========  =======================
letter      Python                       letter      Python
==========  ===========================  ==========  =======================
``t``       ``bool``                     ``S``       ``str``
``b``       ``Int8``                     ``x``       ``bytes``
``B``       ``UInt8``                    ``T``       ``Timestamp``
``s``       ``Int16``                    ``D``       ``decimal.Decimal``
``u``       ``UInt16``                   ``A``       ``list``
``I``       ``int``                      ``F``       ``dict``
``i``       ``UInt32``                   ``V``       ``None``
``l``       ``Int64``                    ``d``       ``float``
                                         ``f``       ``Float32``
==========  ===========================  ==========  =======================

A value that has been decoded is encoded to the same bytes again. So the subclasses of ``int`` keep the width, and a
string that is not UTF-8 keeps its bytes as surrogate escapes. A plain ``int`` that is too wide for ``I`` is sent as
``l``. Tables and arrays that are nested more than 512 deep stay octets (``Nested``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from math import isfinite
from typing import Any, Union


class Int8(int):
    """``b``, a signed octet."""


class UInt8(int):
    """``B``, an unsigned octet."""


class Int16(int):
    """``s``, a signed short."""


class UInt16(int):
    """``u``, an unsigned short."""


class UInt32(int):
    """``i``, an unsigned long."""


class Int64(int):
    """``l``, a signed long-long."""


class Timestamp(int):
    """``T``, seconds since 1970."""


class Float32(float):
    """``f``, a single-precision float."""


class Nested(bytes):
    """``F`` or ``A``: a table or array that is nested too deep for Python. It holds the octets, the letter first."""


Value = Union[None, bool, int, float, str, bytes, Decimal, "list[Value]", "dict[str, Value]"]
Table = dict[str, Value]


def fold(
    value: object,
    leaf: Callable[[Any], object],
    table: Callable[[Any, list[Any]], object],
    array: Callable[[Any, list[Any]], object],
) -> Any:
    """Turn a value into something else, from the inside to the outside. It may be nested to any depth.

    :param leaf: turns a value that is neither table nor array.
    :param table: turns a table; its second argument has what the table's values have become.
    :param array: the same for an array.
    """
    if not isinstance(value, (dict, list)):
        return leaf(value)
    open_: list[tuple[object, Iterator[object], list[object]]] = [(value, _inside(value), [])]
    while True:
        container, rest, made = open_[-1]
        for item in rest:
            if isinstance(item, (dict, list)):
                open_.append((item, _inside(item), []))
                break
            made.append(leaf(item))
        else:
            open_.pop()
            whole = (table if isinstance(container, dict) else array)(container, made)
            if not open_:
                return whole
            open_[-1][2].append(whole)


DEEPEST = 512
"""How deep a test's values may be nested: as deep as JSON from outside."""


def check_table(name: str, table: object) -> None:
    """Check that a test has given a table that a client could send.

    :param name: what the error calls it.
    :raises TypeError: when it is no dict with strings for keys, or holds a value that has no type in AMQP.
    :raises ValueError: when it holds a text or a number that can't be sent, or is nested too deep, or holds itself.
    """
    if not isinstance(table, dict):
        raise TypeError(f"{name} are a table, a dict with strings for keys, not {table!r}")
    waiting: list[tuple[object, int]] = [(table, 0)]
    while waiting:
        value, depth = waiting.pop()
        if isinstance(value, (dict, list)):
            if depth > DEEPEST:
                raise ValueError(f"{name} are nested more than {DEEPEST} deep, or hold themselves")
            waiting.extend((each, depth + 1) for each in _inside(value))
            wrong = [key for key in value if not isinstance(key, str)] if isinstance(value, dict) else []
            if wrong:
                raise TypeError(f"{name} are a table, a dict with strings for keys, not one with {wrong[0]!r}")
        else:
            _check_leaf(name, value)


def _check_leaf(name: str, value: object) -> None:
    if value is None or isinstance(value, (bool, bytes)):
        return
    if isinstance(value, str):
        value.encode("utf-8", "surrogateescape")
    elif isinstance(value, int):
        if not -(2**63) <= value < 2**64:
            raise ValueError(f"{name} can't hold {value}: it does not fit into 64 bits")
    elif isinstance(value, (float, Decimal)):
        if not isfinite(value):
            raise ValueError(f"{name} can't hold {value}: RabbitMQ has no such number")
    else:
        raise TypeError(f"{name} can't hold {value!r}: AMQP has no type for {type(value).__name__}")


def _inside(value: Any) -> Iterator[object]:
    return iter(value.values() if isinstance(value, dict) else value)


def weight(value: Value) -> int:
    """Estimate how many octets of memory a decoded value takes, with all that is inside it.

    A table of many small fields takes twenty times the octets that it has on the wire. The estimate uses fixed figures,
    CPython's rounded up. So it is the same everywhere.
    """
    total, inside = 0, [value]
    while inside:
        each = inside.pop()
        if isinstance(each, (str, bytes)):
            wide = isinstance(each, str) and not each.isascii()
            total += 60 + (4 * len(each) if wide else len(each))
        elif isinstance(each, dict):
            total += 64 + 160 * len(each)
            inside.extend(each.values())
            total += sum(map(len, each))
        elif isinstance(each, list):
            total += 64 + 8 * len(each)
            inside.extend(each)
        else:
            total += 40
    return total

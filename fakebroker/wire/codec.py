"""Writes the code that encodes and decodes one method, or the content properties of one class.

A layout never changes, so nothing is looked up while a frame is read: the fields become straight-line Python once,
when the method is first used. ``queue.declare-ok`` for example becomes::

    def make(queue='', message_count=0, consumer_count=0):
        return _new(Arguments, (queue, message_count, consumer_count,))

    def decode(payload, offset=4):
        try:
            _size, = _unpack_B(payload, offset)
            offset += 1
            queue = payload[offset:offset + _size]
            offset += _size
            message_count, consumer_count, = _unpack_II(payload, offset)
            offset += 8
        except _StructError:
            raise _undecodable(payload) from None
        if offset != len(payload):
            raise _undecodable(payload)
        queue = str(queue, 'utf-8', 'fakebroker.lenient')
        return _new(Arguments, (queue, message_count, consumer_count,))

    def encode(args):
        queue, message_count, consumer_count, = args
        queue = queue.encode('utf-8', 'surrogateescape')
        try:
            return b''.join((_pack_HHB(50, 11, len(queue)), queue, _pack_II(message_count, consumer_count),))
        except _StructError as error:
            raise _unfit(error) from None

Strings are cut before it is known whether they end inside the payload: the lengths add up to its length only if all do.
"""

from __future__ import annotations

import struct
from collections import namedtuple
from collections.abc import Sequence
from functools import lru_cache
from struct import Struct, calcsize
from typing import Any

from fakebroker.errors import AMQPError, DecodeError
from fakebroker.wire.definition import Field
from fakebroker.wire.erlang import integers
from fakebroker.wire.table import decode_table, encode_table
from fakebroker.wire.text import LENIENT

_INTEGERS = {"octet": "B", "short": "H", "long": "I", "longlong": "Q", "timestamp": "Q"}
_LENGTHS = {"shortstr": "B", "longstr": "I", "table": "I"}
_REMEMBERED = 512
"""Payloads remembered for each method that is."""
_ZEROS = {"bit": "False", "shortstr": "''", "longstr": "b''", "table": "None"}


def compile_method(
    name: str, ids: tuple[int, int], fields: Sequence[Field], strict: bool, remember: bool
) -> dict[str, Any]:
    """Make ``Arguments``, ``make``, ``decode`` and ``encode`` for a method.

    :param strict: whether short strings must be UTF-8. RabbitMQ 3.10 asks it of the methods without content.
    :param remember: whether decoded payloads are kept for a while. Not for methods with a table: it is mutable.
    """
    class_id, method_id = ids

    def undecodable(payload: bytes) -> AMQPError:
        return AMQPError("frame-error", f"cannot decode {integers(payload[4:])}", ids)

    arguments = namedtuple(_camel(name), [field.name for field in fields])  # type: ignore[misc]
    source = _Source(name, Arguments=arguments, _undecodable=undecodable)
    _write_make(source, fields)
    _write_decode(source, fields, strict)
    _write_encode(source, fields, [str(class_id), str(method_id)])
    compiled = source.compile(f"<{name}>", "Arguments", "make", "decode", "encode")
    if remember:
        # A publisher sends the same few payloads again and again: they get the same, immutable, arguments.
        compiled["decode"] = lru_cache(_REMEMBERED)(compiled["decode"])
    return compiled


def compile_properties(name: str, fields: Sequence[Field]) -> dict[str, Any]:
    """Make ``Properties``, ``decode_properties`` and ``encode_properties`` for a class."""
    names = [field.name for field in fields]
    properties = namedtuple(_camel(name) + "Properties", names, defaults=[None] * len(names))  # type: ignore[misc]
    source = _Source(name, Properties=properties, _undecodable=_undecodable_properties)
    _write_decode_properties(source, fields)
    _write_encode_properties(source, fields)
    return source.compile(f"<{name} properties>", "Properties", "decode_properties", "encode_properties")


def _undecodable_properties() -> DecodeError:
    return DecodeError("content properties that do not fit their flags")


def _camel(name: str) -> str:
    return name.replace(".", "-").title().replace("-", "")


class _Source:
    """Lines of Python and the names that they use."""

    def __init__(self, of: str, **names: Any) -> None:
        def unfit(error: struct.error) -> ValueError:
            return ValueError(f"a value does not fit its field in {of}: {error}")

        self._lines: list[str] = []
        self._names: dict[str, Any] = {
            **names,
            "_new": tuple.__new__,
            "_unfit": unfit,
            "_StructError": struct.error,
            "_table": decode_table,
            "_encode_table": encode_table,
        }

    def add(self, indent: int, *lines: str) -> None:
        """Append lines, indented by so many steps."""
        self._lines.extend("    " * indent + line for line in lines)

    def unpack(self, layout: str) -> str:
        """The name of a function that unpacks a layout at an offset."""
        self._names[f"_unpack_{layout}"] = Struct(">" + layout).unpack_from
        return f"_unpack_{layout}"

    def pack(self, layout: str) -> str:
        """The name of a function that packs a layout."""
        self._names[f"_pack_{layout}"] = Struct(">" + layout).pack
        return f"_pack_{layout}"

    def compile(self, filename: str, *wanted: str) -> dict[str, Any]:
        """Run the source; gives the values of the wanted names."""
        exec(compile("\n".join(self._lines), filename, "exec"), self._names)  # noqa: S102 - made of spec names only
        return {name: self._names[name] for name in wanted}


def _tuple(names: Sequence[str]) -> str:
    """The items of a tuple, with a comma behind each so that one item is a tuple too."""
    return "".join(name + ", " for name in names).rstrip()


def _names(fields: Sequence[Field]) -> list[str]:
    return [field.name for field in fields]


def _groups(fields: Sequence[Field]) -> list[list[Field]]:
    """Fields by what they share on the wire: up to eight bits in a row make one octet, all others stand alone."""
    groups: list[list[Field]] = []
    for field in fields:
        if field.type == "bit" and groups and groups[-1][0].type == "bit" and len(groups[-1]) < 8:
            groups[-1].append(field)
        else:
            groups.append([field])
    return groups


def _write_make(source: _Source, fields: Sequence[Field]) -> None:
    """``make(**fields)``: what is not given is zero, empty or false; a table is a new one each time."""
    source.add(0, f"def make({', '.join(f'{f.name}={_ZEROS.get(f.type, 0)}' for f in fields)}):")
    source.add(1, *(f"if {f.name} is None: {f.name} = {{}}" for f in fields if f.type == "table"))
    source.add(1, f"return _new(Arguments, ({_tuple(_names(fields))}))")


def _write_decode(source: _Source, fields: Sequence[Field], strict: bool) -> None:
    source.add(0, "def decode(payload, offset=4):")
    source.add(1, "try:")
    _write_reads(source, fields)
    source.add(1, "except _StructError:", "    raise _undecodable(payload) from None")
    source.add(1, "if offset != len(payload):", "    raise _undecodable(payload)")
    errors = LENIENT if strict else "surrogateescape"
    for group in _groups(fields):
        first = group[0]
        if first.type == "bit":
            octet = f"_bits_{first.name}"
            source.add(1, *(f"{field.name} = {octet} & {1 << bit} != 0" for bit, field in enumerate(group)))
        elif first.type == "shortstr":
            source.add(1, f"{first.name} = str({first.name}, 'utf-8', {errors!r})")
        elif first.type == "table":
            source.add(1, f"{first.name} = _table({first.name})")
    source.add(1, f"return _new(Arguments, ({_tuple(_names(fields))}))")


def _write_reads(source: _Source, fields: Sequence[Field]) -> None:
    """Read runs of fixed size in one go; a run ends with the length of the string that follows it."""
    names: list[str] = []
    layout = ""
    for group in _groups(fields):
        first = group[0]
        if first.type in _LENGTHS:
            layout += _LENGTHS[first.type]
            source.add(2, f"{_tuple([*names, '_size'])} = {source.unpack(layout)}(payload, offset)")
            source.add(2, f"offset += {calcsize('>' + layout)}")
            source.add(2, f"{first.name} = payload[offset:offset + _size]", "offset += _size")
            names, layout = [], ""
        else:
            names.append(f"_bits_{first.name}" if first.type == "bit" else first.name)
            layout += _INTEGERS.get(first.type, "B")
    if names:
        source.add(2, f"{_tuple(names)} = {source.unpack(layout)}(payload, offset)")
    source.add(2, f"offset += {calcsize('>' + layout)}")


def _write_encode(source: _Source, fields: Sequence[Field], ids: Sequence[str]) -> None:
    """The mirror image of decode: packed runs and strings by turns, joined at the end."""
    source.add(0, "def encode(args):")
    if fields:
        source.add(1, f"{_tuple(_names(fields))} = args")
    parts: list[str] = []
    values, layout = list(ids), "HH"
    for group in _groups(fields):
        first = group[0]
        if first.type in _LENGTHS:
            if first.type == "table":
                source.add(1, f"{first.name} = _encode_table({first.name})")
            else:
                if first.type == "shortstr":
                    source.add(1, f"{first.name} = {first.name}.encode('utf-8', 'surrogateescape')")
                values.append(f"len({first.name})")
                layout += _LENGTHS[first.type]
            if values:
                parts.append(f"{source.pack(layout)}({', '.join(values)})")
            parts.append(first.name)
            values, layout = [], ""
        elif first.type == "bit":
            values.append(" | ".join(f"({1 << bit} if {field.name} else 0)" for bit, field in enumerate(group)))
            layout += "B"
        else:
            values.append(first.name)
            layout += _INTEGERS[first.type]
    if values:
        parts.append(f"{source.pack(layout)}({', '.join(values)})")
    source.add(1, "try:", f"    return b''.join(({_tuple(parts)}))")
    source.add(1, "except _StructError as error:", "    raise _unfit(error) from None")


def _write_decode_properties(source: _Source, fields: Sequence[Field]) -> None:
    """Two octets of flags, the highest for the first property, then those that are there. The last bits are ignored.

    A class without properties has no flags either: its headers are empty.
    """
    source.add(0, "def decode_properties(header):")
    source.add(1, f"{' = '.join([*_names(fields), '_flags', 'None'])}", "offset = 0", "try:")
    source.add(2, *([f"_flags, = {source.unpack('H')}(header)", "offset = 2"] if fields else ["pass"]))
    for bit, field in enumerate(fields):
        source.add(2, f"if _flags & {0x8000 >> bit}:")
        layout = _INTEGERS.get(field.type) or _LENGTHS[field.type]
        size = calcsize(">" + layout)
        if field.type in _INTEGERS:
            source.add(3, f"{field.name}, = {source.unpack(layout)}(header, offset)", f"offset += {size}")
            continue
        source.add(3, f"_size, = {source.unpack(layout)}(header, offset)", f"offset += {size}")
        source.add(3, f"{field.name} = header[offset:offset + _size]", "offset += _size")
        cut = "_table({0})" if field.type == "table" else "str({0}, 'utf-8', 'surrogateescape')"
        source.add(3, f"{field.name} = {cut.format(field.name)}")
    source.add(1, "except _StructError:", "    raise _undecodable() from None")
    source.add(1, "if offset != len(header):", "    raise _undecodable()")
    source.add(1, f"return _new(Properties, ({_tuple(_names(fields))}))")


def _write_encode_properties(source: _Source, fields: Sequence[Field]) -> None:
    source.add(0, "def encode_properties(properties):")
    source.add(1, f"[{_tuple(_names(fields))}] = properties", "_flags = 0", "_parts = [b'']", "try:")
    for bit, field in enumerate(fields):
        source.add(2, f"if {field.name} is not None:", f"    _flags |= {0x8000 >> bit}")
        if field.type in _INTEGERS:
            source.add(3, f"_parts.append({source.pack(_INTEGERS[field.type])}({field.name}))")
        elif field.type == "table":
            source.add(3, f"_parts.append(_encode_table({field.name}))")
        else:
            source.add(3, f"{field.name} = {field.name}.encode('utf-8', 'surrogateescape')")
            source.add(3, f"_parts += {source.pack(_LENGTHS[field.type])}(len({field.name})), {field.name}")
    if fields:
        source.add(2, f"_parts[0] = {source.pack('H')}(_flags)")
    source.add(2, "return b''.join(_parts)")
    source.add(1, "except _StructError as error:", "    raise _unfit(error) from None")

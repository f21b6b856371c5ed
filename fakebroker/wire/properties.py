"""Writes the code that encodes and decodes the content properties of one class (AMQP 0-9-1, 4.2.6.1).

First come two octets of flags, with the highest bit for the first property. Then come the properties whose bits are
set. Bits that stand for no property are ignored. A class without properties has no flags, and empty content headers.
For a class with the properties ``priority`` and ``reply-to`` the code is::

    def decode_properties(header):
        priority = reply_to = _flags = None
        offset = 0
        try:
            _flags, = _unpack_H(header, offset)
            offset += 2
            if _flags & 32768:
                priority, = _unpack_B(header, offset)
                offset += 1
            if _flags & 16384:
                _size, = _unpack_B(header, offset)
                offset += 1
                reply_to = header[offset:offset + _size]
                offset += _size
                reply_to = str(reply_to, 'utf-8', 'surrogateescape')
        except _StructError:
            raise _undecodable() from None
        if offset != len(header):
            raise _undecodable()
        return _new(Properties, (priority, reply_to,))

    def encode_properties(properties):
        [priority, reply_to,] = properties
        _flags = 0
        _parts = [b'']
        try:
            if priority is not None:
                _flags |= 32768
                _parts.append(_pack_B(priority))
            if reply_to is not None:
                _flags |= 16384
                reply_to = reply_to.encode('utf-8', 'surrogateescape')
                _parts += _pack_B(len(reply_to)), reply_to
            _parts[0] = _pack_H(_flags)
        except _StructError as error:
            raise _unfit(error) from None
        return b''.join(_parts)
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Callable, Sequence
from functools import lru_cache
from struct import calcsize

from fakebroker.errors import DecodeError
from fakebroker.wire.definition import Field
from fakebroker.wire.source import INTEGERS, SIZED, Source, camel, items, names

_REMEMBERED = 512
"""For how many headers the decoded properties are remembered."""


def compile_properties(name: str, fields: Sequence[Field]) -> dict[str, object]:
    """Make the properties' type, codec and flags for the ``Class`` of this name."""
    properties = namedtuple(camel(name) + "Properties", names(fields), defaults=[None] * len(fields))  # type: ignore[misc]
    source = Source(f"the properties of {name}", Properties=properties, _undecodable=_undecodable)
    _write_decode(source, fields)
    _write_encode(source, fields)
    compiled = source.compile("Properties", "decode_properties", "encode_properties")
    decode = compiled["decode_properties"]
    compiled["table_flags"] = sum(0x8000 >> bit for bit, field in enumerate(fields) if field.type == "table") >> 8
    compiled["decode_again"] = _keeping_the_last(decode)
    compiled["decode_properties"] = _remembering(decode, compiled["table_flags"])
    return compiled


def _remembering(decode: Callable[[bytes], object], tables: int) -> Callable[[bytes], object]:
    """Make a decoder that remembers. Messages with the same property bytes then share the decoded properties.

    Properties with a table are not remembered, since a table is mutable.
    """
    remembered = lru_cache(_REMEMBERED)(decode)

    def decode_properties(header: bytes) -> object:
        return decode(header) if header and header[0] & tables else remembered(header)

    return decode_properties


def _keeping_the_last(decode: Callable[[bytes], object]) -> Callable[[bytes], object]:
    """Make a decoder that remembers the last properties, for one who asks for those of a message several times."""
    header, properties = b"", None

    def decode_again(wanted: bytes) -> object:
        nonlocal header, properties
        if properties is None or wanted is not header:
            properties = decode(wanted)
            header = wanted
        return properties

    return decode_again


def _undecodable() -> DecodeError:
    return DecodeError("content properties that do not fit their flags")


def _write_decode(source: Source, fields: Sequence[Field]) -> None:
    source.add(0, "def decode_properties(header):")
    source.add(1, " = ".join([*names(fields), "_flags", "None"]), "offset = 0", "try:")
    if fields:
        _write_read(source, "_flags", "H")
    else:
        source.add(2, "pass")
    for bit, field in enumerate(fields):
        source.add(2, f"if _flags & {0x8000 >> bit}:")
        if field.type in INTEGERS:
            _write_read(source, field.name, INTEGERS[field.type], 3)
        else:
            sized = SIZED[field.type]
            _write_read(source, "_size", sized.layout, 3)
            source.add(3, f"{field.name} = header[offset:offset + _size]", "offset += _size")
            source.add(3, f"{field.name} = {sized.read.format(field.name)}")
    source.add(1, "except _StructError:", "    raise _undecodable() from None")
    source.add(1, "if offset != len(header):", "    raise _undecodable()")
    source.add(1, f"return _new(Properties, ({items(names(fields))}))")


def _write_read(source: Source, name: str, layout: str, indent: int = 2) -> None:
    source.add(indent, f"{name}, = {source.unpack(layout)}(header, offset)", f"offset += {calcsize('>' + layout)}")


def _write_encode(source: Source, fields: Sequence[Field]) -> None:
    source.add(0, "def encode_properties(properties):")
    source.add(1, f"[{items(names(fields))}] = properties", "_flags = 0", "_parts = [b'']", "try:")
    for bit, field in enumerate(fields):
        source.add(2, f"if {field.name} is not None:", f"    _flags |= {0x8000 >> bit}")
        if field.type in INTEGERS:
            source.add(3, f"_parts.append({source.pack(INTEGERS[field.type])}({field.name}))")
        else:
            sized = SIZED[field.type]
            source.add(3, f"{field.name} = {sized.write.format(field.name)}")
            source.add(3, f"_parts += {source.pack(sized.layout)}(len({field.name})), {field.name}")
    source.add(2, f"_parts[0] = {source.pack('H')}(_flags)" if fields else "pass")
    source.add(1, "except _StructError as error:", "    raise _unfit(error) from None")
    source.add(1, "return b''.join(_parts)")

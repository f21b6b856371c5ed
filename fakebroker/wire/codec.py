"""Writes the code that encodes and decodes one method.

The fields of a method never change. So they are turned into Python code once, when the method is first used, and no
field is looked up while a frame is read. For example, ``queue.declare-ok`` becomes::

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
        [queue, message_count, consumer_count,] = args
        queue = queue.encode('utf-8', 'surrogateescape')
        try:
            return b''.join((_pack_HHB(50, 11, len(queue)), queue, _pack_II(message_count, consumer_count),))
        except _StructError as error:
            raise _unfit(error) from None

A string is cut out before it is known whether it ends inside the payload. If one does not, the final offset is not the
payload's length.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import groupby
from struct import calcsize

from fakebroker.erlang.pretty_print import show_octets
from fakebroker.errors import AMQPError
from fakebroker.wire.definition import Field
from fakebroker.wire.source import INTEGERS, SIZED, Source, camel, items, names
from fakebroker.wire.utf8 import LENIENT

_REMEMBERED = 512
"""How many payloads are remembered for each method whose payloads are remembered at all."""
_ZEROS = {"bit": "False", "shortstr": "''", "longstr": "b''", "table": "None"}


def compile_method(
    name: str, ids: tuple[int, int], fields: Sequence[Field], strict: bool, remember: bool
) -> dict[str, object]:
    """Make ``Arguments``, ``make``, ``decode`` and ``encode`` for a method.

    :param strict: whether short strings must be UTF-8. In RabbitMQ 3.10 they must in methods without content.
    :param remember: whether decoded payloads are kept for a while. They must not if there is a table: it is mutable.
    """

    def undecodable(payload: bytes) -> AMQPError:
        return AMQPError("frame-error", f"cannot decode {show_octets(payload[4:])}", ids)

    arguments = namedtuple(camel(name), names(fields))  # type: ignore[misc]
    source = Source(name, Arguments=arguments, _undecodable=undecodable)
    _write_make(source, fields)
    _write_decode(source, fields, LENIENT if strict else "surrogateescape")
    _write_encode(source, fields, ids)
    compiled = source.compile("Arguments", "make", "decode", "encode")
    if remember:
        # A publisher sends the same few payloads again and again. They share their arguments, which are immutable.
        compiled["decode"] = lru_cache(_REMEMBERED)(compiled["decode"])
    return compiled


def _octets(fields: Sequence[Field]) -> Iterable[list[Field]]:
    """Group fields by octets on the wire: up to eight bits in a row share one octet, each other field stands alone."""
    for is_bit, group in groupby(fields, lambda field: field.type == "bit"):
        row = list(group)
        step = 8 if is_bit else 1
        yield from (row[start : start + step] for start in range(0, len(row), step))


def _write_make(source: Source, fields: Sequence[Field]) -> None:
    """Write ``make(**fields)``. What is not given is zero, empty or false. A table is a new one each time."""
    source.add(0, f"def make({', '.join(f'{f.name}={_ZEROS.get(f.type, 0)}' for f in fields)}):")
    source.add(1, *(f"if {f.name} is None: {f.name} = {{}}" for f in fields if f.type == "table"))
    source.add(1, f"return _new(Arguments, ({items(names(fields))}))")


def _write_decode(source: Source, fields: Sequence[Field], errors: str) -> None:
    source.add(0, "def decode(payload, offset=4):", "    try:")
    _write_reads(source, fields)
    source.add(1, "except _StructError:", "    raise _undecodable(payload) from None")
    source.add(1, "if offset != len(payload):", "    raise _undecodable(payload)")
    for first, *others in _octets(fields):
        if first.type == "bit":
            octet = f"_bits_{first.name}"
            source.add(1, *(f"{f.name} = {octet} & {1 << bit} != 0" for bit, f in enumerate([first, *others])))
        elif first.type in SIZED and first.type != "longstr":
            read = SIZED[first.type].read.format(first.name).replace("surrogateescape", errors)
            source.add(1, f"{first.name} = {read}")
    source.add(1, f"return _new(Arguments, ({items(names(fields))}))")


def _write_reads(source: Source, fields: Sequence[Field]) -> None:
    """Write the reads. Fields of fixed size in a row are read in one go, with the size of the string behind them."""
    run: list[str] = []
    layout = ""
    for first, *_ in _octets(fields):
        if first.type in SIZED:
            layout += SIZED[first.type].layout
            source.add(2, f"{items([*run, '_size'])} = {source.unpack(layout)}(payload, offset)")
            source.add(2, f"offset += {calcsize('>' + layout)}")
            source.add(2, f"{first.name} = payload[offset:offset + _size]", "offset += _size")
            run, layout = [], ""
        else:
            run.append(f"_bits_{first.name}" if first.type == "bit" else first.name)
            layout += INTEGERS.get(first.type, "B")
    if run:
        source.add(2, f"{items(run)} = {source.unpack(layout)}(payload, offset)")
    source.add(2, f"offset += {calcsize('>' + layout)}")


def _write_encode(source: Source, fields: Sequence[Field], ids: tuple[int, int]) -> None:
    """Write ``encode``, the mirror image of ``decode``: fields up to the next string are packed in one go."""
    source.add(0, "def encode(args):")
    source.add(1, f"[{items(names(fields))}] = args")
    parts: list[str] = []
    run, layout = list(map(str, ids)), "HH"
    for first, *others in _octets(fields):
        if first.type in SIZED:
            sized = SIZED[first.type]
            if first.type != "longstr":
                source.add(1, f"{first.name} = {sized.write.format(first.name)}")
            layout += sized.layout
            parts += (f"{source.pack(layout)}({', '.join(run)}{', ' if run else ''}len({first.name}))", first.name)
            run, layout = [], ""
        elif first.type == "bit":
            run.append(" | ".join(f"({1 << bit} if {f.name} else 0)" for bit, f in enumerate([first, *others])))
            layout += "B"
        else:
            run.append(first.name)
            layout += INTEGERS[first.type]
    if run:
        parts.append(f"{source.pack(layout)}({', '.join(run)})")
    source.add(1, "try:", f"    return b''.join(({items(parts)}))")
    source.add(1, "except _StructError as error:", "    raise _unfit(error) from None")

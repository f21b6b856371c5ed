"""Transcripts: the conversation as text.

There is a column for the number of each crossing, one for the time, a lane for each connection, the channel, and what
has passed::

    no    seconds   #1   #2   ch
     1      0.000   (o)             connected
     2      0.000   -->             AMQP 0-8 (protocol header)
     3      0.000   <--          0  connection.start        version_major=8 ...
     4      0.000    |   (o)        connected
     5      0.100   -->   |      1  basic.publish           routing_key='jobs'  | 5 octets 'hello'

An arrow to the right is something that the client sends, an arrow to the left something that the broker sends. ``(o)``
is a new connection, ``(x)`` its end, ``*`` a rule that acts. If there are many connections, a new one gets the lane of
one that has ended.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence

from fakebroker.journal.lanes import Lanes
from fakebroker.journal.record import Hidden, Record
from fakebroker.printable import printable
from fakebroker.values import Timestamp, fold

MARKS = {"opened": "(o)", "lost": "(x)", "rule": " * ", "failed": " * "}
ARROWS = {"in": "-->", "out": "<--"}
NAME_WIDTH = 22
LONGEST_TEXT = 60
MOST_HEARTBEATS = 4
"""How many heartbeats in a row are shown one by one."""
LONGEST_BODY = 40

PRODUCTS = ("server_properties", "client_properties")
"""Tables that are the same in every handshake. Only product and version are shown."""

PLAIN = re.compile(r"[\w.-]+", re.ASCII)
"""Names that are shown as they are. Others are quoted, since a peer may have made them up."""

EMPTY: tuple[object, ...] = ("", b"", 0, False, None, {}, [])


class Shown(str):
    """A text that is shown as it is, without quotes."""

    __slots__ = ()


def render(records: Sequence[Record], *, times: bool = True, numbers: bool = True, forgotten: int = 0) -> str:
    """Make a transcript, with a line for each entry.

    :param numbers: whether to show the number of each crossing.
    :param forgotten: how many entries are missing at the beginning, since the journal has forgotten them.
    """
    lanes = Lanes(records)
    heads = "  ".join(f"#{number}".center(3) for number in lanes.heads)
    numbers = numbers and any(record.number for record in records)  # files of former versions have none
    width = max([3, *(len(str(record.number)) for record in records if record.number)]) if numbers else 0
    begin = "no".rjust(width) + "  " if numbers else ""
    lines = [f"{begin}{'  seconds   ' if times else ''}{heads}   ch".rstrip()]
    if forgotten:
        lines.append(f"({forgotten} earlier entries are no longer kept)")
    for record in _folded(records):
        drawn = lanes.draw(record, _mark(record))
        time = f"{record.number or '':>{width}}  " if numbers else ""
        time += f"{record.time:9.3f}   " if times else ""
        channel = "" if record.kind in ("opened", "lost", "protocol-header") else str(record.channel)
        told = line(record)
        if record.kind == "opened" and lanes.is_reused(record):
            told += f" as #{record.connection}"
        lines.append(f"{time}{drawn}  {channel:>3}  {told}".rstrip())
    return "\n".join(lines) + "\n"


def _folded(records: Sequence[Record]) -> list[Record]:
    """Put heartbeats in a row, with nothing between them, into one line."""
    folded: list[Record] = []
    run: list[Record] = []
    for record in records:
        if record.kind == "heartbeat":
            run.append(record)
            continue
        folded += _fold(run)
        folded.append(record)
        run = []
    return folded + _fold(run)


def _fold(run: list[Record]) -> list[Record]:
    if len(run) <= MOST_HEARTBEATS:
        return run
    more = dataclasses.replace(run[-1], kind="more", text=f"... {len(run) - 2} more heartbeats")
    return [*run[:2], more]


def line(record: Record) -> str:
    """Say in one line what has passed, without time and lane."""
    return printable(_told(record))


def _told(record: Record) -> str:
    if record.kind == "method":
        return _method(record)
    if record.kind in ("more", "failed"):
        return record.text
    if record.kind == "rule":
        on = f"  on {record.name or _plain_kind(record)}" if record.name or record.data is not None else ""
        return record.text + on + (f" {_arguments(record)}" if record.name else "").rstrip()
    if record.kind == "malformed":
        return f"malformed: {record.text}  {_octets(record.data or b'')}"
    if record.kind == "opened":
        return "connected"
    if record.kind == "lost":
        return f"lost: {record.text}"
    if record.kind == "raw":
        return f"(octets of a rule)      {_octets(record.data or b'')}"
    return _header(record.data or b"") if record.kind == "protocol-header" else record.kind


def _mark(record: Record) -> str:
    if record.kind == "more":
        return " | "
    return MARKS.get(record.kind) or ARROWS.get(record.direction, " | ")


def _plain_kind(record: Record) -> str:
    return "protocol header" if isinstance(record.data, bytes) and record.data.startswith(b"AMQP") else "octets"


def _method(record: Record) -> str:
    parts = [f"{record.name:<{NAME_WIDTH}}"]
    arguments = _arguments(record)
    if arguments:
        parts.append(arguments)
    if record.properties:
        parts.append("{" + _values(record.properties) + "}")
    if record.body is not None:
        parts.append("| " + _octets(record.body))
    return "  ".join(parts).rstrip()


def _arguments(record: Record) -> str:
    arguments = dict(record.arguments)
    for name in PRODUCTS:
        if name in arguments:
            arguments[name] = _product(arguments[name])
    return _values({name: value for name, value in arguments.items() if value not in EMPTY})


def _product(table: object) -> object:
    """Shorten a peer's properties: ``(RabbitMQ 3.10.8)``. If they do not name the product, the table is shown."""
    if not isinstance(table, Mapping) or not isinstance(table.get("product"), str):
        return table
    return Shown(_short(f"({table['product']} {table.get('version', '')}".rstrip(), LONGEST_TEXT - 1) + ")")


def _values(values: Mapping[str, object]) -> str:
    return " ".join(f"{_name(name)}={_value(value)}" for name, value in values.items())


def _name(name: str) -> str:
    return name if PLAIN.fullmatch(name) else _short(repr(name), LONGEST_TEXT)


def _value(value: object) -> str:
    return str(fold(value, _leaf, _table, _array))


def _table(table: Mapping[str, object], values: list[str]) -> str:
    pairs = zip(map(_name, table), values, strict=True)
    return _short("{" + " ".join(f"{name}={value}" for name, value in pairs) + "}", LONGEST_TEXT)


def _array(_: object, values: list[str]) -> str:
    return _short("[" + ", ".join(values) + "]", LONGEST_TEXT)


def _leaf(value: object) -> str:
    if isinstance(value, bytes):
        return _short(repr(value)[1:], LONGEST_TEXT)
    if isinstance(value, (Shown, Hidden)):
        return str(value)
    if isinstance(value, str):
        return _short(repr(value), LONGEST_TEXT)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(int(value)) if isinstance(value, (int, Timestamp)) else str(value)


def _octets(data: bytes | Hidden) -> str:
    if isinstance(data, Hidden):
        return str(data)
    if not data:
        return "empty"
    shown = repr(data)[1:]
    return f"{len(data)} octet{'s' if len(data) != 1 else ''} {_short(shown, LONGEST_BODY)}"


def _header(data: bytes | Hidden) -> str:
    if isinstance(data, Hidden):
        return str(data)
    shown = f"AMQP {' '.join(str(octet) for octet in data[4:])}" if data.startswith(b"AMQP") else repr(data)[1:]
    return f"{shown} (protocol header)"


def _short(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 3] + "..."

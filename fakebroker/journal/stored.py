"""Stored entries: a form that costs the garbage collector nothing.

Tens of thousands of entries live for long. Python's garbage collector visits all objects that it tracks, again and
again, and everything waits meanwhile. It does not track numbers, texts, octets, and plain tuples of such, since they
can't be part of a cycle. So entries are stored as plain tuples of these, and become commands again when somebody looks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from fakebroker.journal.entries import EntryItem, Lost, Opened, Raw
from fakebroker.wire.batch import CommandBatch
from fakebroker.wire.command import Command, Content, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.spec import Method, load

Stored: TypeAlias = tuple[Any, ...]
"""A stored entry: time, connection, direction (or what :mod:`fakebroker.journal.numbering` says), and then

- for a command the channel, the method's key, the arguments' values, and for content the octets of its properties and
  the body;
- for a batch the same, with all bodies;
- for anything else a number and its values. If these are not plain, the item itself.
"""

_KINDS: tuple[type[Any], ...] = (Opened, Lost, Heartbeat, ProtocolHeader, Raw)
_CROSSINGS = ("connect", "end", "heartbeat", "protocol-header", "")  # what those are called in addresses
_NUMBERS: Mapping[type[object], int] = {kind: number for number, kind in enumerate(_KINDS)}

_new = tuple.__new__  # a named tuple's own constructor takes twice as long


def plain(item: object) -> tuple[object, ...]:
    """What is stored of an item that is not a command."""
    number = _NUMBERS.get(type(item))
    if number is None:
        return (item,)
    return number, tuple(item) if isinstance(item, tuple) else tuple(vars(item).values())


def items(stored: Stored) -> Iterable[EntryItem]:
    """The items of a stored entry: one, or the commands of a batch."""
    count = len(stored)
    if count < 6:
        return (stored[3] if count == 4 else _KINDS[stored[3]](*stored[4]),)
    method = _method(stored[4])
    channel, args = stored[3], _new(method.Arguments, stored[5])
    if count == 6:
        return (Command(channel, method, args),)
    header, body = stored[6:]
    if type(body) is bytes:
        return (Command(channel, method, args, Content(method.klass, header, body)),)
    return CommandBatch(Command(channel, method, args, Content(method.klass, header, body[0])), body).unbatched()


def name_of(stored: Stored) -> str:
    """The command's name; empty when it is not a command."""
    return "" if len(stored) < 6 else _method(stored[4]).name


def crossing_of(stored: Stored) -> tuple[str, int]:
    """The name that a stored entry has as a crossing, empty for what crosses no link; and how many there are."""
    count = len(stored)
    if count >= 6:
        return _method(stored[4]).name, len(stored[7]) if count == 8 and type(stored[7]) is tuple else 1
    if count == 4:
        return "malformed" if isinstance(stored[3], Malformed) else "", 1
    return _CROSSINGS[stored[3]], 1


@lru_cache(maxsize=512)
def _method(key: str) -> Method:
    version, _, name = key.partition(" ")
    return load(version).methods[name]

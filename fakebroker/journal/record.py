"""Records: entries as plain data. Transcripts are made from them, and JSON lines hold them.

One line of JSON is one entry::

    {"time": 0.25, "connection": 1, "direction": "in", "kind": "method", "number": 12,
     "address": "1:in:basic.publish:1", "channel": 1, "name": "basic.publish",
     "arguments": {"exchange": "", "routing_key": "q"}, "properties": {"delivery_mode": 2}, "body": "hello"}

``number`` and ``address`` tell which crossing it is. What crosses no link has none, nor what a rule has made up. The
``address`` of a rule that acted is that of the crossing on which it did.

Bytes that are not UTF-8 are written as ``{"base64": ...}``, decimals as ``{"decimal": ...}``. A password is hidden, and
so is all that it can be read from; only the length is written: ``{"hidden": 12}``. The kinds are ``method``,
``heartbeat``, ``protocol-header``, ``malformed``, ``opened``, ``lost``, ``rule``, ``failed``, ``raw``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

from fakebroker.errors import DecodeError
from fakebroker.journal.entries import Acted, Entry, EntryItem, Failed, Opened, Raw
from fakebroker.values import fold
from fakebroker.wire.command import Command, Content, Heartbeat, Malformed, ProtocolHeader

MEANINGLESS = ("ticket",)
"""Fields that are left out, since they mean nothing: RabbitMQ ignores access tickets."""


SECRETS: Mapping[str, str] = {
    "connection.start-ok": "response",
    "connection.secure-ok": "response",
    "connection.update-secret": "new_secret",
}
"""Arguments that hold passwords."""
SECRET_FRAMES = tuple(b"\0\x0a" + bytes((0, method)) for method in (11, 21, 70))
"""The class and method ids that the payloads of these methods begin with."""

METHOD_FRAME, PAYLOAD = 1, 7
"""The first octet of a method's frame, and where its payload begins."""


class Hidden(NamedTuple):
    """Stands in the place of a secret."""

    octets: int

    def __str__(self) -> str:
        return f"({self.octets} octets)"


@dataclass(frozen=True)
class Record:
    """One entry as plain data. The fields are those of the JSON form, which the module describes."""

    time: float
    connection: int
    direction: str
    kind: str
    channel: int = 0
    name: str = ""
    arguments: Mapping[str, object] = field(default_factory=dict)
    properties: Mapping[str, object] | None = None
    body: bytes | None = None
    text: str = ""
    data: bytes | Hidden | None = None
    number: int | None = None
    address: str = ""


def record_of(entry: Entry) -> Record:
    """Make a record of an entry."""
    parts = {"number": entry.number, "address": entry.address or "", **_parts(entry.item)}
    return Record(entry.time, entry.connection, entry.direction, **parts)


def _parts(item: EntryItem) -> dict[str, Any]:
    if isinstance(item, Command):
        return _command_parts(item)
    if isinstance(item, Heartbeat):
        return {"kind": "heartbeat", "channel": item.channel}
    if isinstance(item, ProtocolHeader):
        return {"kind": "protocol-header", "data": item.data}
    if isinstance(item, Malformed):
        return {"kind": "malformed", "channel": item.channel, "text": str(item.error), "data": _open(item.data)}
    if isinstance(item, Acted):
        on = {} if item.item is None else _parts(item.item)
        return {**on, "kind": "rule", "text": f"rule {item.number}: {item.action}", "address": item.address}
    if isinstance(item, Failed):
        return {"kind": "failed", "text": f"{item.verb} failed: {item.error}"}
    if isinstance(item, Raw):
        return {"kind": "raw", "data": item.data}
    return {"kind": "opened"} if isinstance(item, Opened) else {"kind": "lost", "text": item.reason}


def _command_parts(command: Command) -> dict[str, object]:
    arguments = {name: value for name, value in command.args._asdict().items() if name not in MEANINGLESS}
    secret = SECRETS.get(command.name)
    if secret is not None:
        arguments[secret] = Hidden(len(arguments[secret]))
    parts = {"kind": "method", "channel": command.channel, "name": command.name, "arguments": arguments}
    if command.content is not None:
        parts["properties"] = properties_of(command.content)
        parts["body"] = command.content.body
    return parts


def _open(frame: bytes) -> bytes | Hidden:
    """The bytes of a malformed frame; hidden if a password may be in them."""
    is_secret = frame[:1] == bytes((METHOD_FRAME,)) and frame[PAYLOAD : PAYLOAD + 4] in SECRET_FRAMES
    return Hidden(len(frame)) if is_secret else frame


def properties_of(content: Content) -> dict[str, object]:
    """The properties that are set. If they can't be decoded, their bytes stand under ``undecodable``."""
    try:
        return {name: value for name, value in content.properties._asdict().items() if value is not None}
    except DecodeError:
        return {"undecodable": content.header}


# --- JSON


def to_json(record: Record) -> dict[str, object]:
    """Write a record as JSON. What is empty is left out."""
    form: dict[str, object] = {
        "time": record.time,
        "connection": record.connection,
        "direction": record.direction,
        "kind": record.kind,
    }
    for name in ("number", "address", "channel", "name", "arguments", "properties", "body", "text", "data"):
        value = getattr(record, name)
        if value not in (0, "", None, {}) or (name == "body" and value is not None):
            form[name] = json_form(value)
    return form


def from_json(form: Mapping[str, object]) -> Record:
    """Read a record that :func:`to_json` has written.

    :raises ValueError: when the form lacks something that every record has.
    """
    try:
        given = {name: _value(value) for name, value in form.items()}
    except (TypeError, ArithmeticError) as error:
        raise ValueError(f"not a line of a journal: {error}") from None
    for name in ("body", "data"):
        if isinstance(given.get(name), str):
            given[name] = given[name].encode("utf-8", "surrogateescape")
    for name, value in given.items():
        if name not in TYPES:
            raise ValueError(f"not a line of a journal: it has {name!r}")
        if not isinstance(value, TYPES[name]) or isinstance(value, bool):
            raise ValueError(f"not a line of a journal: {name!r} can't be {form[name]!r}")
    for name in ("time", "connection", "direction", "kind"):
        if name not in given:
            raise ValueError(f"not a line of a journal: it lacks {name!r}")
    return Record(**given)


TYPES: Mapping[str, type | tuple[type, ...]] = {
    "time": (int, float),
    "connection": int,
    "direction": str,
    "kind": str,
    "channel": int,
    "name": str,
    "arguments": Mapping,
    "properties": Mapping,
    "body": bytes,
    "text": str,
    "data": (bytes, Hidden),
    "number": int,
    "address": str,
}
"""The types that the fields of a record may have in JSON."""


def dumps(records: Iterable[Record]) -> str:
    """Write records as JSON lines."""
    return "".join(json.dumps(to_json(record), ensure_ascii=True) + "\n" for record in records)


def loads(text: str) -> Iterator[Record]:
    """Read records from JSON lines.

    :raises ValueError: when a line is not a record. It names the line.
    """
    for number, line in enumerate(text.rstrip("\n").split("\n") if text else (), 1):
        try:
            form = json.loads(line)
            if not isinstance(form, dict):
                raise ValueError("not an object")
            yield from_json(form)
        except RecursionError:
            raise ValueError(f"line {number}: it is nested too deep") from None
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error


def json_form(value: object) -> Any:
    """Write a value as JSON can have it: octets, decimals and secrets become what the module describes."""
    return fold(value, _leaf_form, lambda table, items: dict(zip(table, items, strict=True)), lambda _, items: items)


def _leaf_form(value: object) -> object:
    if isinstance(value, Hidden):
        return {"hidden": value.octets}
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode("ascii")}
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _value(form: object) -> Any:
    return fold(form, lambda leaf: leaf, _table_value, lambda _, items: items)


def _table_value(form: Mapping[str, object], items: list[Any]) -> object:
    if set(form) == {"base64"}:
        return base64.b64decode(items[0])
    if set(form) == {"decimal"}:
        return Decimal(items[0])
    if set(form) == {"hidden"} and isinstance(items[0], int):
        return Hidden(items[0])
    return dict(zip(form, items, strict=True))

"""An entry as plain data: what transcripts are rendered from, and what JSON lines hold.

One line of JSON is one entry::

    {"time": 0.25, "connection": 1, "direction": "in", "kind": "method", "channel": 1, "name": "basic.publish",
     "arguments": {"exchange": "", "routing_key": "q"}, "properties": {"delivery_mode": 2}, "body": "hello"}

Bytes that are not UTF-8 stand as ``{"base64": ...}``, decimals as ``{"decimal": ...}``. The kinds are ``method``,
``heartbeat``, ``protocol-header``, ``malformed``, ``opened``, ``lost``, ``rule``, ``failed``, ``raw``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from fakebroker.errors import DecodeError
from fakebroker.journal.entries import Acted, Entry, Failed, Item, Opened, Raw
from fakebroker.values import fold
from fakebroker.wire.command import Command, Content, Heartbeat, Malformed, ProtocolHeader

HIDDEN = ("ticket",)
"""Fields that mean nothing: RabbitMQ ignores access tickets."""


@dataclass(frozen=True)
class Record:
    """One entry as plain data; the module's text says what stands where."""

    time: float
    connection: int
    direction: str
    kind: str
    channel: int = 0
    name: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    properties: Mapping[str, Any] | None = None
    body: bytes | None = None
    text: str = ""
    data: bytes | None = None


def record_of(entry: Entry) -> Record:
    """An entry as plain data."""
    return Record(entry.time, entry.connection, entry.direction, **_parts(entry.item))


def _parts(item: Item) -> dict[str, Any]:
    if isinstance(item, Command):
        return _command_parts(item)
    if isinstance(item, Heartbeat):
        return {"kind": "heartbeat", "channel": item.channel}
    if isinstance(item, ProtocolHeader):
        return {"kind": "protocol-header", "data": item.data}
    if isinstance(item, Malformed):
        return {"kind": "malformed", "channel": item.channel, "text": str(item.error), "data": item.data}
    if isinstance(item, Acted):
        on = {} if item.item is None else _parts(item.item)
        return {**on, "kind": "rule", "text": f"rule {item.number}: {item.action}"}
    if isinstance(item, Failed):
        return {"kind": "failed", "text": f"{item.verb} failed: {item.error}"}
    if isinstance(item, Raw):
        return {"kind": "raw", "data": item.data}
    return {"kind": "opened"} if isinstance(item, Opened) else {"kind": "lost", "text": item.reason}


def _command_parts(command: Command) -> dict[str, Any]:
    arguments = {name: value for name, value in command.args._asdict().items() if name not in HIDDEN}
    parts = {"kind": "method", "channel": command.channel, "name": command.name, "arguments": arguments}
    if command.content is not None:
        parts["properties"] = properties_of(command.content)
        parts["body"] = command.content.body
    return parts


def properties_of(content: Content) -> dict[str, Any]:
    """The properties that are there; those that can't be decoded stand as their bytes under ``undecodable``."""
    try:
        return {name: value for name, value in content.properties._asdict().items() if value is not None}
    except DecodeError:
        return {"undecodable": content.header}


# --- JSON


def to_json(record: Record) -> dict[str, Any]:
    """The record as JSON has it; what is empty is left out."""
    form: dict[str, Any] = {
        "time": record.time,
        "connection": record.connection,
        "direction": record.direction,
        "kind": record.kind,
    }
    for name in ("channel", "name", "arguments", "properties", "body", "text", "data"):
        value = getattr(record, name)
        if value not in (0, "", None, {}) or (name == "body" and value is not None):
            form[name] = _form(value)
    return form


def from_json(form: Mapping[str, Any]) -> Record:
    """The record that ``to_json`` made the form of.

    :raises ValueError: for a form that lacks what every record has.
    """
    try:
        given = {name: _value(value) for name, value in form.items()}
        for name in ("body", "data"):
            if isinstance(given.get(name), str):
                given[name] = given[name].encode("utf-8", "surrogateescape")
        return Record(**given)
    except TypeError as error:
        raise ValueError(f"not a line of a journal: {error}") from error


def dumps(records: Iterable[Record]) -> str:
    """JSON lines."""
    return "".join(json.dumps(to_json(record), ensure_ascii=True) + "\n" for record in records)


def loads(text: str) -> Iterator[Record]:
    """The records in JSON lines.

    :raises ValueError: naming the line that is none.
    """
    for number, line in enumerate(text.splitlines(), 1):
        try:
            form = json.loads(line)
            if not isinstance(form, dict):
                raise ValueError("not an object")
            yield from_json(form)
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error


def _form(value: Any) -> Any:
    return fold(value, _plain_form, _table_form, lambda _, items: items)


def _table_form(table: Mapping[str, Any], forms: list[Any]) -> dict[str, Any]:
    return dict(zip(table, forms, strict=True))


def _plain_form(value: Any) -> Any:
    if isinstance(value, bytes):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            return {"base64": base64.b64encode(value).decode("ascii")}
    return {"decimal": str(value)} if isinstance(value, Decimal) else value


def _value(form: Any) -> Any:
    return fold(form, lambda value: value, _table_value, lambda _, items: items)


def _table_value(form: Mapping[str, Any], values: list[Any]) -> Any:
    if set(form) == {"base64"}:
        return base64.b64decode(form["base64"])
    if set(form) == {"decimal"}:
        return Decimal(form["decimal"])
    return dict(zip(form, values, strict=True))

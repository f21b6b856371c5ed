"""The ledger as plain data, for JSON."""

from __future__ import annotations

import dataclasses
from typing import Any

from fakebroker.errors import DecodeError
from fakebroker.journal.record import json_form
from fakebroker.ledger.event import Event, Moment
from fakebroker.ledger.facts import ChannelFacts, ConnectionFacts
from fakebroker.ledger.message import Copy, PublishedMessage

_MESSAGE = (
    *("number", "connection", "channel", "incarnation", "sequence", "confirm_mode", "transactional", "crossing"),
    *("time", "vhost", "exchange", "routing_key", "mandatory"),
)
_PLAIN = {field.name: field.default for field in dataclasses.fields(Event)}


def record_of_message(message: PublishedMessage) -> dict[str, object]:
    """One message, with its events and its copies."""
    numbers = {copy: number for number, copy in enumerate(message.copies)}
    return {
        **{name: getattr(message, name) for name in _MESSAGE},
        "properties": json_form(_properties(message)),
        "body": json_form(message.body),
        "events": [record_of_event(event) for event in message.fate],
        "copies": [_record_of_copy(copy, numbers) for copy in message.copies],
    }


def _properties(message: PublishedMessage) -> dict[str, object]:
    try:
        return {name: value for name, value in message.properties._asdict().items() if value is not None}
    except DecodeError:
        return {"undecodable": message.content.header}


def _record_of_copy(copy: Copy, numbers: dict[Copy, int]) -> dict[str, object]:
    return {
        "queue": copy.queue,
        "vhost": copy.vhost,
        "queue_type": copy.queue_type,
        "place": copy.place,
        "state": copy.state,
        "cause": None if copy.cause is None else numbers[copy.cause],
        "reason": copy.reason,
        "events": [record_of_event(event) for event in copy.events],
    }


def record_of_event(event: Event) -> dict[str, object]:
    """An event. What is as it mostly is, is left out, but for its name, its time and its order."""
    record = {"name": event.name, "time": event.time, "order": event.order}
    for name, default in _PLAIN.items():
        value = getattr(event, name)
        if name not in record and value != default and value is not None:
            record[name] = value
    return record


def record_of_connection(connection: ConnectionFacts) -> dict[str, object]:
    """A connection and its channels."""
    record: dict[str, object] = _plain(connection)
    return record


def _plain(value: Any) -> Any:
    """Facts as JSON has them. The deliveries of a settlement are named by the addresses of their crossings."""
    if isinstance(value, ChannelFacts):
        fields = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        del fields["deliveries"]
        return {name: _plain(each) for name, each in fields.items()}
    if isinstance(value, Moment):
        return {"order": value.order, "time": value.time, "address": value.address, "rule": value.rule}
    if dataclasses.is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value) if field.repr}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, tuple):  # a delivery that was settled
        copy, event = value
        return {"message": copy.message.number, "queue": copy.queue, "tag": event.tag, "address": event.address}
    return json_form(value)

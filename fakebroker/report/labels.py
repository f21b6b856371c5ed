"""What an entry says, in a few words: the text at its arrow."""

from __future__ import annotations

from collections.abc import Mapping

from fakebroker.journal.record import Record
from fakebroker.journal.text import line
from fakebroker.printable import printable

LONGEST = 44
"""How many characters a text at an arrow may have."""

SHOWN: Mapping[str, tuple[str, ...]] = {
    "exchange.declare": ("exchange", "type"),
    "exchange.delete": ("exchange",),
    "exchange.bind": ("source", "destination", "routing_key"),
    "queue.declare": ("queue",),
    "queue.declare-ok": ("queue", "message_count"),
    "queue.bind": ("queue", "exchange", "routing_key"),
    "queue.unbind": ("queue", "exchange", "routing_key"),
    "queue.purge": ("queue",),
    "queue.delete": ("queue",),
    "basic.qos": ("prefetch_count",),
    "basic.consume": ("queue",),
    "basic.consume-ok": ("consumer_tag",),
    "basic.cancel": ("consumer_tag",),
    "basic.get": ("queue",),
    "basic.return": ("reply_code", "reply_text"),
    "basic.ack": ("delivery_tag",),
    "basic.nack": ("delivery_tag",),
    "basic.reject": ("delivery_tag",),
    "channel.close": ("reply_code", "reply_text"),
    "connection.close": ("reply_code", "reply_text"),
    "connection.open": ("virtual_host",),
    "connection.blocked": ("reason",),
}
"""The arguments that matter at first sight, by command."""

FLAGS = ("multiple", "requeue", "redelivered", "passive", "exclusive", "no_ack")
"""What is said of a command where it is so."""


def label(record: Record) -> str:
    """What the entry says, in a few words."""
    if record.kind != "method":
        return line(record)
    words = [record.name.removeprefix("basic."), *_arguments(record)]
    words += [flag.replace("_", "-") for flag in FLAGS if record.arguments.get(flag) is True]
    if record.body is not None:
        words.append(body(record.body))
    return shorten(" ".join(words))


def _arguments(record: Record) -> list[str]:
    values = [record.arguments.get(name) for name in SHOWN.get(record.name, ())]
    return [printable(str(value)) for value in values if value not in (None, "", 0)]


def body(octets: bytes) -> str:
    """A body in a few words: its text, or how long it is."""
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        return f"({len(octets)} octets)"
    return printable(text) if text else "(empty)"


def shorten(text: str, longest: int = LONGEST) -> str:
    """The text, cut where it is too long to be read at an arrow."""
    return text if len(text) <= longest else text[: longest - 1] + "…"

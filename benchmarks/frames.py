"""The bytes that clients send and bare servers answer, made before any clock runs."""

from __future__ import annotations

from struct import Struct
from typing import Any, NamedTuple

from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode

FRAME_MAX = 65536
"""Octets in a frame: what every peer accepts."""
CHANNEL_MAX = 2047

HEAD = Struct(">BHI")
"""Type, channel and size: what a frame begins with."""
METHOD = 7
"""Where a frame's class and method ids begin."""


def frame(channel: int, name: str, body: bytes | None = None, version: str = "0-9-1", **fields: Any) -> bytes:
    """One command's frames; with a body (it may be empty) they carry content without properties."""
    content = None if body is None else Content.make({}, body)
    return encode(load(version).command(channel, name, content, **fields), FRAME_MAX)


def ids(name: str, version: str = "0-9-1") -> bytes:
    """The four bytes by which a method is told from others: ``ids("queue.declare-ok")``."""
    method = load(version).methods[name]
    return method.class_id.to_bytes(2, "big") + method.id.to_bytes(2, "big")


class Step(NamedTuple):
    """What a client sends, and the one method that answers it."""

    data: bytes
    answer: bytes


HEADER = b"AMQP\x00\x00\x09\x01"
START_OK = frame(
    0, "connection.start-ok", client_properties={}, mechanism="PLAIN", response=b"\0guest\0guest", locale="en_US"
)
TUNE_OK = frame(0, "connection.tune-ok", channel_max=CHANNEL_MAX, frame_max=FRAME_MAX, heartbeat=0)
OPEN = frame(0, "connection.open", virtual_host="/")
CHANNEL_OPEN = frame(1, "channel.open")
CLOSE = frame(0, "connection.close", reply_code=200, reply_text="bye")

HANDSHAKE = (
    Step(HEADER, ids("connection.start")),
    Step(START_OK, ids("connection.tune")),
    Step(TUNE_OK + OPEN, ids("connection.open-ok")),
    Step(CHANNEL_OPEN, ids("channel.open-ok")),
)
GOODBYE = Step(CLOSE, ids("connection.close-ok"))


def declare(name: str, exclusive: bool = False, passive: bool = False) -> Step:
    """Declare a queue, or ask how many messages it has."""
    data = frame(1, "queue.declare", queue=name, exclusive=exclusive, passive=passive)
    return Step(data, ids("queue.declare-ok"))


def delete(name: str) -> Step:
    """Delete a queue."""
    return Step(frame(1, "queue.delete", queue=name), ids("queue.delete-ok"))


def purge(name: str) -> Step:
    """Empty a queue."""
    return Step(frame(1, "queue.purge", queue=name), ids("queue.purge-ok"))


def publish(routing_key: str, size: int, exchange: str = "") -> bytes:
    """One message with a body of so many octets."""
    return frame(1, "basic.publish", b"x" * size, exchange=exchange, routing_key=routing_key)


def consume(queue: str, no_ack: bool = True, tag: str = "c") -> Step:
    """Subscribe to a queue."""
    data = frame(1, "basic.consume", queue=queue, consumer_tag=tag, no_ack=no_ack)
    return Step(data, ids("basic.consume-ok"))


def bind(queue: str, exchange: str, key: str = "") -> Step:
    """Bind a queue."""
    return Step(frame(1, "queue.bind", queue=queue, exchange=exchange, routing_key=key), ids("queue.bind-ok"))


def get(queue: str, answer: str = "basic.get-ok") -> Step:
    """Fetch a message that needs no ack."""
    return Step(frame(1, "basic.get", queue=queue, no_ack=True), ids(answer))

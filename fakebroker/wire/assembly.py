"""Puts a method, its content header and its bodies together to one command (AMQP 0-9-1, 4.2.6).

Mostly these frames come one behind the other, so they are read in one go, from the method on. A half-read command is
kept only when the bytes end before its content does, or frames of another channel come in between.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import TypeAlias

from fakebroker.errors import AMQPError
from fakebroker.wire.command import Command, Content
from fakebroker.wire.framing import BODY, CONTENT, END, HEAD, HEADER
from fakebroker.wire.spec import Method

Pending: TypeAlias = tuple[int, Method, object, bytes | None, int, list[bytes]]
"""A command whose content is not complete yet.

It has the channel, the method, the arguments, the property bytes (None before the header has come), how many bytes of
the body are missing, and the pieces of the body that have come.
"""

_shared = lru_cache(512)(bytes)
"""Equal property bytes become one object: a publisher's messages mostly have the same."""
_SMALL = 128
"""Properties with this many octets or more are not remembered."""
_new = tuple.__new__  # a named tuple's own constructor takes twice as long
_unpack_head = HEAD.unpack_from
_unpack_header = Struct(">BHIHHQ").unpack_from  # a header frame up to its properties
_HEAD_SIZE = HEAD.size
_HEADER_SIZE = HEAD.size + CONTENT.size
_CONTENT_SIZE = CONTENT.size


def assemble(pending: Pending, data: bytes, offset: int, limit: int) -> tuple[Command | Pending, int]:
    """Take the frames at an offset that belong to the content of a pending command.

    It stops before the first frame that does not continue this content, and before one that has not come completely.
    If the bodies are longer than the header has announced, the content is never complete, as in RabbitMQ 3.10.

    :param limit: the longest payload to accept, in bytes.
    :return: the command if it is complete, or what is pending now; and the offset behind the last frame taken.
    """
    channel, method, args, header, missing, parts = pending
    size = len(data)
    if header is None:
        if size - offset <= _HEADER_SIZE:
            return pending, offset
        kind, number, length, class_id, weight, missing = _unpack_header(data, offset)
        end = offset + _HEAD_SIZE + length
        if kind != HEADER or number != channel or class_id != method.class_id or weight or length < _CONTENT_SIZE:
            return pending, offset
        if length > limit or end >= size or data[end] != END:
            return pending, offset
        header = data[offset + _HEADER_SIZE : end]
        if len(header) < _SMALL:
            header = _shared(header)
        offset = end + 1
    while missing and size - offset > _HEAD_SIZE:
        kind, number, length = _unpack_head(data, offset)
        end = offset + _HEAD_SIZE + length
        if kind != BODY or number != channel or length > limit or end >= size or data[end] != END:
            break
        parts.append(data[offset + _HEAD_SIZE : end])
        missing -= length
        offset = end + 1
    if missing:
        return (channel, method, args, header, missing, parts), offset
    return _new(Command, (channel, method, args, Content(method.klass, header, b"".join(parts)))), offset


def is_next(pending: Pending, length: int) -> bool:
    """Whether a body frame with a payload of this length may come next."""
    _channel, _method, _args, header, missing, _parts = pending
    return header is not None and length <= missing


def refusal(pending: Pending, kind: int, payload: bytes) -> AMQPError:
    """The error for a frame that does not continue the content of a pending command."""
    _channel, method, _args, header, _missing, _parts = pending
    due = method.class_id
    if header is not None:
        text = "expected content body, got non content body frame instead"
    elif kind == HEADER and payload[2:4] == b"\0\0":
        class_id = int.from_bytes(payload[:2], "big")
        text = f"expected content header for class {due}, got one for class {class_id} instead"
    else:
        text = f"expected content header for class {due}, got non content header frame instead"
    return AMQPError("unexpected-frame", text, (due, method.id))

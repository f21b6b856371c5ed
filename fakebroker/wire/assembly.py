"""Puts a method, its content header and its bodies together to one command (AMQP 0-9-1, 4.2.6).

Mostly these frames come one behind the other, so they are read in one go, from the method on. A half-read command is
kept only when the bytes end before its content does, or frames of another channel come in between.

A publisher mostly sends the same command again with another body. Then the method and the header are the same bytes as
before, and need not be read again.
"""

from __future__ import annotations

from functools import lru_cache
from struct import Struct
from typing import TypeAlias

from fakebroker.errors import AMQPError
from fakebroker.wire.command import Command, Commands, Content
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
_unpack_body_size = Struct(">Q").unpack_from
_SIZE_AT = HEAD.size + 4
"""Where in a header frame the size of the body stands; behind it come the properties."""
AT_ONCE = 65536
"""Octets of frames from which on commands are not taken together any more: between two arrivals somebody may pause."""
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


def take_alike(first: Command, data: bytes, begin: int, end: int, limit: int) -> tuple[Command | Commands, int]:
    """Take the commands that follow the first one and are alike but for their bodies.

    :param begin: where the first one's method frame begins.
    :param end: where its last frame ends.
    :param limit: the longest payload to accept, in bytes.
    :return: the first one alone if none follows, else all of them; and the offset behind the last.
    """
    channel, method, args, content = first
    assert content is not None, "only what has content is alike but for that"
    last = min(len(data), begin + AT_ONCE)
    if content.body:
        size_at = begin + _HEAD_SIZE + _unpack_head(data, begin)[2] + 1 + _SIZE_AT
        body_at = size_at + 8 + len(content.header) + 1 + _HEAD_SIZE
        if body_at + len(content.body) + 1 != end:  # it came in several frames
            return first, end
        more, end = _bodies_alike(data[begin:body_at], size_at - begin, data, end, last, limit)
    else:
        same, more = data[begin:end], []
        while data.startswith(same, end) and end + len(same) <= last:
            more.append(b"")
            end += len(same)
    return (Commands(channel, method, args, content, [content.body, *more]) if more else first), end


def _bodies_alike(same: bytes, size_at: int, data: bytes, end: int, last: int, limit: int) -> tuple[list[bytes], int]:
    """The bodies of all commands that follow and are alike; and the offset behind the last.

    Such commands differ in two places only, the size of the body, which stands in the header frame and once more before
    the body, and the body itself. While the size is the same too, so is all that goes before the body.

    :param same: what went before the last body.
    :param size_at: where in that the size stands.
    :param last: where to stop.
    """
    bodies: list[bytes] = []
    before, between = same[:size_at], same[size_at + 8 : -4]
    size = _unpack_body_size(same, size_at)[0]
    while True:
        start = end + len(same)
        if not data.startswith(same, end):
            same = data[end:start]
            if not (same.startswith(before) and same.startswith(between, size_at + 8)):
                break
            size = _unpack_body_size(same, size_at)[0]
            if not 0 < size <= limit or same[-4:] != same[size_at + 4 : size_at + 8]:
                break
        if start + size >= last or data[start + size] != END:
            break
        bodies.append(data[start : start + size])
        end = start + size + 1
    return bodies, end


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

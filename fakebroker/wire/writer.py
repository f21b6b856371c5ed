"""Turns commands into bytes."""

from __future__ import annotations

from struct import Struct

from fakebroker.wire.command import Command, Content
from fakebroker.wire.framing import BODY, CONTENT, END, HEAD, HEADER, METHOD, OVERHEAD
from fakebroker.wire.framing import HEARTBEAT as HEARTBEAT_TYPE

_END = bytes((END,))
_pack_head = HEAD.pack
# What stands between two payloads: the end of one frame and the head of the next.
_pack_next = Struct(">BBHI").pack
_pack_header = Struct(">BBHIHHQ").pack

HEARTBEAT: bytes = HEAD.pack(HEARTBEAT_TYPE, 0, 0) + _END
"""A heartbeat frame."""


def encode(command: Command, frame_max: int) -> bytes:
    """Write a command's frames: its method, and for content a header, and as many bodies as ``frame_max`` requires.

    :param frame_max: how many bytes a whole body frame may have; 0 for no limit.
    :raises ValueError: when a field can't hold its value, such as a name of more than 255 bytes.
    """
    channel, method, args, content = command
    payload = method.encode(args)
    if content is None:
        return b"".join((_pack_head(METHOD, channel, len(payload)), payload, _END))
    return b"".join((_pack_head(METHOD, channel, len(payload)), payload, *content_parts(channel, content, frame_max)))


def content_parts(channel: int, content: Content, frame_max: int) -> list[bytes]:
    """Write what follows a method's payload: the frame-end, the header frame, body frames unless the body is empty."""
    header, body = content.header, content.body
    size = len(body)
    head_size = CONTENT.size + len(header)
    parts = [_pack_header(END, HEADER, channel, head_size, content.class_id, 0, size), header]
    step = frame_max - OVERHEAD if frame_max else size
    if size <= step:
        if size:
            parts += (_pack_next(END, BODY, channel, size), body)
    else:
        for start in range(0, size, step):
            part = body[start : start + step]
            parts += (_pack_next(END, BODY, channel, len(part)), part)
    parts.append(_END)
    return parts


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    """Write one frame."""
    return b"".join((_pack_head(kind, channel, len(payload)), payload, _END))

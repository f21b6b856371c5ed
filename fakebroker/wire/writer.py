"""Commands to bytes."""

from __future__ import annotations

from fakebroker.wire.command import Command, Content
from fakebroker.wire.framing import BODY, CONTENT, END, HEAD, HEADER, METHOD, OVERHEAD
from fakebroker.wire.framing import HEARTBEAT as HEARTBEAT_TYPE

_END = bytes((END,))

HEARTBEAT: bytes = HEAD.pack(HEARTBEAT_TYPE, 0, 0) + _END
"""A heartbeat frame."""


def encode(command: Command, frame_max: int) -> bytes:
    """The command's frames: its method, and for content a header and as many bodies as ``frame_max`` asks for.

    :param frame_max: the size in bytes that no body frame may exceed, all included; 0 for no limit.
    :raises ValueError: for values that the method's fields can't hold, such as a name of more than 255 bytes.
    """
    method = frame(METHOD, command.channel, command.method.encode(command.args))
    if command.content is None:
        return method
    return b"".join((method, *content_frames(command.channel, command.content, frame_max)))


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    """One frame."""
    return b"".join((HEAD.pack(kind, channel, len(payload)), payload, _END))


def content_frames(channel: int, content: Content, frame_max: int) -> list[bytes]:
    """A content's header frame and its body frames; none for an empty body."""
    body = content.body
    head = CONTENT.pack(content.class_id, 0, len(body)) + content.header
    step = frame_max - OVERHEAD if frame_max else len(body) or 1
    return [
        frame(HEADER, channel, head),
        *(frame(BODY, channel, body[start : start + step]) for start in range(0, len(body), step)),
    ]

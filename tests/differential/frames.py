"""The client's end of the wire: frames out of bytes, bytes out of frames.

Deliberately apart from ``fakebroker.wire.reader``: a scenario sends what no reader would accept, and what comes back is
looked at frame by frame. Only the specifications are shared.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

METHOD, HEADER, BODY, HEARTBEAT = 1, 2, 3, 8
END = 0xCE


class Frame(NamedTuple):
    """One frame, or with type 0 the protocol header by which a server refuses a client's."""

    type: int
    channel: int
    payload: bytes


class BadFrame(Exception):
    """The server sent something that is not a frame."""


def take(buffer: bytearray) -> Frame | None:
    """Remove the first whole frame from ``buffer``.

    :raises BadFrame: when a frame doesn't end as one.
    """
    if buffer[:4] == b"AMQP" and len(buffer) >= 8:
        header = bytes(buffer[:8])
        del buffer[:8]
        return Frame(0, 0, header)
    if len(buffer) < 7:
        return None
    kind, channel, size = struct.unpack_from("!BHI", buffer)
    if len(buffer) < size + 8:
        return None
    if buffer[size + 7] != END:
        raise BadFrame(bytes(buffer[: size + 8]).hex())
    payload = bytes(buffer[7 : size + 7])
    del buffer[: size + 8]
    return Frame(kind, channel, payload)


def frame(kind: int, channel: int, payload: bytes) -> bytes:
    """A frame as it goes over the wire."""
    return struct.pack("!BHI", kind, channel, len(payload)) + payload + bytes([END])


def content(channel: int, class_id: int, properties: bytes, body: bytes, frame_max: int = 131072) -> bytes:
    """Header and body frames; ``properties`` begin with their flags."""
    header = struct.pack("!HHQ", class_id, 0, len(body)) + properties
    room = frame_max - 8
    parts = [body[start : start + room] for start in range(0, len(body), room)]
    return frame(HEADER, channel, header) + b"".join(frame(BODY, channel, part) for part in parts)

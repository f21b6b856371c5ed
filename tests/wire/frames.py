"""Frames and pieces of frames, written by hand where the codecs would refuse to."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from itertools import pairwise

from fakebroker.wire.command import Event
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode, frame


def method(channel: int, class_id: int, method_id: int, arguments: bytes = b"") -> bytes:
    """A method frame."""
    return frame(1, channel, struct.pack(">HH", class_id, method_id) + arguments)


def header(channel: int, class_id: int = 60, weight: int = 0, size: int = 0, properties: bytes = b"\0\0") -> bytes:
    """A content header frame."""
    return frame(2, channel, struct.pack(">HHQ", class_id, weight, size) + properties)


def body(channel: int, data: bytes) -> bytes:
    """A body frame."""
    return frame(3, channel, data)


def publish(channel: int) -> bytes:
    """The method frame of ``basic.publish``, without the content that should follow."""
    return encode(load("0-9-1").command(channel, "basic.publish", routing_key="q"), 0)


def wrong_end(data: bytes, octet: int = 0) -> bytes:
    """A frame whose last octet is not 206."""
    return data[:-1] + bytes([octet])


def pieces(data: bytes, cuts: Iterable[int]) -> Iterator[bytes]:
    """The bytes, cut at some offsets."""
    return (data[start:end] for start, end in pairwise([0, *sorted(cuts), len(data)]))


def feed(reader: Reader, *chunks: bytes) -> list[Event]:
    """All that a reader makes of some chunks."""
    return [event for chunk in chunks for event in reader.feed(chunk)]

"""Frames on the wire, for the actions that work on octets."""

from __future__ import annotations

from typing import Literal

from fakebroker.faults.steps import End, Mute, Step
from fakebroker.wire.framing import HEAD, OVERHEAD

Ending = Literal["close", "reset", "silence"]
"""How a transmission stops short: with a FIN, with a RST, or with nothing more and the socket open."""


def frames(data: bytes) -> list[bytes]:
    """Cut octets into frames; what is no whole frame, such as a protocol header, stays in one piece."""
    found: list[bytes] = []
    start = 0
    while len(data) - start >= OVERHEAD and data[start : start + 4] != b"AMQP":
        size = HEAD.unpack_from(data, start)[2] + OVERHEAD
        if start + size > len(data):
            break
        found.append(data[start : start + size])
        start += size
    return [*found, data[start:]] if start < len(data) else found


def chosen(data: bytes, number: int) -> tuple[bytes, bytes, bytes]:
    """What is before the so many-th frame (from 1, or the last if there are fewer), the frame, and what is behind."""
    parts = frames(data)
    index = min(number, len(parts)) - 1
    return b"".join(parts[:index]), parts[index], b"".join(parts[index + 1 :])


def ending(how: Ending) -> Step:
    """The step that stops a transmission short."""
    if how == "silence":
        return Mute("everything")
    return End("break off" if how == "reset" else "close")  # what goes before the end arrives

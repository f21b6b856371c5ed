"""Frames on the wire, for the actions that work on octets."""

from __future__ import annotations

from typing import Literal

from fakebroker.faults.steps import End, Mute, Step
from fakebroker.wire.framing import HEAD, OVERHEAD

Ending = Literal["close", "reset", "silence"]
"""How an item stops short: with a FIN, with a RST, or with silence on a socket that stays open."""


def frames(data: bytes) -> list[bytes]:
    """Cut octets into frames. What is no whole frame, such as a protocol header, is the last piece."""
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
    """Split octets into those before a frame, the frame, and those behind it.

    :param number: the frame's, from 1. If there are fewer frames, it is the last.
    """
    parts = frames(data)
    index = min(number, len(parts)) - 1
    return b"".join(parts[:index]), parts[index], b"".join(parts[index + 1 :])


def ending(how: Ending) -> Step:
    """The step that stops an item short."""
    if how == "silence":
        return Mute("everything")
    return End("break off" if how == "reset" else "close")  # both let what was written before arrive

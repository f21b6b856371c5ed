"""The bytes that a bare server answers, and those it has to know: made here, for it must not load fakebroker."""

from __future__ import annotations

from typing import NamedTuple

from benchmarks.frames import CLOSE, FRAME_MAX, declare, frame, ids

BULK = "bulk"
"""The queue for which a bare server swallows and produces instead of answering."""


class Canned(NamedTuple):
    """All that a bare server knows of AMQP."""

    start: bytes
    start_0_8: bytes
    answers: dict[bytes, bytes]
    """By the class and method id of the question."""
    declare_bulk: bytes
    ask: bytes
    """How many messages does the bulk queue have?"""
    counted: bytes
    """The answer, without the two counts and the frame's end."""
    consume: bytes
    """Class and method id."""
    consume_ok: bytes
    delivery: bytes
    confirm: bytes
    """Class and method id."""
    ack: bytes
    close: bytes
    """Class and method id."""
    goodbye: bytes
    """A client's last frame, which may come in one piece with what was before it."""


def canned() -> Canned:
    """The bytes."""
    capabilities = {"basic.nack": True, "publisher_confirms": True}
    start = frame(
        0,
        "connection.start",
        version_minor=9,
        server_properties={"product": "bare", "capabilities": capabilities},
        mechanisms=b"PLAIN",
        locales=b"en_US",
    )
    return Canned(
        start=start,
        start_0_8=start.replace(b"\x00\x09", b"\x08\x00", 1),
        answers=_answers(),
        declare_bulk=declare(BULK).data,
        ask=declare(BULK, passive=True).data,
        counted=frame(1, "queue.declare-ok", queue=BULK)[:-9],
        consume=ids("basic.consume"),
        consume_ok=frame(1, "basic.consume-ok", consumer_tag="c"),
        delivery=frame(1, "basic.deliver", b"x" * 128, consumer_tag="c", delivery_tag=1, routing_key=BULK),
        confirm=ids("confirm.select"),
        ack=frame(1, "basic.ack", delivery_tag=0, multiple=True),
        close=ids("connection.close"),
        goodbye=CLOSE,
    )


def _answers() -> dict[bytes, bytes]:
    return {
        ids("connection.start-ok"): frame(0, "connection.tune", channel_max=2047, frame_max=FRAME_MAX, heartbeat=0),
        ids("connection.open"): frame(0, "connection.open-ok"),
        ids("connection.close"): frame(0, "connection.close-ok"),
        ids("connection.close", "0-8"): frame(0, "connection.close-ok", version="0-8"),
        ids("channel.open"): frame(1, "channel.open-ok"),
        ids("channel.close"): frame(1, "channel.close-ok"),
        ids("queue.declare"): frame(1, "queue.declare-ok", queue="q"),
        ids("queue.delete"): frame(1, "queue.delete-ok"),
        ids("queue.purge"): frame(1, "queue.purge-ok"),
        ids("basic.get"): frame(1, "basic.get-ok", b"x" * 128, delivery_tag=1, routing_key="q"),
        ids("basic.qos"): frame(1, "basic.qos-ok"),
        ids("confirm.select"): frame(1, "confirm.select-ok"),
    }

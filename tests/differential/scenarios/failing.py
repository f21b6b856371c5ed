"""A channel fails, and its connection with it, while frames for others lie behind in the same piece."""

from __future__ import annotations

from typing import Any

from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.differential.scenario import Step
from tests.differential.scenarios.say import Q2, Q, declare, do, get, publish

SPEC = load("0-9-1")  # what is sent here is the same in all versions


def sent(channel: int, method: str, body: bytes | None = None, **args: Any) -> bytes:
    return encode(SPEC.command(channel, method, None if body is None else Content.make({}, body), **args), 0)


def piece(*commands: bytes) -> Step:
    return ["a", "bytes", {"hex": b"".join(commands).hex()}]


BAD = sent(1, "basic.publish", b"bad", routing_key=Q, immediate=True)
LATE = sent(2, "basic.publish", b"late", routing_key=Q)
DECLARE = sent(2, "queue.declare", queue=Q2)
BEFORE = [declare(), do("basic.qos", "a2", prefetch_count=1)]
AFTER = [get(at="b1"), get(at="b1"), do("queue.declare", "b2", queue=Q2, passive=True)]

SCENARIOS: dict[str, list[Step]] = {
    name: [*BEFORE, *steps, *AFTER]
    for name, steps in {
        "a publish on another channel": [piece(BAD, LATE)],
        "many of them": [piece(BAD, LATE * 20)],
        "a declaration": [piece(BAD, DECLARE)],
        "a declaration and a publish": [piece(BAD, DECLARE, LATE)],
        "a get": [publish("1", at="b1"), piece(BAD, sent(2, "basic.get", queue=Q))],
        "a publish on the channel itself": [piece(BAD, BAD, sent(1, "basic.publish", b"late", routing_key=Q))],
        "a second channel that fails": [piece(BAD, sent(2, "basic.publish", b"bad", immediate=True), LATE)],
        "a channel that is closed": [piece(BAD, sent(2, "queue.declare", queue="df.none", passive=True))],
        "a new channel": [piece(BAD, sent(3, "channel.open"), sent(3, "queue.declare", queue=Q2))],
        "the client's close": [piece(BAD, sent(0, "connection.close", reply_code=200, reply_text="bye"), LATE)],
        "junk": [piece(BAD, LATE, b"\xff" * 20)],
    }.items()
}

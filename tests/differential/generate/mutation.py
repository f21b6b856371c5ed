"""Good frames with a few octets changed: what a codec makes of nearly the right thing."""

from __future__ import annotations

import random
from typing import Any

from fakebroker.values import Int64, Timestamp
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from tests.differential import frames
from tests.differential.generate.world import World
from tests.differential.scenario import Step

PUBLISH = "003c0028000000016b00"  # basic.publish to the default exchange, routing key "k", where nothing listens

_PROPERTIES: dict[str, Any] = {
    "content_type": "text/plain", "headers": {"a": 1, "b": "x", "c": [True, {"d": None}], "e": Int64(5), "f": 1.5},
    "delivery_mode": 2, "priority": 1, "correlation_id": "é", "expiration": "1000000", "timestamp": Timestamp(1),
    "user_id": "guest",
}  # fmt: skip

# Methods that leave nothing behind, whatever becomes of their arguments.
_METHODS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("basic.qos", {"prefetch_count": 1}),
    ("basic.get", {"queue": "df.q1"}),
    ("basic.cancel", {"consumer_tag": "c1"}),
    ("basic.ack", {"delivery_tag": 1}),
    ("basic.reject", {"delivery_tag": 1}),
    ("basic.recover", {"requeue": True}),
    ("basic.consume", {"queue": "df.q1", "consumer_tag": "m", "arguments": {"x-priority": 1, "t": {"u": [1]}}}),
    ("queue.purge", {"queue": "df.q1"}),
    ("queue.unbind", {"queue": "df.q1", "exchange": "amq.direct", "routing_key": "k", "arguments": {"a": 1, "b": "c"}}),
    ("channel.flow", {"active": True}),
    ("channel.close", {"reply_code": 200, "reply_text": "bye"}),
    ("tx.rollback", {}),
)


def mutated(world: World) -> Step:
    """A method, or the properties of a message, with something wrong."""
    rng = world.rng
    if world.chance(0.5):
        chosen = {name: _PROPERTIES[name] for name in sorted(rng.sample(sorted(_PROPERTIES), rng.randint(1, 4)))}
        header = _changed(rng, Content.make(chosen, b"").header)
        size = rng.choice([0, 1])
        payload = "003c0000" + f"{size:016x}" + header.hex()
        given: list[list[Any]] = [[frames.METHOD, -1, PUBLISH], [frames.HEADER, -1, payload]]
        if size:
            given.append([frames.BODY, -1, "78"])
        return [world.place(), "frames", {"frames": given}]
    name, args = rng.choice(_METHODS)
    method = load(world.version).methods[name]
    known = {field.name for field in method.fields}
    encoded = method.encode(method.make(**{key: value for key, value in args.items() if key in known}))
    changed = encoded[:4] + _changed(rng, encoded[4:])
    return [world.place(), "frames", {"frames": [[frames.METHOD, -1, changed.hex()]]}]


def _changed(rng: random.Random, data: bytes) -> bytes:
    changed = bytearray(data)
    for _ in range(rng.randint(1, 2)):
        at = rng.randrange(len(changed) + 1)
        roll = rng.random()
        if roll < 0.5 and at < len(changed):
            changed[at] = rng.choice([0, 1, 255, changed[at] ^ 1, rng.randrange(256)])
        elif roll < 0.65:
            del changed[at:]
        elif roll < 0.8:
            del changed[at : at + 1]
        else:
            changed[at:at] = rng.randbytes(rng.randint(1, 3))
    return bytes(changed)

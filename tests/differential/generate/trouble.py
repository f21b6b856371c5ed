"""Operations on channels and connections, and all that a client must not do."""

from __future__ import annotations

import random
import struct
from typing import Any

from tests.differential import frames
from tests.differential.generate import values
from tests.differential.generate.world import World
from tests.differential.scenario import Step

PUBLISH = "003c0028000000016b00"  # basic.publish to the default exchange, routing key "k"


def connect(world: World, letter: str) -> Step:
    """A connection with other options than usual."""
    rng = world.rng
    options: dict[str, Any] = {}
    if world.chance(0.6):
        options["capabilities"] = {
            name: world.chance(0.6)
            for name in ("consumer_cancel_notify", "publisher_confirms", "connection.blocked", "basic.nack")
            if world.chance(0.5)
        }
    if world.chance(0.4):
        options["tune"] = {"frame_max": rng.choice([4096, 5000, 65536])}
    elif world.chance(0.3):
        options["tune"] = {"channel_max": rng.choice([3, 4])}
    return [letter, "connect", options]


def channel_trouble(world: World) -> Step:
    """Opening, closing, flow, access.request."""
    place = world.place()
    roll = world.rng.random()
    if roll < 0.35:
        world.modes.pop(place, None)
        world.tags[place] = []
        return [place, "channel.close", {"reply_code": 200, "reply_text": "bye"}]
    if roll < 0.45:
        return [place, "channel.open", {}]
    if roll < 0.65:
        return [place, "channel.flow", {"active": world.chance(0.95)}]
    if roll < 0.75 and world.version != "0-9-1":
        return [place, "access.request", {"realm": "/data", "read": True}]
    if roll < 0.85:
        world.tags[place] = []
        return [place[0], "drop", {}] if world.chance(0.3) else [place[0], "connection.close", {"reply_code": 200}]
    return [place[0] + str(world.rng.randint(1, 5)), "basic.qos", {"prefetch_count": 1}]


def out_of_place(world: World) -> Step:
    """A known method in the wrong state, direction or place."""
    place = world.place()
    wrong = _on_another_channel(place[0]) + _on_this_channel(place) + _blocked_and_secrets(place)
    return world.rng.choice(wrong + (_of_old(place) if world.version != "0-9-1" else []))


def _on_another_channel(letter: str) -> list[Step]:
    """On a channel that is not open, and on channel 0."""
    return [
        [letter + "9", "!basic.qos", {"prefetch_count": 1}],
        [letter + "9", "!channel.close", {"reply_code": 200}],
        [letter + "9", "!channel.close-ok", {}],
        [letter + "9", "!basic.publish", {"routing_key": "k"}, {"body": "x"}],
        [letter + "0", "channel.open", {}],
        [letter + "0", "queue.declare", {"queue": "df.q1"}],
        [letter + "0", "basic.publish", {"routing_key": "k"}, {"body": "x"}],
        [letter + "0", "connection.open", {"virtual_host": "/"}],
        [letter + "0", "connection.tune-ok", {"channel_max": 2047, "frame_max": 131072}],
        [letter + "0", "connection.start-ok", {"mechanism": "PLAIN", "response": {"$x": "00"}, "locale": "en_US"}],
        [letter + "0", "connection.secure-ok", {"response": {"$x": "00"}}],
        [letter + "0", "connection.close-ok", {}],
        [letter + "0", "connection.tune", {"channel_max": 1}],
        [letter + "0", "connection.open-ok", {}],
    ]


def _on_this_channel(place: str) -> list[Step]:
    """What belongs on channel 0, and what only a broker sends or none expects."""
    return [
        [place, "connection.close", {"reply_code": 200}],
        [place, "connection.open", {"virtual_host": "/"}],
        [place, "channel.open-ok", {}],
        [place, "channel.flow-ok", {"active": True}],
        [place, "channel.close-ok", {}],
        [place, "queue.declare-ok", {"queue": "df.q1"}],
        [place, "queue.bind-ok", {}],
        [place, "exchange.declare-ok", {}],
        [place, "basic.qos-ok", {}],
        [place, "basic.consume-ok", {"consumer_tag": "c1"}],
        [place, "basic.get-empty", {}],
        [place, "basic.deliver", {"consumer_tag": "c1", "delivery_tag": 1}, {"body": "x"}],
        [place, "basic.return", {"reply_code": 312}, {"body": "x"}],
        [place, "basic.get-ok", {"delivery_tag": 1}, {"body": "x"}],
        [place, "tx.select-ok", {}],
        [place, "confirm.select-ok", {}],
        [place, "basic.recover-ok", {}],
        [place, "basic.cancel-ok", {"consumer_tag": "c1"}],
        [place, "basic.credit", {"consumer_tag": "c1", "credit": 1}],
        [place, "basic.credit-ok", {"available": 1}],
    ]


def _blocked_and_secrets(place: str) -> list[Step]:
    """RabbitMQ's own methods of the connection."""
    letter = place[0]
    return [
        [letter + "0", "connection.blocked", {"reason": "none"}],
        [letter + "0", "connection.unblocked", {}],
        [letter + "0", "connection.update-secret", {"new_secret": {"$x": "67"}, "reason": "none"}],
        [letter + "0", "connection.update-secret-ok", {}],
        [place, "connection.update-secret", {"new_secret": {"$x": "67"}, "reason": "none"}],
    ]


def _of_old(place: str) -> list[Step]:
    """What only the old versions have and no broker ever served."""
    return [
        [place, "file.qos", {"prefetch_count": 1}],
        [place, "file.consume", {"queue": "df.q1", "consumer_tag": "c1"}],
        [place, "file.open", {"identifier": "i", "content_size": 1}],
        [place, "file.ack", {"delivery_tag": 1}],
        [place, "file.publish", {"routing_key": "k"}],
        [place, "file.stage", {}, {"class": 70, "header": "0000", "body": "x"}],
        [place, "stream.qos", {"prefetch_count": 1}],
        [place, "stream.consume", {"queue": "df.q1"}],
        [place, "stream.publish", {"routing_key": "k"}, {"class": 80, "header": "0000", "body": "x"}],
        [place, "stream.cancel", {"consumer_tag": "c1"}],
        [place, "dtx.select", {}],
        [place, "dtx.start", {"dtx_identifier": "1"}],
        [place, "tunnel.request", {}, {"class": 110, "header": "0000", "body": "x"}],
        [place, "test.integer", {"integer_1": 1}],
        [place, "test.string", {"string_1": "s"}],
        [place, "test.table", {}],
        [place, "test.content", {}, {"class": 120, "header": "0000", "body": "x"}],
        [place, "channel.alert", {"reply_code": 1}],
        [place, "channel.ping", {}],
        [place, "channel.resume", {}],
        [place[0] + "0", "connection.redirect", {"host": "h"}],
        [place, "access.request-ok", {"ticket": 1}],
    ]


def malformed(world: World) -> Step:
    """Frames and content no client should send."""
    return [world.place(), "frames", {"frames": world.rng.choice(_contents(world.rng) + _odd_frames(world.rng))}]


def _contents(rng: random.Random) -> list[list[list[Any]]]:
    """A publish whose parts are wrong, missing, too many or in the wrong order."""
    method, header, body = frames.METHOD, frames.HEADER, frames.BODY
    good = _header(60, 0, 3)
    text = b"abc".hex()
    return [
        [[header, -1, good]],
        [[body, -1, text]],
        [[method, -1, PUBLISH], [body, -1, text]],
        [[method, -1, PUBLISH], [method, -1, PUBLISH]],
        [[method, -1, PUBLISH], [method, -1, "003c000a00000000000000"]],
        [[method, -1, PUBLISH], [header, -1, good], [header, -1, good]],
        [[method, -1, PUBLISH], [header, -1, good], [method, -1, PUBLISH]],
        [[method, -1, PUBLISH], [header, -1, good], [body, -1, b"abcd".hex()]],
        [[method, -1, PUBLISH], [header, -1, good], [body, -1, "61"], [body, -1, ""], [body, -1, "6263"]],
        [[method, -1, PUBLISH], [header, -1, good], [frames.HEARTBEAT, 0, ""], [body, -1, text]],
        [[method, -1, PUBLISH], [header, -1, good], [body, -1, text], [body, -1, text]],
        [[method, -1, PUBLISH], [header, -1, _header(rng.choice([50, 90, 0, 61]), 0, 3)], [body, -1, text]],
        [[method, -1, PUBLISH], [header, -1, _header(60, 1, 3)], [body, -1, text]],
        [[method, -1, PUBLISH], [header, -1, good[:-2]]],
        [[method, -1, PUBLISH], [header, -1, ""]],
        [[method, -1, PUBLISH], [header, -1, _header(60, 0, 3, rng.choice(_BAD_PROPERTIES))], [body, -1, text]],
        [[method, -1, PUBLISH], [header, -1, _header(60, 0, 0, rng.choice(_BAD_PROPERTIES))]],
        [[method, -1, PUBLISH + rng.choice(["00", "ff"])], [header, -1, good], [body, -1, text]],
    ]


def _odd_frames(rng: random.Random) -> list[list[list[Any]]]:
    """Frames that can't be decoded, or are where none is expected."""
    method, header, body = frames.METHOD, frames.HEADER, frames.BODY
    good = _header(60, 0, 3)
    text = b"abc".hex()
    junk = rng.randbytes(rng.randint(0, 12)).hex()
    return [
        [[method, -1, PUBLISH[:-4]]],
        [[method, -1, rng.choice(["", "00", "003c", "003c00", "003c000a", "003c000b00"])]],
        [[method, -1, rng.choice(["003c03e7", "03e7000a", "003cffff", "00000000", "00140063"])]],
        [[method, 0, rng.choice(["000a03e7", "03e7000a", "000a003c", "000a0028", ""])]],
        [[method, -1, "0032000a" + junk]],
        [[method, -1, "0028000a" + junk]],
        [[method, -1, "003c0014" + junk]],
        [[method, -1, _declare_with_table(rng.choice(_TABLES))]],
        [[rng.choice([0, 4, 5, 6, 7, 9, 255]), rng.choice([0, -1]), junk]],
        [[frames.HEARTBEAT, -1, ""]],
        [[frames.HEARTBEAT, 0, junk]],
        [[header, 0, good]],
        [[body, 0, text]],
        [[header, 9, good]],
        [[body, 9, text]],
    ]


_BAD_PROPERTIES = (
    "8000", "800005", "80000561", "2000", "200000000001", "20000000000301615a", "0001", "00010000", "ffff", "fffe00",
    "0800", "000100010000", "4000016180", "20000000000461614901", "80000161ff", "100002", "00020000", "00020161",
)  # fmt: skip
_TABLES = (
    "00000000", "00000005", "000000030161", "0000000301615a", "00000003016174", "0000000401617402",
    "0000000301615600", "0000000801614900000001", "0000000701614900000001", "00000007016153000000ff",
    "000000070161530000000161", "0000000701614600000000", "0000000701614100000000", "0000000401616201",
    "0000000901616cffffffffffff", "000000090161440200000096", "0000000800015600015600",
    "00000006016156016156", "0000000101", "00000003016156ff",
)  # fmt: skip


def _header(class_id: int, weight: int, size: int, properties: str = "0000") -> str:
    return struct.pack("!HHQ", class_id, weight, size).hex() + properties


def _declare_with_table(table: str) -> str:
    return "0032000a" + "0000" + "05" + b"df.q1".hex() + "00" + table


def wrong_arguments(world: World) -> Step:
    """Well-formed methods that ask for what can't be."""
    rng = world.rng
    place = world.place()
    choices: list[Step] = [
        [place, "queue.declare", {"queue": "amq.gen-made-up"}],
        [place, "queue.declare", {"queue": "amq.made-up", "passive": True}],
        [place, "queue.declare", {"queue": "df.none", "passive": True}],
        [place, "queue.delete", {"queue": "df.none"}],
        [place, "queue.declare", {"queue": "df. é\udcff"}],
        [place, "queue.delete", {"queue": ""}],
        [place, "queue.purge", {"queue": rng.choice(["", "df.none"])}],
        [place, "queue.bind", {"queue": rng.choice(["", "df.q1"]), "exchange": rng.choice(["", "df.none"])}],
        [place, "queue.unbind", {"queue": rng.choice(["df.none", "df.q1"]), "exchange": rng.choice(["", "df.none"])}],
        [place, "exchange.declare", {"exchange": "df.none", "type": "direct", "passive": True}],
        [place, "exchange.declare", {"exchange": "df.x1", "type": rng.choice(["", "no-such", "bogus"])}],
        [place, "exchange.declare", {"exchange": rng.choice(["", "amq.made-up"]), "type": "direct"}],
        [place, "exchange.delete", {"exchange": rng.choice(["", "amq.direct", "amq.made-up", "df.none"])}],
        [place, "exchange.bind", {"destination": rng.choice(["", "df.none"]), "source": "amq.fanout"}],
        [place, "exchange.unbind", {"destination": "df.x1", "source": rng.choice(["", "df.none"])}],
        [place, "basic.consume", {"queue": rng.choice(["", "df.none"]), "consumer_tag": "c9"}],
        [place, "basic.get", {"queue": rng.choice(["", "df.none"])}],
        [place, "basic.cancel", {"consumer_tag": rng.choice(["", "none"])}],
        [place, "basic.publish", {"exchange": "df.none", "routing_key": "k"}, {"body": "x"}],
        [place, "basic.publish", {"exchange": "amq.rabbitmq.trace", "routing_key": "k"}, {"body": "x"}],
        [place, "basic.publish", {"routing_key": "k", "immediate": True}, {"body": "x"}],
        [place, "basic.ack", {"delivery_tag": rng.choice([0, 1, 99]), "multiple": world.chance(0.5)}],
        [place, "basic.reject", {"delivery_tag": rng.choice([0, 99])}],
        [place, "basic.qos", {"prefetch_size": rng.choice([1, 2**32 - 1])}],
        [place, "queue.declare", {"queue": rng.choice(values.QUEUES), "arguments": {"x-max-length": values.odd(rng)}}],
    ]
    return rng.choice(choices)

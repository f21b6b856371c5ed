"""Whatever bytes come, the reader makes events of them: no exception, and the same events however they are cut."""

from __future__ import annotations

from unittest import TestCase

from hypothesis import strategies as st

from fakebroker.errors import DecodeError
from fakebroker.wire.command import Command, Event, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.field_table import encode_table
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import Spec, for_header, load
from fakebroker.wire.writer import HEARTBEAT, encode, frame
from tests.properties import given
from tests.wire.frames import body, feed, header, method, pieces, publish
from tests.wire.strategies import commands, specs

frames = st.one_of(
    st.builds(frame, st.integers(0, 9), st.integers(0, 2), st.binary(max_size=20)),
    st.builds(method, st.integers(0, 2), st.sampled_from([10, 20, 50, 60]), st.integers(9, 31), st.binary(max_size=9)),
    st.builds(header, st.integers(0, 2), st.sampled_from([50, 60]), st.integers(0, 1), st.integers(0, 3)),
    st.builds(body, st.integers(0, 2), st.binary(max_size=3)),
    st.builds(publish, st.integers(0, 2)),
    st.just(HEARTBEAT),
)
noise = st.one_of(st.binary(max_size=60), st.lists(frames, max_size=8).map(b"".join))


@st.composite
def damaged(draw: st.DrawFn, spec: Spec) -> bytes:
    """A good stream with a few octets changed, or cut out, or put in."""
    sent = draw(st.lists(commands(spec, st.integers(0, 2)), min_size=1, max_size=4))
    stream = bytearray(b"".join(encode(command, 4096) for command in sent))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(stream)))
        stream[at : at + draw(st.integers(0, 2))] = draw(st.binary(max_size=2))
    return bytes(stream)


def plain(event: Event) -> object:
    """What can be compared of an event: exceptions are equal only to themselves."""
    if isinstance(event, Malformed):
        return event._replace(error=(type(event.error), event.error.args))  # type: ignore[arg-type]
    if isinstance(event, Command):
        return repr(event)  # not a number equals nothing, itself neither
    return event


def server_side(data: bytes, cuts: list[int]) -> list[object]:
    """What a server's reader makes of the bytes."""
    reader = Reader(None)
    events = []
    for chunk in pieces(data, cuts):
        for event in reader.feed(chunk):
            events.append(plain(event))
            if isinstance(event, ProtocolHeader):
                reader.spec = for_header(event.data)
    return events


class AnyBytes(TestCase):
    def check(self, spec: Spec, data: bytes, cuts: list[int]) -> None:
        whole = feed(Reader(spec), data)
        for event in whole:
            self.assertIsInstance(event, (Command, Heartbeat, Malformed))
            if isinstance(event, Command) and event.content is not None:
                self.look_at_properties(event)
        self.assertEqual(list(map(plain, feed(Reader(spec), *pieces(data, cuts)))), list(map(plain, whole)))

    def look_at_properties(self, command: Command) -> None:
        assert command.content is not None
        try:
            properties = command.content.properties
        except DecodeError:
            return
        self.assertEqual(len(properties), len(command.content.klass.fields))

    @given(st.data(), specs)
    def test_noise(self, data: st.DataObject, spec: Spec) -> None:
        stream = data.draw(noise)
        self.check(spec, stream, data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))

    @given(st.data(), specs)
    def test_damaged_commands(self, data: st.DataObject, spec: Spec) -> None:
        stream = data.draw(damaged(spec))
        self.check(spec, stream, data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))

    @given(st.data())
    def test_a_server_from_the_first_octet_on(self, data: st.DataObject) -> None:
        start = data.draw(st.sampled_from([b"", b"AMQP\0\0\x09\1", b"AMQP\1\1\x08\0", b"AMQP\0\1\0\0"]))
        stream = start + data.draw(st.one_of(noise, damaged(load("0-8"))))
        cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=8))
        self.assertEqual(server_side(stream, cuts), server_side(stream, []))

    def test_one_octet_changed_at_every_place(self) -> None:
        spec = load("0-9-1")
        declare = spec.command(1, "queue.declare", queue="q", arguments={"a": 1, "b": [True, {"c": "d"}]})
        stream = encode(declare, 0) + publish(2) + header(2, size=2) + body(2, b"xy")
        for at in range(len(stream)):
            for octet in (0, 1, 127, 206, 255):
                self.check(spec, stream[:at] + bytes([octet]) + stream[at + 1 :], [at])

    def test_tables_nested_without_end(self) -> None:
        nested = b""
        for _ in range(20_000):
            nested = b"\0F" + len(nested).to_bytes(4, "big") + nested
        arguments = b"\0\0\1q\0" + len(nested).to_bytes(4, "big") + nested
        (event,) = feed(Reader(load("0-9-1")), method(1, 50, 10, arguments))
        assert isinstance(event, Command)
        self.assertEqual(nested, encode_table(event.args.arguments))

"""Commands to bytes: how content is cut into frames."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.wire import framing
from fakebroker.wire.command import Content, Heartbeat
from fakebroker.wire.spec import load
from fakebroker.wire.writer import HEARTBEAT, encode
from tests.wire.frames import body, header, method
from tests.wire.strategies import VERSIONS


class Frames(TestCase):
    def publish(self, data: bytes, frame_max: int) -> bytes:
        command = load("0-8").command(7, "basic.publish", Content.make({"priority": 1}, data))
        method_frame = method(7, 60, 40, b"\0\0\0\0\0")
        encoded = encode(command, frame_max)
        self.assertTrue(encoded.startswith(method_frame))
        return encoded[len(method_frame) :]

    def header(self, size: int) -> bytes:
        return header(7, size=size, properties=b"\x08\0\1")

    def test_a_method_is_one_frame(self) -> None:
        self.assertEqual(encode(load("0-8").command(2, "tx.select"), 4096), b"\1\0\2\0\0\0\4\0\x5a\0\x0a\xce")

    def test_an_empty_body_has_no_frame(self) -> None:
        self.assertEqual(self.publish(b"", 4096), self.header(0))
        self.assertEqual(self.publish(b"", 0), self.header(0))

    def test_a_body_that_fills_its_frame_stays_in_one(self) -> None:
        self.assertEqual(self.publish(b"abcd", 12), self.header(4) + body(7, b"abcd"))

    def test_a_longer_body_goes_on_in_the_next_frame(self) -> None:
        self.assertEqual(
            self.publish(b"abcdefghi", 12), self.header(9) + body(7, b"abcd") + body(7, b"efgh") + body(7, b"i")
        )

    def test_without_a_limit_it_is_one_frame_however_long(self) -> None:
        self.assertEqual(self.publish(b"x" * 200_000, 0), self.header(200_000) + body(7, b"x" * 200_000))

    def test_received_properties_go_out_with_the_same_bytes(self) -> None:
        basic = load("0-8").classes["basic"]
        odd = b"\x20\x03\0\0\0\x0b\1aL\0\0\0\0\0\0\0\1"  # the low flags are set, and L would be written as l
        command = load("0-8").command(1, "basic.publish", Content(basic, odd, b""))
        self.assertIn(odd, encode(command, 0))

    def test_heartbeats_are_on_channel_0(self) -> None:
        self.assertEqual(HEARTBEAT, b"\x08\0\0\0\0\0\0\xce")
        self.assertEqual(0, Heartbeat().channel)


class Constants(TestCase):
    def test_the_numbers_of_framing_are_those_of_the_definitions(self) -> None:
        for version in VERSIONS:
            constants = load(version).constants
            self.assertEqual(
                [
                    constants[f"frame-{name}"].value
                    for name in ("method", "header", "body", "heartbeat", "end", "min-size")
                ],
                [framing.METHOD, framing.HEADER, framing.BODY, framing.HEARTBEAT, framing.END, framing.INITIAL_MAX],
            )

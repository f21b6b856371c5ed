"""What a client sees when bytes go wrong."""

from __future__ import annotations

from typing import Any

from twisted.internet import error

from fakebroker.errors import RuleError
from fakebroker.faults import (
    Corrupt,
    Cut,
    Delay,
    Garbage,
    Merge,
    OversizeFrame,
    Slice,
    Throttle,
    Truncate,
    UnknownFrame,
    WrongChannel,
    WrongFrameEnd,
    when,
)
from tests.faults.scene import Scene

EMPTY = b"\x01\x00\x01\x00\x00\x00\x05\x00\x3c\x00\x48\x00\xce"
"""``basic.get-empty`` on channel 1."""


class Bytes(Scene):
    def get(self, client: Any) -> None:
        """Ask the empty queue for a message."""
        client.send("basic.get", 1, queue="q")


class DelayTests(Bytes):
    def test_an_answer_comes_late_and_what_is_behind_it_too(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Delay(2.5))
        self.get(client)
        client.send("queue.declare", 1, queue="x")
        self.clock.advance(2.4)
        self.assertEqual([], client.names)
        self.clock.advance(0.1)
        self.assertEqual(["basic.get-empty", "queue.declare-ok"], client.names)

    def test_a_request_is_handled_late_and_what_is_behind_it_too(self) -> None:
        client = self.client()
        self.add(when("queue.declare", queue="x"), Delay(2.5))
        client.send("queue.declare", 1, queue="x")
        client.send("channel.open", 2)
        client.send("queue.declare", 2, queue="y")
        self.clock.advance(2.4)
        self.assertEqual([], client.names)
        self.clock.advance(0.1)
        self.assertEqual(["queue.declare-ok", "channel.open-ok", "queue.declare-ok"], client.names)

    def test_the_protocol_header_can_be_late(self) -> None:
        self.add(when("protocol-header"), Delay(5))
        client = self.connect()
        self.assertRaises(AssertionError, client.begin)
        self.clock.advance(5)
        client.take("connection.start")

    def test_the_connection_itself_can_be_late(self) -> None:
        self.add(when("connect"), Delay(5))
        client = self.connect()
        self.assertRaises(AssertionError, client.begin)
        self.clock.advance(5)
        client.take("connection.start")

    def test_jitter_is_drawn_from_the_seed(self) -> None:
        def lateness() -> float:
            self.setUp()
            client = self.client()
            self.add(when("basic.get-empty"), Delay(1, jitter=10))
            self.get(client)
            self.clock.run(lambda: bool(client.events))
            return self.clock.seconds()

        first = lateness()
        self.assertGreater(first, 1)
        self.assertEqual(first, lateness())

    def test_a_client_that_hangs_up_in_the_meantime_is_forgotten(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Delay(100))
        self.get(client)
        client.hang_up()
        self.assertEqual([], self.broker.connections)
        self.assertEqual([], self.clock.getDelayedCalls())


class ThrottleTests(Bytes):
    def test_what_is_sent_trickles_in(self) -> None:
        client = self.client()
        self.publish(client, "x" * 1000)
        self.add(when(direction="out"), Throttle(100))
        self.get(client)
        self.clock.advance(5)
        self.assertTrue(400 < len(client.octets) < 600, len(client.octets))
        self.clock.advance(10)
        client.take("basic.get-ok")

    def test_what_comes_in_is_handled_as_late(self) -> None:
        client = self.client()
        self.add(when(direction="in", connection=1), Throttle(100))
        self.publish(client, "x" * 1000)
        self.clock.advance(9.9)
        self.assertEqual(0, self.waiting())
        self.clock.advance(2)
        self.assertEqual(1, self.waiting())


class SliceTests(Bytes):
    def test_the_client_gets_the_same_bytes_in_many_reads(self) -> None:
        client = self.client()
        reads: list[bytes] = []
        client.dataReceived = reads.append
        self.add(when("basic.get-empty"), Slice(5))
        self.get(client)
        self.assertEqual([EMPTY[:5], EMPTY[5:10], EMPTY[10:]], reads)

    def test_with_gaps_between_them(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Slice(10, gap=1.0))
        self.get(client)
        self.assertEqual(EMPTY[:10], client.octets)
        self.clock.advance(1)
        self.assertEqual(EMPTY, client.octets)

    def test_a_whole_conversation_in_single_bytes(self) -> None:
        self.add(when(direction="out"), Slice(1), times=None)
        client = self.client()
        self.assertTrue(self.is_well(client))


class MergeTests(Bytes):
    def test_several_frames_come_in_one_read(self) -> None:
        client = self.client()
        reads: list[bytes] = []
        client.dataReceived = reads.append
        self.add(when("basic.get-empty"), Merge(2, seconds=10))
        self.get(client)
        self.get(client)
        self.assertEqual([], reads)
        self.get(client)
        self.assertEqual([EMPTY * 3], reads)

    def test_they_do_not_wait_for_ever(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Merge(5, seconds=10))
        self.get(client)
        self.clock.advance(9)
        self.assertEqual([], client.names)
        self.clock.advance(1)
        client.take("basic.get-empty")


class TruncateTests(Bytes):
    def test_the_first_bytes_come_then_the_end(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Truncate(4))
        self.get(client)
        self.assertEqual(EMPTY[:4], client.octets)
        self.assertTrue(client.lost.check(error.ConnectionDone))

    def test_or_silence(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Truncate(4, then="silence"))
        self.get(client)
        self.get(client)
        self.clock.advance(100)
        self.assertEqual(EMPTY[:4], client.octets)
        self.assertIsNone(client.lost)


class CorruptTests(Bytes):
    def test_one_byte_is_another(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Corrupt(10, flip=0x01))
        self.get(client)
        self.assertEqual(EMPTY[:10] + b"\x49" + EMPTY[11:], client.octets)

    def test_it_can_be_counted_from_the_end(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Corrupt(-1))
        self.get(client)
        self.assertEqual(EMPTY[:-1] + b"\x31", client.octets)

    def test_nothing_flipped_is_no_fault(self) -> None:
        self.assertRaisesRegex(RuleError, "nothing changes", Corrupt, 1, flip=0)


class FrameTests(Bytes):
    def test_wrong_frame_end(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), WrongFrameEnd(7))
        self.get(client)
        self.assertEqual(EMPTY[:-1] + b"\x07", client.octets)

    def test_wrong_frame_end_of_the_header(self) -> None:
        client = self.client()
        self.publish(client)
        self.add(when("basic.get-ok"), WrongFrameEnd(frame=2))
        self.get(client)
        self.assertEqual(["Malformed"], client.names)
        self.assertEqual(b"hello\xce", client.octets[-6:])

    def test_wrong_channel(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), WrongChannel(77))
        self.get(client)
        self.assertEqual(77, client.take("basic.get-empty").channel)

    def test_oversize_frame(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), OversizeFrame())
        self.get(client)
        self.assertEqual(131072 + 1, len(client.octets))
        self.assertEqual(0xCE, client.octets[-1])

    def test_unknown_frame_then_the_answer(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), UnknownFrame(42))
        self.get(client)
        self.assertEqual(b"\x2a\x00\x01\x00\x00\x00\x00\xce" + EMPTY, client.octets)

    def test_garbage_then_the_answer(self) -> None:
        client = self.client()
        self.add(when("basic.get"), Garbage(b"HTTP/1.1 502 Bad Gateway\r\n"))
        self.get(client)
        self.assertEqual(b"HTTP/1.1 502 Bad Gateway\r\n" + EMPTY, client.octets)

    def test_garbage_of_the_seed(self) -> None:
        client, other = self.client(), self.client()
        self.add(when("basic.get"), Garbage(size=9), times=2)
        self.get(client)
        self.get(other)
        self.assertEqual(9 + len(EMPTY), len(client.octets))
        self.assertNotEqual(client.octets, other.octets)


class CutTests(Bytes):
    def cut(self, after: str) -> bytes:
        client = self.client()
        self.publish(client)
        self.add(when("basic.get-ok"), Cut(after))  # type: ignore[arg-type]
        self.get(client)
        self.assertIsNotNone(client.lost)
        return bytes(client.octets)

    def test_between_method_and_header(self) -> None:
        octets = self.cut("method")
        self.assertEqual((1, 0xCE), (octets[0], octets[-1]))
        self.assertEqual(1, octets.count(b"\xce"))

    def test_between_header_and_body(self) -> None:
        octets = self.cut("header")
        self.assertEqual(2, octets.count(b"\xce"))
        self.assertNotIn(b"hello", octets)

    def test_in_the_middle_of_a_frame(self) -> None:
        octets = self.cut("half")
        self.assertEqual(2, octets.count(b"\xce"))
        self.assertNotEqual(0xCE, octets[-1])

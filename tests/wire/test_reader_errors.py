"""What RabbitMQ 3.10.8 answered to each of these bytes, sent to it on an open connection with channel 1 open."""

from __future__ import annotations

import struct
from math import inf, nan
from typing import NamedTuple
from unittest import TestCase

from fakebroker.errors import AMQPError, DecodeError
from fakebroker.wire.command import Event, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import HEARTBEAT, encode, frame
from tests.wire.frames import body, feed, header, method, publish, wrong_end

NO_HEADER = "UNEXPECTED_FRAME - expected content header for class 60, got non content header frame instead"
WRONG_HEADER = "UNEXPECTED_FRAME - expected content header for class 60, got one for class 50 instead"
NO_BODY = "UNEXPECTED_FRAME - expected content body, got non content body frame instead"
NO_METHOD = "UNEXPECTED_FRAME - expected method frame, got non method frame instead"
SELECT = method(1, 90, 10)
START_OK_WITH_A_BAD_TABLE = method(0, 10, 11, b"\0\0\0\3\1aq\5PLAIN\0\0\0\0\5en_US")


def declare_with(field: bytes) -> bytes:
    """``queue.declare`` with one field in its arguments: letter and value."""
    table = b"\1a" + field
    return method(1, 50, 10, b"\0\0\1q\0" + struct.pack(">I", len(table)) + table)


class Answer(NamedTuple):
    """A close and what it says, or the end of the socket without one."""

    text: str = ""
    method: tuple[int, int] = (0, 0)
    lost: bool = False


DROPPED = Answer()
INTERNAL = Answer("INTERNAL_ERROR")

ANSWERS: dict[str, tuple[bytes, Answer]] = {
    "a frame that ends in 0": (
        wrong_end(method(1, 20, 10, b"\0")),
        Answer("FRAME_ERROR - type 1, all octets = <<0,20,0,10,0>>: {invalid_frame_end_marker,0}", lost=True),
    ),
    "a heartbeat that ends in 7": (
        wrong_end(HEARTBEAT, 7),
        Answer("FRAME_ERROR - type 8, all octets = <<>>: {invalid_frame_end_marker,7}", lost=True),
    ),
    "a payload longer than frame-max": (
        struct.pack(">BHI", 3, 1, 131073),
        Answer("FRAME_ERROR - type 3, all octets = <<>>: {frame_too_large,131073,131064}", lost=True),
    ),
    "a payload as long as frame-max, which is let through": (
        frame(8, 0, b"\1" * 131072),
        Answer("FRAME_ERROR - type 8, first 16 octets = <<1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1>>: unknown_frame"),
    ),
    "an unknown frame type": (
        frame(9, 1, b"abc\1def"),
        Answer("FRAME_ERROR - type 9, all octets = <<97,98,99,1,100,101,102>>: unknown_frame"),
    ),
    "an unknown frame type on channel 0": (
        frame(4, 0, b"hello"),
        Answer('FRAME_ERROR - type 4, all octets = <<"hello">>: unknown_frame'),
    ),
    "an unknown frame type on a channel that isn't open": (
        frame(77, 5, b"x" * 20),
        Answer('FRAME_ERROR - type 77, first 16 octets = <<"xxxxxxxxxxxxxxxx">>: unknown_frame'),
    ),
    "a method without room for its ids": (
        frame(1, 1, b"\0\1\2"),
        Answer("FRAME_ERROR - type 1, all octets = <<0,1,2>>: unknown_frame"),
    ),
    "a header without room for its size": (
        publish(1) + frame(2, 1, b"\0" * 11),
        Answer("FRAME_ERROR - type 2, all octets = <<0,0,0,0,0,0,0,0,0,0,0>>: unknown_frame"),
    ),
    "a heartbeat with a payload": (
        frame(8, 0, b"x"),
        Answer('FRAME_ERROR - type 8, all octets = <<"x">>: unknown_frame'),
    ),
    "an unknown method": (method(1, 60, 999), DROPPED),
    "an unknown class on channel 0": (method(0, 99, 10), DROPPED),
    "an unknown method where content is due": (publish(1) + method(1, 60, 999), DROPPED),
    "arguments with something left over": (
        method(1, 50, 10, b"\0\0\1q\0\0\0\0\0zz"),
        Answer("FRAME_ERROR - cannot decode <<0,0,1,113,0,0,0,0,0,122,122>>", (50, 10)),
    ),
    "arguments with something missing": (
        method(1, 50, 10, b"\0\0\5q"),
        Answer("FRAME_ERROR - cannot decode <<0,0,5,113>>", (50, 10)),
    ),
    "arguments with something missing on channel 0": (method(0, 10, 31, b"\0\0\5q"), INTERNAL),
    "a name that isn't UTF-8": (
        method(1, 50, 10, b"\0\0\1\xff\0\0\0\0\0"),
        Answer("FRAME_ERROR - Malformed UTF-8 in shortstr"),
    ),
    "a name that isn't UTF-8 on channel 0": (
        method(0, 10, 40, b"\1\xff\0\0"),
        Answer("FRAME_ERROR - Malformed UTF-8 in shortstr", (10, 40)),
    ),
    "a field of unknown type": (declare_with(b"q"), DROPPED),
    "a field that is cut short": (declare_with(b"I\0"), DROPPED),
    "a table in a table that is cut short": (declare_with(b"F\0\0\0\5"), DROPPED),
    "a double that is no number": (declare_with(b"d" + struct.pack(">d", nan)), DROPPED),
    "a float that is infinite": (declare_with(b"f" + struct.pack(">f", inf)), DROPPED),
    "a table that can't be read on channel 0": (START_OK_WITH_A_BAD_TABLE, INTERNAL),
    "a header without a method": (header(1), Answer(NO_METHOD)),
    "a body without a method": (body(1, b"abc"), Answer(NO_METHOD)),
    "a body on a channel that isn't open": (body(7, b"abc"), Answer(NO_METHOD)),
    "a header on channel 0": (
        header(0),
        Answer("UNEXPECTED_FRAME - type 2, all octets = <<0,60,0,0,0,0,0,0,0,0,0,0,0,0>>"),
    ),
    "a body on channel 0": (body(0, b"abc\n"), Answer('UNEXPECTED_FRAME - type 3, all octets = <<"abc\\n">>')),
    "a heartbeat on channel 1": (frame(8, 1, b""), Answer("UNEXPECTED_FRAME - type 8, all octets = <<>>")),
    "a heartbeat on channel 1 amid a content": (
        publish(1) + frame(8, 1, b""),
        Answer("UNEXPECTED_FRAME - type 8, all octets = <<>>"),
    ),
    "a method instead of a header": (publish(1) + SELECT, Answer(NO_HEADER, (60, 40))),
    "a method that can't be decoded instead of a header": (publish(1) + method(1, 50, 10), Answer(NO_HEADER, (60, 40))),
    "a body instead of a header": (publish(1) + body(1, b"x"), Answer(NO_HEADER, (60, 40))),
    "a header of another class": (publish(1) + header(1, 50), Answer(WRONG_HEADER, (60, 40))),
    "a header with a weight": (publish(1) + header(1, weight=1), Answer(NO_HEADER, (60, 40))),
    "a header of another class with a weight": (publish(1) + header(1, 50, weight=1), Answer(NO_HEADER, (60, 40))),
    "a method instead of a body": (publish(1) + header(1, size=5) + SELECT, Answer(NO_BODY, (60, 40))),
    "a header instead of a body": (publish(1) + header(1, size=5) + header(1), Answer(NO_BODY, (60, 40))),
    "a method behind a body that is too long": (
        publish(1) + header(1, size=2) + body(1, b"abc") + SELECT,
        Answer(NO_BODY, (60, 40)),
    ),
}


def answer(event: Event) -> Answer:
    assert isinstance(event, Malformed), event
    if isinstance(event.error, DecodeError):
        return DROPPED
    return Answer(event.error.reply_text, event.error.method or (-1, -1), event.lost)


class OpenConnection(TestCase):
    def test_each_of_these_is_answered_as_rabbitmq_answers_it(self) -> None:
        for version in ("0-8", "0-9-1"):
            for mistake, (data, expected) in ANSWERS.items():
                reader = Reader(load(version))
                reader.frame_max = 131072
                with self.subTest(mistake, version=version):
                    self.assertEqual(list(map(answer, feed(reader, data))), [expected])

    def test_of_more_than_16_octets_the_first_16_are_told(self) -> None:
        for size, amount in ((16, "all"), (17, "first 16")):
            (event,) = feed(Reader(load("0-9-1")), frame(9, 1, bytes(range(65, 65 + size))))
            text = f'FRAME_ERROR - type 9, {amount} octets = <<"ABCDEFGHIJKLMNOP">>: unknown_frame'
            self.assertEqual(Answer(text), answer(event))

    def test_an_unknown_method_is_named(self) -> None:
        (event,) = feed(Reader(load("0-9-1")), method(1, 0x1234, 0x5678))
        assert isinstance(event, Malformed)
        self.assertEqual(f"an unknown method: class {0x1234}, method {0x5678}", str(event.error))

    def test_a_frame_as_long_as_may_be_is_none_in_pieces_either(self) -> None:
        reader = Reader(load("0-9-1"))
        reader.frame_max = 100
        whole = publish(1) + header(1, size=100, properties=b"\x80\0\x55" + b"t" * 85) + body(1, b"x" * 100)
        for at in range(len(whole)):
            self.assertEqual(1, len(feed(reader, whole[:at], whole[at:])), at)

    def test_a_body_that_is_too_long_is_no_mistake_by_itself(self) -> None:
        self.assertEqual(
            feed(Reader(load("0-8")), publish(1) + header(1, size=2) + body(1, b"abc") + body(1, b"d")), []
        )

    def test_the_frame_is_kept_for_whoever_wants_to_see_it(self) -> None:
        (event,) = feed(Reader(load("0-8")), publish(1) + header(1, 50))
        assert isinstance(event, Malformed)
        self.assertEqual((event.channel, event.data), (1, header(1, 50)))


class Afterwards(TestCase):
    """What is read after a mistake."""

    def read(self, data: bytes, still_reads: bool = True) -> list[str]:
        spec = load("0-9-1")
        return [type(event).__name__ for event in feed(Reader(spec, lambda channel: still_reads), data)]

    def test_reading_goes_on_for_the_close_ok(self) -> None:
        close_ok = encode(load("0-9-1").command(0, "connection.close-ok"), 0)
        self.assertEqual(self.read(frame(9, 1, b"a") + body(3, b"b") + close_ok), ["Malformed", "Malformed", "Command"])

    def test_nothing_is_read_when_the_limits_of_frames_are_lost(self) -> None:
        self.assertEqual(self.read(wrong_end(SELECT) + SELECT), ["Malformed"])

    def test_nothing_is_read_when_the_socket_is_dropped(self) -> None:
        self.assertEqual(self.read(method(1, 60, 999) + SELECT), ["Malformed"])

    def test_mistakes_on_channels_go_unseen_while_the_connection_is_closing(self) -> None:
        mistakes = frame(9, 1, b"a") + method(1, 60, 999) + body(3, b"b") + declare_with(b"q")
        self.assertEqual(self.read(mistakes + HEARTBEAT, still_reads=False), ["Heartbeat"])

    def test_mistakes_on_channel_0_are_seen_even_then(self) -> None:
        self.assertEqual(self.read(method(0, 60, 999), still_reads=False), ["Malformed"])


class Handshake(TestCase):
    """Before ``connection.open``: only channel 0 is in use, and frame-max is 4096."""

    def setUp(self) -> None:
        self.reader = Reader(None)
        self.reader.spec = load("0-9-1")
        self.assertEqual(len(feed(self.reader, b"AMQP\0\0\x09\1")), 1)

    def answers(self, data: bytes) -> list[Answer]:
        return list(map(answer, feed(self.reader, data)))

    def test_any_frame_on_another_channel_is_unexpected_whatever_is_in_it(self) -> None:
        text = "UNEXPECTED_FRAME - type 1, all octets = <<0,20,0,99,0>>"
        self.assertEqual(self.answers(method(1, 20, 99, b"\0")), [Answer(text)])
        self.assertEqual(self.answers(frame(99, 1, b"")), [Answer("UNEXPECTED_FRAME - type 99, all octets = <<>>")])

    def test_the_first_frames_are_short(self) -> None:
        text = "FRAME_ERROR - type 1, all octets = <<>>: {frame_too_large,4097,4088}"
        self.assertEqual(self.answers(struct.pack(">BHI", 1, 0, 4097)), [Answer(text, lost=True)])

    def test_a_heartbeat_is_fine(self) -> None:
        self.assertEqual(feed(self.reader, HEARTBEAT), [Heartbeat()])

    def test_connection_open_opens_the_other_channels(self) -> None:
        spec = load("0-9-1")
        both = [spec.command(0, "connection.open", virtual_host="/"), spec.command(1, "channel.open")]
        self.assertEqual(feed(self.reader, *(encode(command, 0) for command in both)), both)

    def test_a_mistake_before_the_header_cannot_be_made(self) -> None:
        self.assertEqual(feed(Reader(None), b"\xce" * 8), [ProtocolHeader(b"\xce" * 8)])


class ReplyTexts(TestCase):
    def test_errors_know_their_names(self) -> None:
        for mistake, (data, _) in ANSWERS.items():
            reader = Reader(load("0-8"))
            reader.frame_max = 131072
            for event in feed(reader, data):
                assert isinstance(event, Malformed)
                if isinstance(event.error, AMQPError):
                    self.assertIn(event.error.name, load("0-8").constants, mistake)

"""What the reader makes of a stream in which nothing is wrong."""

from __future__ import annotations

from unittest import TestCase

from hypothesis import strategies as st

from fakebroker.wire.command import Command, Content, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.framing import END
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import Spec, for_header, load
from fakebroker.wire.writer import HEARTBEAT, encode, frame
from tests.properties import given
from tests.wire.frames import body, feed, header, pieces, publish
from tests.wire.strategies import commands, specs

HEADER_0_8 = b"AMQP\x01\x01\x08\x00"


class Frames(TestCase):
    def setUp(self) -> None:
        self.spec = load("0-9-1")
        self.reader = Reader(self.spec)

    def test_a_method_is_a_command(self) -> None:
        declare = self.spec.command(3, "queue.declare", queue="q", durable=True)
        self.assertEqual(feed(self.reader, encode(declare, 0)), [declare])

    def test_a_publish_is_one_command_with_its_content(self) -> None:
        sent = self.spec.command(1, "basic.publish", Content.make({"priority": 5}, b"hello"), exchange="e")
        (received,) = feed(self.reader, encode(sent, 0))
        self.assertEqual(received, sent)
        assert isinstance(received, Command)
        assert received.content is not None
        self.assertEqual((received.name, received.content.body), ("basic.publish", b"hello"))
        self.assertEqual(received.content.properties.priority, 5)

    def test_a_body_of_many_frames_comes_in_one_piece(self) -> None:
        frames = [publish(1), header(1, size=6), body(1, b"ab"), body(1, b""), body(1, b"cd"), body(1, b"ef")]
        (command,) = feed(self.reader, *frames)
        assert isinstance(command, Command)
        assert command.content is not None
        self.assertEqual(command.content.body, b"abcdef")

    def test_an_empty_body_needs_no_body_frame(self) -> None:
        (command,) = feed(self.reader, publish(1), header(1))
        assert isinstance(command, Command)
        assert command.content is not None
        self.assertEqual(command.content.body, b"")

    def test_contents_on_two_channels_may_be_interleaved(self) -> None:
        frames = [publish(1), publish(2), header(2, size=1), header(1, size=1), body(1, b"1"), body(2, b"2")]
        received = feed(self.reader, *frames)
        bodies = [(c.channel, c.content.body) for c in received if isinstance(c, Command) and c.content]
        self.assertEqual(bodies, [(1, b"1"), (2, b"2")])

    def test_heartbeats_may_come_between_the_frames_of_a_content(self) -> None:
        received = feed(self.reader, publish(1), HEARTBEAT, header(1, size=1), HEARTBEAT, body(1, b"x"))
        self.assertEqual([type(event) for event in received], [Heartbeat, Heartbeat, Command])

    def test_a_publish_on_channel_0_has_no_content(self) -> None:
        (command,) = feed(self.reader, publish(0))
        self.assertEqual(command, self.spec.command(0, "basic.publish", routing_key="q"))

    @given(st.data(), specs)
    def test_any_commands_in_any_pieces_come_out_as_they_went_in(self, data: st.DataObject, spec: Spec) -> None:
        sent = data.draw(st.lists(commands(spec), max_size=4))
        stream = b"".join(encode(command, data.draw(st.sampled_from([0, 9, 20, 4096]))) for command in sent)
        cuts = data.draw(st.lists(st.integers(0, len(stream)), max_size=12))
        self.assertEqual(feed(Reader(spec), *pieces(stream, cuts)), sent)

    def test_octet_by_octet_is_the_same_as_all_at_once(self) -> None:
        content = Content.make({"headers": {"a": [1, {"b": True}]}}, b"x" * 50)
        stream = encode(self.spec.command(1, "basic.publish", content), 24) + HEARTBEAT
        self.assertEqual(feed(self.reader, *pieces(stream, range(1, len(stream)))), feed(Reader(self.spec), stream))


class LongBodies(TestCase):
    """A long body frame is read as it comes."""

    def setUp(self) -> None:
        self.spec = load("0-9-1")
        content = Content.make({"priority": 3}, bytes(range(256)) * 200)
        self.commands = [self.spec.command(1, "basic.publish", content, routing_key=key) for key in ("one", "two")]

    def test_it_is_the_same_wherever_it_is_cut(self) -> None:
        for frame_max in (0, 20_000, 51_208, 51_205):
            stream = b"".join(encode(command, frame_max) for command in self.commands) + HEARTBEAT
            ends = [at + 1 for at, octet in enumerate(stream) if octet == END]
            for cuts in ([100, 30_000], [17_000, 17_001, 51_000], *([end - 1, end] for end in ends[::40])):
                with self.subTest(frame_max=frame_max, cuts=cuts):
                    events = feed(Reader(self.spec), *pieces(stream, cuts))
                    self.assertEqual([*self.commands, Heartbeat()], events)

    def test_a_wrong_end_is_told_as_of_a_frame_that_came_in_one_piece(self) -> None:
        stream = bytearray(encode(self.commands[0], 0))
        stream[-1] = 7
        whole, cut = (feed(Reader(self.spec), *pieces(bytes(stream), cuts)) for cuts in ([], [100, 20_000, 40_000]))
        for event in (whole[0], cut[0]):
            assert isinstance(event, Malformed)
            self.assertIn("invalid_frame_end_marker", str(event.error))
        self.assertEqual(str(whole[0].error), str(cut[0].error))  # type: ignore[union-attr]
        self.assertEqual(whole[0].data, cut[0].data)  # type: ignore[union-attr]

    def test_more_than_was_announced_is_never_complete(self) -> None:
        method, header = encode(self.commands[0], 0)[:-51_208], frame(3, 1, b"x" * 60_000)
        self.assertEqual([], feed(Reader(self.spec), method, header[:30_000], header[30_000:]))


class Laziness(TestCase):
    """What is set between two events counts for the second one."""

    def test_the_protocol_header_comes_first_and_frames_wait_for_the_specification(self) -> None:
        reader = Reader(None)
        start_ok = load("0-8").command(0, "connection.start-ok", response=b"secret")
        events = reader.feed(HEADER_0_8 + encode(start_ok, 0))
        self.assertEqual(next(events), ProtocolHeader(HEADER_0_8))
        reader.spec = for_header(HEADER_0_8)
        self.assertEqual(list(events), [start_ok])

    def test_without_a_specification_nothing_follows_the_header(self) -> None:
        reader = Reader(None)
        self.assertEqual(feed(reader, b"GET / HTTP/1.1\r\n\r\n", b"more"), [ProtocolHeader(b"GET / HT")])

    def test_a_header_is_eight_octets_whatever_they_are(self) -> None:
        reader = Reader(None)
        self.assertEqual(feed(reader, b"GET / H"), [])
        self.assertEqual(feed(reader, b"T"), [ProtocolHeader(b"GET / HT")])

    def test_a_new_frame_max_counts_for_the_next_frame(self) -> None:
        reader = Reader(None)
        reader.spec = load("0-8")
        tune_ok = encode(reader.spec.command(0, "connection.tune-ok", frame_max=8192), 0)
        events = reader.feed(HEADER_0_8 + tune_ok + encode(reader.spec.command(0, "connection.start-ok"), 0))
        self.assertEqual([type(next(events)) for _ in range(2)], [ProtocolHeader, Command])
        reader.frame_max = 8
        self.assertIn("frame_too_large", str(next(events)))

    def test_an_iterator_that_is_dropped_leaves_the_rest_for_the_next(self) -> None:
        reader = Reader(load("0-8"))
        first, second = (load("0-8").command(channel, "tx.select") for channel in (1, 2))
        events = reader.feed(encode(first, 0) + encode(second, 0))
        self.assertEqual(next(events), first)
        del events
        self.assertEqual(feed(reader, b""), [second])


class ProtocolHeaders(TestCase):
    def test_four_headers_are_served(self) -> None:
        served = {
            b"AMQP\x01\x01\x08\x00": "0-8",
            b"AMQP\x01\x01\x09\x01": "0-8",
            b"AMQP\x01\x01\x00\x09": "0-9-1",  # a client of 0-9 is served 0-9-1
            b"AMQP\x00\x00\x09\x01": "0-9-1",
        }
        for data, version in served.items():
            self.assertIs(for_header(data), load(version))

    def test_all_others_are_not(self) -> None:
        for data in (b"AMQP\x00\x01\x00\x00", b"AMQP\x03\x01\x00\x00", b"AMQP\x00\x00\x09\x00", b"GET / HT", b""):
            self.assertIsNone(for_header(data))

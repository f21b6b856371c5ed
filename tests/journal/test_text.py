"""Transcripts, as one reads them; JSON lines, which hold the same; where two first differ."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from fakebroker.journal import compare, dumps, loads, render
from fakebroker.journal.record import Record
from fakebroker.wire.command import Content
from tests.faults.scene import Scene

CONVERSATION = """\
  seconds    #1   #2   ch
    0.000   (o)            connected
    0.000   -->            AMQP 0 0 9 1 (protocol header)
    0.000   <--         0  connection.start        version_minor=9 SERVER mechanisms='PLAIN AMQPLAIN' locales='en_US'
    0.000   -->         0  connection.start-ok     mechanism='PLAIN' response=(12 octets) locale='en_US'
    0.000   <--         0  connection.tune         channel_max=2047 frame_max=131072 heartbeat=60
    0.000   -->         0  connection.tune-ok      channel_max=2047 frame_max=131072
    0.000   -->         0  connection.open         virtual_host='/'
    0.000   <--         0  connection.open-ok
    0.000   -->         1  channel.open
    0.000   <--         1  channel.open-ok
    0.000   -->         1  queue.declare           queue='q'
    0.000   <--         1  queue.declare-ok        queue='q'
    1.500    |   (o)       connected
    1.500    |   -->       AMQP 1 1 8 0 (protocol header)
    1.500    |   <--    0  connection.start        version_major=8 SERVER mechanisms='PLAIN AMQPLAIN' locales='en_US'
    1.500   -->   |     1  basic.publish           routing_key='q' mandatory=yes  {priority=3}  | 5 octets 'hello'
    1.500   (x)   |        lost: closed by the client
"""


class Transcripts(Scene):
    def conversation(self) -> None:
        client = self.client(client_properties={})
        self.clock.advance(1.5)
        self.connect("0-8").begin()
        client.send("basic.publish", 1, Content.make({"priority": 3}, b"hello"), routing_key="q", mandatory=True)
        client.hang_up()

    def test_two_connections_have_a_lane_each(self) -> None:
        self.conversation()
        self.assertEqual(CONVERSATION, without_server(self.broker.journal.transcript(numbers=False)))

    def test_without_times_and_of_one_connection(self) -> None:
        self.conversation()
        transcript = self.broker.journal.transcript(times=False, numbers=False, connection=2)
        self.assertEqual(" #2   ch\n(o)       connected\n", transcript[: transcript.index("-->")])

    def test_no_password_is_shown(self) -> None:
        self.client(user="guest", password="guest")
        self.assertNotIn("guest", self.broker.journal.transcript())

    def test_many_heartbeats_are_one_line(self) -> None:
        self.client(heartbeat=2)
        self.clock.advance(3)
        self.assertNotIn("more heartbeats", self.broker.journal.transcript())
        client = self.client(heartbeat=60)
        self.clock.advance(3000)
        self.assertIsNotNone(client.lost)

    def test_long_bodies_are_cut(self) -> None:
        client = self.client()
        self.publish(client, "x" * 1000)
        self.assertIn("| 1000 octets 'xxxxx", self.broker.journal.transcript())
        self.assertLess(max(map(len, self.broker.journal.transcript().splitlines())), 200)

    def test_json_lines_hold_all_of_it(self) -> None:
        self.conversation()
        lines = self.broker.journal.json_lines()
        self.assertEqual(self.broker.journal.transcript(), render(list(loads(lines))))
        self.assertEqual(lines, dumps(loads(lines)))

    def test_every_value_of_a_table_comes_back(self) -> None:
        table: dict[str, Any] = {"d": Decimal("1.25"), "x": b"\xff\x00", "n": None, "l": [1, "two", {"three": 3.5}]}
        record = Record(0.5, 1, "in", "method", 1, "basic.publish", table, {"headers": table}, b"\xff\xfe")
        self.assertEqual([record], list(loads(dumps([record]))))

    def test_a_line_that_is_none_is_named(self) -> None:
        self.conversation()
        text = self.broker.journal.json_lines() + "nonsense\n"
        self.assertRaisesRegex(ValueError, f"line {len(text.splitlines())}", list, loads(text))
        self.assertRaisesRegex(ValueError, "line 1: not an object", list, loads("[]"))
        for line in ('{"time": 1}', '{"body": {"base64": 5}}', '{"arguments": {"a": {"decimal": "x"}}}'):
            self.assertRaisesRegex(ValueError, "line 1: not a line of a journal", list, loads(line))


class Comparing(Scene):
    def test_equal_ones_do_not_differ(self) -> None:
        self.assertIsNone(compare("a\nb\n", "a\nb\n"))

    def test_the_first_difference_comes_with_what_is_around_it(self) -> None:
        text = compare("1\n2\n3\n4\n5\n6\n7\n8", "1\n2\n3\n4\nfive\n6\n7\n8")
        self.assertEqual(
            "they first differ at 5:\n    2\n    3\n    4\n  - 5\n  - 6\n  - 7\n  + five\n  + 6\n  + 7", text
        )

    def test_one_that_ends_first(self) -> None:
        self.assertEqual("they first differ at 2:\n    1\n  - 2\n  + (nothing more)", compare("1\n2", "1"))


def without_server(transcript: str) -> str:
    """The transcript with the long table of the server's properties put in one word."""
    lines = []
    for line in transcript.splitlines():
        if "server_properties=" in line:
            line = line[: line.index("server_properties=")] + "SERVER" + line[line.index(" mechanisms=") :]
        lines.append(line)
    return "\n".join(lines) + "\n"

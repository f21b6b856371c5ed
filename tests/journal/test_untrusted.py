"""What a peer has sent stays in its line, does nothing to a terminal, and shows no password."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from fakebroker import FakeBroker
from fakebroker.errors import AMQPError, FakeBrokerError
from fakebroker.faults import Drop, when
from fakebroker.journal import Lost, Record, dumps, loads, render
from fakebroker.printable import printable
from fakebroker.server.tls import Tls
from fakebroker.server.waiting_journal import NotSeen
from fakebroker.testing import VirtualClock
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode
from tests.faults.scene import Scene
from tests.properties import given
from tests.rawclient import RawClient

NASTY = "\x1b]0;owned\x07\r\nforged\x85\x9b31m\u202eevil\u2028line\u2029\udcff\xa0\ufeff\t\x7f\x00end"


class Untrusted(Scene):
    def assertHarmless(self, text: str) -> None:
        """Every line is of what can be seen."""
        hidden = [line for line in text.split("\n") if not line.isprintable()]
        self.assertEqual([], hidden)

    def nasty(self) -> Any:
        """A client that sends such text in every place that takes any."""
        client = self.client(client_properties={"product": "(" + NASTY, "version": NASTY, NASTY: NASTY})
        self.add(when("basic.publish"), Drop(), times=None, probability=0.5)
        headers: Any = {NASTY: [NASTY, {NASTY: NASTY}]}
        for _ in range(4):
            content = Content.make({"headers": headers, "message_id": NASTY}, NASTY.encode("utf-8", "surrogateescape"))
            client.send("basic.publish", 1, content, routing_key="(" + NASTY, exchange="")
        client.send("queue.declare", 1, queue=NASTY, passive=True)
        return client

    def test_in_the_transcript(self) -> None:
        self.nasty()
        transcript = self.broker.journal.transcript()
        self.assertHarmless(transcript)
        self.assertIn("(\\x1b]0;owned\\x07\\r\\nforged", transcript)
        self.assertEqual(len(self.broker.journal), transcript.count("\n") - 1)

    def test_in_what_an_assertion_shows(self) -> None:
        self.nasty()
        with self.assertRaises(AssertionError) as caught:
            self.broker.journal.assert_published(message_id="x", body=NASTY)
        self.assertHarmless(str(caught.exception))
        waiting = self.broker.journal.wait_for("basic.publish", routing_key="x", timeout=1)
        self.clock.advance(1)
        self.assertHarmless(str(self.failureResultOf(waiting, NotSeen).value))

    def test_in_errors_and_in_what_objects_show(self) -> None:
        self.nasty()
        error = AMQPError("not-found", f"no queue '{NASTY}'")
        self.assertHarmless(str(error))
        self.assertIn(NASTY, error.reply_text)
        self.assertIn("\r\n", error.reply_text)
        with self.assertRaises(FakeBrokerError) as caught:
            self.broker.import_definitions({NASTY: []})
        self.assertHarmless(str(caught.exception))
        vhost = self.broker.vhosts["/"]
        for thing in (vhost.queues.declare(NASTY), vhost, self.broker, self.broker.users.add(NASTY), self.broker.users):
            self.assertHarmless(repr(thing))

    def test_in_a_journal_that_somebody_else_has_written(self) -> None:
        base = {"time": 0, "connection": 1, "direction": "in"}
        for more in (
            {"kind": NASTY},
            {"kind": "lost", "text": NASTY},
            {"kind": "failed", "text": NASTY},
            {"kind": "rule", "text": NASTY, "name": NASTY, "data": NASTY},
            {"kind": "malformed", "text": NASTY},
            {"kind": "method", "name": NASTY, "arguments": {NASTY: {"decimal": "1"}}, "direction": NASTY},
        ):
            self.assertHarmless(render(list(loads(json.dumps(base | more)))))
        for form in ({"times": 1}, {"connection": NASTY}, {"arguments": [NASTY]}, {"channel": True}, {NASTY: 1}):
            with self.assertRaises(ValueError) as caught:
                list(loads(json.dumps(base | {"kind": "lost"} | form)))
            self.assertHarmless(str(caught.exception))
        deep = "[" * 100_000 + "]" * 100_000
        self.assertRaisesRegex(ValueError, "line 1: it is nested too deep", list, loads(deep))

    def test_tables_in_tables_in_tables(self) -> None:
        table: Any = {}
        for number in range(300):
            table = {"t": table} if number % 2 else {"a": [table]}
        record = Record(0.0, 1, "in", "method", 1, "basic.publish", {}, {"headers": table}, b"x")
        text = dumps([record])
        self.assertIn("{headers={t={a=[{t={a=[", render([record]))
        self.assertEqual([render([record]), text], [render(list(loads(text))), dumps(loads(text))])

    @given(st.text(), st.dictionaries(st.text(max_size=20), st.text(), max_size=3), st.binary())
    def test_whatever_it_is(self, text, table, body):
        clock = VirtualClock()
        broker = FakeBroker(clock=clock)
        name = text.encode("utf-8", "replace")[:80].decode("utf-8", "ignore")
        client = RawClient.connect(broker, clock).open(client_properties={"product": name, **table})
        client.open_channel(1)
        client.send("basic.publish", 1, Content.make({"headers": table}, body), routing_key=name)
        broker.journal.add(1, "", Lost(name))
        transcript = broker.journal.transcript()
        self.assertHarmless(transcript)
        self.assertEqual(len(broker.journal) + 1, transcript.count("\n"))
        self.assertEqual(transcript, render(list(loads(broker.journal.json_lines()))))

    def test_what_can_be_seen_stays_as_it_is(self) -> None:
        self.assertEqual("Grüße, ☕ und עברית", printable("Grüße, ☕ und עברית"))
        self.assertEqual("a\nb\\x0b", printable("a\nb\x0b", keep="\n"))


class Secret(Scene):
    PASSWORD = "tr0ub4dor"

    def setUp(self) -> None:
        super().setUp()
        self.broker.users["guest"].password = self.PASSWORD

    def assertHidden(self) -> None:
        journal = self.broker.journal
        for text in (journal.transcript(), journal.json_lines()):
            self.assertNotIn(self.PASSWORD, text)
        self.assertEqual(journal.transcript(), render(list(loads(journal.json_lines()))))

    def test_the_response_to_the_login_in_every_version(self) -> None:
        for version in ("0-8", "0-9", "0-9-1"):
            self.connect(version).open(password=self.PASSWORD)
        self.assertHidden()
        self.assertIn('"response": {"hidden": 16}', self.broker.journal.json_lines())
        self.assertIn("response=(16 octets)", self.broker.journal.transcript())

    def test_the_response_to_a_challenge(self) -> None:
        self.broker.mechanisms = ["RABBIT-CR-DEMO"]
        client = self.connect()
        client.begin()
        properties = {"client_properties": {}, "mechanism": "RABBIT-CR-DEMO", "response": b"guest", "locale": "en_US"}
        client.send("connection.start-ok", **properties)
        client.take("connection.secure")
        client.send("connection.secure-ok", response=f"My password is {self.PASSWORD}".encode())
        client.take("connection.tune")
        self.assertHidden()

    def test_a_secret_that_is_updated(self) -> None:
        client = self.client(password=self.PASSWORD)
        client.send("connection.update-secret", new_secret=self.PASSWORD.encode(), reason="expired")
        client.take("connection.update-secret-ok")
        self.assertHidden()
        self.assertIn("new_secret=(9 octets) reason='expired'", self.broker.journal.transcript())

    def test_a_login_that_is_malformed(self) -> None:
        client = self.connect()
        client.begin()
        fields = {"client_properties": {}, "mechanism": "PLAIN", "locale": "en_US"}
        frame = encode(
            load("0-9-1").command(
                0, "connection.start-ok", None, response=f"\0guest\0{self.PASSWORD}".encode(), **fields
            ),
            0,
        )
        client.send_octets(frame[:3] + (len(frame) - 10).to_bytes(4, "big") + frame[7:-3] + frame[-1:])
        self.assertIn("malformed", self.broker.journal.transcript())
        self.assertHidden()

    def test_a_login_that_a_rule_acted_on(self) -> None:
        self.add(when("start-ok"), Drop())
        self.connect().log_in(password=self.PASSWORD)
        self.assertIn("Drop()  on connection.start-ok", self.broker.journal.transcript())
        self.assertHidden()

    def test_what_an_assertion_shows(self) -> None:
        self.client(password=self.PASSWORD)
        with self.assertRaises(AssertionError) as caught:
            self.broker.journal.assert_command("start-ok", "in", response="x")
        self.assertNotIn(self.PASSWORD, str(caught.exception))

    def test_the_entries_themselves_have_it_for_a_test_to_look_at(self) -> None:
        self.client(password=self.PASSWORD)
        [entry] = self.broker.journal.find("start-ok", response=f"\0guest\0{self.PASSWORD}")
        self.assertEqual(f"\0guest\0{self.PASSWORD}".encode(), entry.args.response)

    def test_files_with_passwords_or_keys_are_their_owners(self) -> None:
        self.client(password=self.PASSWORD)
        kept = tempfile.TemporaryDirectory()
        self.addCleanup(kept.cleanup)
        capture = Path(kept.name, "capture")
        capture.touch(0o644)
        self.broker.journal.write_pcap(capture)
        self.assertEqual(self.broker.journal.pcap(), capture.read_bytes())
        folder = Path(kept.name, "tls")
        Tls().write(folder)
        for path in (capture, folder / "client.pem"):
            self.assertEqual(0o600, path.stat().st_mode & 0o777, path)


class Lanes(Scene):
    def test_many_connections_that_come_and_go_share_a_few_lanes(self) -> None:
        first = self.client()
        for _ in range(40):
            self.connect().hang_up()
        self.publish(first)
        transcript = self.broker.journal.transcript()
        self.assertLess(max(map(len, transcript.splitlines())), 200)
        self.assertEqual("#1   #2   #3   #4   #5   #6   ch", transcript.splitlines()[0].split("seconds")[1].strip())
        self.assertIn("connected as #41\n", transcript)
        self.assertNotIn("connected as #6\n", transcript)

    def test_those_that_live_keep_theirs(self) -> None:
        clients = [self.connect() for _ in range(9)]
        lines = self.broker.journal.transcript(times=False, numbers=False).splitlines()
        self.assertEqual(" |    |    |    |    |    |    |    |   (o)       connected", lines[-1])
        clients[2].hang_up()
        clients[0].hang_up()
        self.connect()
        lines = self.broker.journal.transcript(times=False, numbers=False).splitlines()
        self.assertEqual("      |   (o)   |    |    |    |    |    |        connected as #10", lines[-1])

    def test_one_that_was_there_before_has_the_first(self) -> None:
        client = self.client()
        self.broker.journal.clear()
        for _ in range(8):
            self.connect().hang_up()
        self.publish(client)
        lines = self.broker.journal.transcript(times=False, numbers=False).splitlines()
        self.assertEqual("#1   #2   #3   #4   #5   #6   ch", lines[0].strip())
        self.assertTrue(all(line.startswith(" |  ") for line in lines[1:-1]))

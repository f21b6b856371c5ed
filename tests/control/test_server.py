"""What ``fakebroker serve`` sets up, in memory and virtual time: limits, and a fresh beginning after a reset."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from unittest import TestCase, mock

from twisted.internet.protocol import Factory, Protocol
from twisted.logger import capturedLogs, formatEvent

from fakebroker.control import telling_verdicts
from fakebroker.control.command_error import CommandError
from fakebroker.control.main import parser
from fakebroker.control.server import Server
from fakebroker.testing import VirtualClock
from tests.rawclient import RawClient


class Served(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.clock = VirtualClock()

    def serve(self, *arguments: str) -> Server:
        server = Server(self.clock, parser().parse_args(["serve", *arguments]))
        self.addCleanup(lambda: self.clock.result(server.stop()))
        return server

    def test_an_alarm_that_somebody_else_raised_is_left_alone(self) -> None:
        broker = self.serve("--max-memory", "1M").broker
        broker.set_alarm("memory")
        self.clock.advance(10)
        self.assertTrue(broker.alarms.active)

    def test_who_may_come_from_this_machine_only_is_so_after_a_reset_too(self) -> None:
        broker = self.serve("--loopback-user", "guest", "--loopback-user", "bob").broker
        self.assertEqual({"guest", "bob"}, broker.users.loopback)
        broker.reset()
        self.assertEqual({"guest", "bob"}, broker.users.loopback)
        self.assertEqual(set(), self.serve().broker.users.loopback)

    def test_a_reset_begins_again_with_what_the_files_say(self) -> None:
        definitions = self.folder / "definitions.json"
        bob = {"name": "bob", "password": "x", "tags": ""}
        definitions.write_text(json.dumps({"users": [bob], "vhosts": [{"name": "/"}]}))
        faults = self.folder / "faults.json"
        faults.write_text('{"then": "refuse_login"}')
        broker = self.serve(
            "--definitions", str(definitions), "--faults", str(faults), "--max-connections", "3"
        ).broker  # fmt: skip
        broker.users.remove("bob")
        broker.faults.clear()
        broker.reset()
        self.assertIn("bob", broker.users)
        self.assertEqual(len(broker.faults.rules), 1)
        self.assertEqual(broker.vhosts["/"].limits["max-connections"], 3)

    def test_verdicts_on_the_clients_are_told_at_the_end(self) -> None:
        server = self.serve("--tell-verdicts")
        RawClient.connect(server.broker, self.clock).open(heartbeat=0)
        with capturedLogs() as events:
            self.clock.result(server.stop())
        told = "\n".join(map(formatEvent, events))
        self.assertIn("verdicts: 0 fail, 1 are told\ntold: no-heartbeat: connection 1: ", told)

    def test_of_many_verdicts_the_first_are_told_and_how_many_there_are(self) -> None:
        server = self.serve("--tell-verdicts")
        for _ in range(3):
            RawClient.connect(server.broker, self.clock).open(heartbeat=0)
        with mock.patch.object(telling_verdicts, "SHOWN", 1), capturedLogs() as events:
            self.clock.result(server.stop())
        told = [str(formatEvent(event)).partition(": connection ")[0] for event in events]
        self.assertEqual(told, ["verdicts: 0 fail, 3 are told", "told: no-heartbeat", "and 2 more"])

    def test_a_folder_for_certificates_that_is_a_file_is_told(self) -> None:
        file = self.folder / "file"
        file.touch()
        with self.assertRaisesRegex(CommandError, f"^--tls-folder {file}: file exists$"):
            self.serve("--tls", "--tls-folder", str(file))

    def test_a_user_of_ones_own_is_in_guests_place(self) -> None:
        broker = self.serve("--user", "app:secret").broker
        self.assertEqual((list(broker.users), list(broker.vhosts)), (["app"], ["/"]))
        RawClient.connect(broker, self.clock).open(user="app", password="secret")

    def test_the_record_goes_on_after_a_reset(self) -> None:
        record = self.folder / "record.jsonl"
        broker = self.serve("--journal", str(record)).broker
        for _ in range(2):
            self.clock.run(broker.endpoint().connect(Factory.forProtocol(Protocol)))
            broker.reset()
            self.clock.settle()
        self.assertEqual(record.read_text().count('"kind": "opened"'), 2)

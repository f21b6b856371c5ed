"""What the run of a command comes to, told from its end and from what has passed."""

from __future__ import annotations

import signal
from unittest import TestCase

from fakebroker.fake import FakeBroker
from fakebroker.search.case import Case
from fakebroker.search.command_judge import CommandJudge
from fakebroker.search.command_run import EndedRun
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.testing import VirtualClock
from tests.rawclient import HEADERS, RawClient


def judged(**fields: object) -> Outcome:
    return CommandJudge().outcome(Case(), EndedRun(**{"broker": FakeBroker(clock=VirtualClock()), **fields}))  # type: ignore[arg-type]


class Signals(TestCase):
    def test_the_signal_that_has_ended_it_is_named(self) -> None:
        found = judged(status=-signal.SIGSEGV, output="about to fail\n")
        self.assertEqual((found.kind, found.error), (Kind.FAILED, "SIGSEGV has ended it: about to fail"))

    def test_one_without_a_name_is_told_by_its_number(self) -> None:
        self.assertEqual(judged(status=-40).error, "signal 40 has ended it")


class Hangs(TestCase):
    def setUp(self) -> None:
        self.clock = VirtualClock()
        self.broker = FakeBroker(clock=self.clock)

    def place(self, passed: int | None = None) -> str:
        """Where a run has hung; told how many entries its journal had then."""
        count = len(self.broker.journal) if passed is None else passed
        return judged(hung="it was still running after 1 s", broker=self.broker, passed=count).place

    def test_one_that_has_not_connected_has_no_place(self) -> None:
        self.assertEqual(self.place(), "")

    def test_one_that_has_connected_and_says_nothing(self) -> None:
        RawClient.connect(self.broker, self.clock)
        self.assertEqual(self.place(), "the end of the conversation: a connection that says nothing")

    def test_one_whose_last_connection_has_ended(self) -> None:
        client = RawClient.connect(self.broker, self.clock)
        client.send_octets(b"HTTP/1.1")
        self.assertEqual(self.place(), "the end of the conversation: the end of a connection")

    def test_heartbeats_do_not_count_nor_does_what_passed_when_it_was_ended(self) -> None:
        client = RawClient.connect(self.broker, self.clock)
        client.open(heartbeat=10)
        count = len(self.broker.journal)
        self.clock.advance(6)
        client.send_octets(b"\x08\0\0\0\0\0\0\xce")
        self.assertGreater(len(self.broker.journal), count)
        self.assertEqual(self.place(), "the end of the conversation: connection.open-ok to the client")
        client.send_octets(HEADERS["0-9-1"][:3])
        client.hang_up()
        self.assertEqual(self.place(count), "the end of the conversation: connection.open-ok to the client")

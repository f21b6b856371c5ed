"""The journal as a file: a pipe with a slow reader keeps nobody waiting, and loses nothing."""

from __future__ import annotations

import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import TestCase, mock

from twisted.logger import capturedLogs, formatEvent

from fakebroker.control import recording
from fakebroker.control.recording import Recording
from fakebroker.journal.entries import Entry, Lost
from fakebroker.testing import VirtualClock


class Pipe(TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.name = str(Path(folder.name) / "pipe")
        os.mkfifo(self.name)
        self.reader = os.open(self.name, os.O_RDONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, self.reader)
        self.clock = VirtualClock()
        self.recording = Recording(self.clock, self.name)
        self.addCleanup(self.recording.close)

    def note(self, count: int) -> None:
        for number in range(count):
            self.recording.note(Entry(float(number), number, "", Lost("a long reason" * 100)))

    def read(self) -> int:
        """How many lines can be read now."""
        lines = 0
        while True:
            try:
                octets = os.read(self.reader, 65536)
            except BlockingIOError:
                return lines
            if not octets:
                return lines
            lines += octets.count(b"\n")

    def read_to_the_end(self) -> int:
        """How many lines come until it is closed."""
        os.set_blocking(self.reader, True)
        with open(self.reader, "rb", closefd=False) as pipe:
            return len(pipe.readlines())

    def reader_goes(self) -> None:
        """Close the pipe; what is in its place is read by nobody."""
        nowhere = os.open(os.devnull, os.O_RDONLY)
        os.dup2(nowhere, self.reader)
        os.close(nowhere)

    def test_what_does_not_fit_waits_until_the_reader_comes(self) -> None:
        self.note(500)
        first = self.read()
        self.assertLess(first, 500)
        lines = first
        while lines < 500:
            self.clock.advance(recording.PAUSE)
            lines += self.read()
        self.assertEqual(lines, 500)

    def test_a_reader_that_never_comes_ends_it(self) -> None:
        with mock.patch.object(recording, "BACKLOG", 10_000):
            self.note(500)
        self.note(500)
        self.assertEqual(self.clock.getDelayedCalls(), [])
        self.assertLess(self.read(), 500)

    def test_the_end_waits_for_a_reader_that_is_late(self) -> None:
        self.note(500)
        with ThreadPoolExecutor() as pool:
            lines = pool.submit(self.read_to_the_end)
            self.recording.close()
        self.assertEqual(lines.result(), 500)

    def test_the_end_waits_for_no_reader_that_is_gone(self) -> None:
        self.note(500)
        self.reader_goes()
        self.recording.close()
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def test_a_reader_that_goes_ends_it_in_one_line(self) -> None:
        self.reader_goes()
        with capturedLogs() as events:
            self.note(2)
        (told,) = map(formatEvent, events)
        self.assertEqual(told, f"--journal {self.name} ends here: broken pipe")

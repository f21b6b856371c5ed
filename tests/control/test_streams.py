"""``fakebroker`` where its standard streams are closed, full, or somebody else's who leaves."""

from __future__ import annotations

import os
import signal
import tempfile
from pathlib import Path
from unittest import TestCase

import pika

from tests.control.process import SECONDS, shell, start


class Streams(TestCase):
    def test_a_reader_that_leaves_ends_every_command_that_prints_quietly(self) -> None:
        longer = "for i in 1 2 3 4; do cat j j j j j j j j >k; mv k j; done"
        line = '{"time": 0.0, "connection": 1, "direction": "", "kind": "opened", "text": ""}'
        for command in (
            "$FAKEBROKER faults --list",
            "$FAKEBROKER faults --show chaos",
            "$FAKEBROKER serve --help",
            f"echo '{line}' >j; {longer}; $FAKEBROKER transcript j",
        ):
            code, out, err = shell(f"{{ {command}; echo $? >code; }} | head -n 1; sleep 0.1; cat code >&2")
            self.assertEqual((code, len(out.splitlines()), err), (0, 1, "0\n"), command)

    def test_a_full_disk_is_told_in_one_line(self) -> None:
        told = "fakebroker: cannot write: no space left on device\n"
        self.assertEqual(shell("$FAKEBROKER faults --list >/dev/full"), (1, "", told))
        code, _, err = shell("$FAKEBROKER serve >/dev/full")
        self.assertEqual(
            (code, err.splitlines()[-1]),
            (2, "fakebroker serve: cannot write the URL to stdout: no space left on device"),
        )

    def test_what_is_closed_or_full_makes_no_other_exit_code_and_no_traceback(self) -> None:
        for closed in ("<&-", ">&-", "2>&-", "2>/dev/full", "<&- >&- 2>&-"):
            code, out, err = shell(f"$FAKEBROKER serve --definitions /nowhere {closed}")
            self.assertEqual((code, out), (2, ""), closed)
            self.assertLess(len(err.splitlines()), 2)
            code, _, err = shell(f"$FAKEBROKER faults --check - {closed}")
            self.assertEqual(code, 2, closed)
            self.assertLess(len(err.splitlines()), 2)

    def test_the_broker_serves_with_all_of_them_closed(self) -> None:
        code, out, err = shell(
            "$FAKEBROKER serve --port-file port <&- >&- 2>&- & "
            "while [ ! -s port ]; do sleep 0.05; done; "
            "$FAKEBROKER ping amqp://guest:guest@127.0.0.1:$(cat port); echo $?; kill $!; wait $!; echo $?"
        )
        self.assertEqual((code, out, err), (0, "0\n0\n", ""))

    def test_letters_that_the_terminal_does_not_have_are_escaped(self) -> None:
        code, out, err = shell(
            "echo '[{\"then\": {\"action\": \"close_connection\", \"text\": \"f\\u00fcr\"}}]' >r; "
            "PYTHONIOENCODING=ascii $FAKEBROKER faults --check r"
        )
        self.assertEqual((code, err), (0, ""))
        self.assertIn(r"f\xfcr", out)


class Ends(TestCase):
    def test_a_second_signal_changes_nothing(self) -> None:
        process = start(self, "serve")
        assert process.stdout is not None
        url = process.stdout.readline().strip()
        connection = pika.BlockingConnection(pika.URLParameters(url))
        for number in (signal.SIGTERM, signal.SIGTERM, signal.SIGINT):
            process.send_signal(number)
        _, err = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 0)
        self.assertNotIn("Traceback", err)
        with self.assertRaises(pika.exceptions.ConnectionClosedByBroker) as caught:
            connection.process_data_events(1)
        self.assertEqual(caught.exception.reply_code, 320)

    def test_a_pipe_whose_reader_goes_ends_the_journal_and_nothing_else(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            pipe = Path(folder) / "journal"
            os.mkfifo(pipe)
            process = start(self, "serve", "--journal", str(pipe))
            os.close(os.open(pipe, os.O_RDONLY))
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            for _ in range(2):
                pika.BlockingConnection(pika.URLParameters(url)).close()
            process.terminate()
            _, err = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 0)
        self.assertEqual(err.count("ends here: broken pipe"), 1)
        self.assertNotIn("Traceback", err)

"""``fakebroker sweep`` as users type it: exit status, files, signals, and what is wrong in one line."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shlex
import signal
import socket
import sys
import tempfile
from pathlib import Path
from unittest import TestCase
from xml.etree import ElementTree

from fakebroker.control.main import main, parser
from fakebroker.control.sweep_options import again
from tests.control.process import SECONDS, run, start
from tests.control.test_sweep import PROGRAM, still_running


class Processes(TestCase):
    def temporary(self) -> Path:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        return Path(folder.name)

    def test_the_line_that_runs_a_case_again_does(self) -> None:
        only = ("--only", "1:out:basic.deliver:1 reset", "--time-limit", "7")
        code, out, err = run(self, "sweep", *only, "--", *PROGRAM, "careful")
        self.assertEqual(code, 1, out + err)
        (line,) = re.findall(r"again: fakebroker (sweep .*)", out)
        self.assertIn("--time-limit 7", line)
        code, again, _ = run(self, *shlex.split(line))
        self.assertEqual((code, re.findall(r"again: .*", again)), (1, re.findall(r"again: .*", out)))

    def test_the_report_is_written_as_json_and_as_junit(self) -> None:
        file = self.temporary() / "report.xml"
        files = ("--json", "-", "--junit", str(file))
        code, out, _ = run(self, "sweep", "--only", "1:in:basic.ack:1 delay", *files, "--", *PROGRAM, "careful")
        self.assertEqual(code, 0)
        self.assertEqual(json.loads(out)["counts"]["passed"], 2)
        (suite,) = ElementTree.fromstring(file.read_text())
        self.assertEqual((suite.get("tests"), suite.get("failures")), ("2", "0"))

    def test_a_case_that_does_not_come_has_not_passed(self) -> None:
        code, _, err = run(self, "sweep", "--only", "1:in:basic.ack:9 delay", "--", *PROGRAM, "careful")
        self.assertEqual(code, 2)
        self.assertIn("fakebroker sweep: 1:in:basic.ack:9 delay: its crossing did not come in that run", err)

    def test_a_program_that_there_is_not_is_told(self) -> None:
        code, _, err = run(self, "sweep", "--", "./no-such-program")
        self.assertEqual(code, 2)
        self.assertIn("no-such-program", err)

    def test_what_a_program_has_said_that_fails_without_any_fault_is_shown(self) -> None:
        script = "print('no luck'); raise SystemExit(3)"
        code, out, err = run(self, "sweep", "--", sys.executable, "-S", "-c", script)
        self.assertEqual((code, out), (2, ""))
        self.assertIn("no luck\nfakebroker sweep: ", err)

    def test_definitions_that_there_are_not_are_told(self) -> None:
        code, _, err = run(self, "sweep", "--definitions", "/nowhere", "--", "true")
        self.assertEqual(code, 2)
        self.assertEqual(err.splitlines()[-1], "fakebroker sweep: --definitions /nowhere: no such file or directory")

    def test_a_report_that_can_not_be_written_is_told_when_it_was_shown(self) -> None:
        folder = self.temporary()
        files = ("--json", str(folder / "report.json"), "--junit", str(folder))
        code, out, err = run(self, "sweep", "--only", "1:in:basic.ack:1 delay", *files, "--", *PROGRAM, "careful")
        self.assertEqual((code, err.splitlines()[-1]), (2, f"fakebroker sweep: --junit {folder}: is a directory"))
        self.assertIn("2 passed", out)
        self.assertEqual(json.loads((folder / "report.json").read_text())["counts"]["passed"], 2)

    def test_a_port_that_is_taken_is_told(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = str(taken.getsockname()[1])
            code, _, err = run(self, "sweep", "--port", port, "--", *PROGRAM, "careful")
        self.assertEqual(code, 2)
        self.assertIn(f"cannot listen on port {port}", err)

    def test_the_management_api_is_served_beside_it(self) -> None:
        look = "import os, urllib.request as r; r.urlopen(os.environ['AMQP_HTTP_URL'].rstrip('/') + '/api/overview')"
        script = f"try:\n {look}\nexcept OSError as error:\n assert '401' in str(error), error"
        before = shlex.join([sys.executable, "-c", script])
        only = ("--http", "--only", "1:in:basic.ack:1 delay", "--before", before)
        code, out, err = run(self, "sweep", *only, "--", *PROGRAM, "careful")
        self.assertEqual(code, 0, out + err)

    def test_it_has_the_options_that_matter_and_those_that_begin_with_a_dash(self) -> None:
        given = (
            "--verdicts=-polling",
            "--liberties",
            "17",
            "--allow-exit",
            "3",
            "--jobs",
            "2",
            "--before",
            "make 'it'",
        )
        options = parser().parse_args(["sweep", *given, "--", "program", "an argument"])
        line = again(options)("1:in:connect:1 reset")
        self.assertIn(" --verdicts=-polling ", line)
        self.assertNotIn("--jobs", line)
        same = parser().parse_args(shlex.split(line)[1:])
        self.assertEqual(
            (same.verdicts, same.allow_exit, same.before, same.only, same.program),
            ("-polling", ["3"], "make 'it'", ["1:in:connect:1 reset"], ["program", "an argument"]),
        )

    def test_a_signal_ends_it_and_what_was_found_so_far_is_printed(self) -> None:
        file = self.temporary() / "children"
        process = start(self, "sweep", "--faults", "reset", "--jobs", "1", "--", *PROGRAM, "parent", str(file))
        assert process.stderr is not None
        process.stderr.readline()  # some cases are done
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 1, out)
        self.assertIn("note: it was ended early", out)
        self.assertEqual(still_running(file.read_text().split()), [])

    def test_a_command_that_is_not_there_is_told_in_one_line(self) -> None:
        code, out, err = run(self, "sweep", "--", "no-such-program")
        self.assertEqual((code, out), (2, ""))
        self.assertEqual(err, "fakebroker sweep: cannot run no-such-program: no such file or directory\n")

    def test_an_option_that_makes_no_sense_is_told_in_one_line(self) -> None:
        for options, told in (
            (("--faults", "rest"), "there is no fault 'rest'; did you mean"),
            (("--only", "1:in:connect:1 rset"), "there is no fault 'rset'; did you mean 'reset'"),
            (("--only", "connect reset"), "is no address of a crossing"),
            (("--verdicts", "poling"), "there is no verdict 'poling'; did you mean 'polling'"),
            (("--allow-exit", "1:rst"), "there is no fault or family 'rst'"),
            (("--allow-exit", "900"), "'900' is not an exit status from 0 to 255"),
            (("--port", "5999", "--jobs", "2"), "--jobs has no effect beside --port"),
            (("--json", "no-such/report.json"), "--json no-such/report.json: there is no folder 'no-such'"),
        ):
            with contextlib.redirect_stderr(io.StringIO()) as err:
                self.assertEqual(main(["sweep", *options, "--", "true"]), 2)
            self.assertIn(told, err.getvalue())
            self.assertEqual(err.getvalue().count("\n"), 1)

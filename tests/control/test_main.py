"""What the command line says of itself, and to those who mistype."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from unittest import TestCase

import fakebroker._version
from fakebroker.control.main import COMMANDS, main
from tests.control.process import ROOT, run


def said(*arguments: str) -> tuple[int, str, str]:
    """Exit code, stdout and stderr of arguments that argparse answers itself."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as ended:
            code = int(ended.code or 0)
    return code, out.getvalue(), err.getvalue()


class Help(TestCase):
    def test_help_tells_of_every_command(self) -> None:
        code, out, _ = said("--help")
        self.assertEqual(code, 0)
        for name, command in COMMANDS.items():
            self.assertIn(name, out)
            self.assertIn(command.SUMMARY, out)

    def test_each_command_explains_each_of_its_options(self) -> None:
        for name in COMMANDS:
            code, out, _ = said(name, "--help")
            self.assertEqual(code, 0)
            self.assertIn(f"usage: fakebroker {name}", out)
        self.assertIn("--port PORT", said("serve", "--help")[1])

    def test_version(self) -> None:
        self.assertEqual(said("--version"), (0, f"fakebroker {fakebroker._version.__version__}\n", ""))

    def test_python_m_fakebroker_is_the_same_command(self) -> None:
        self.assertEqual(run(self, "--version"), said("--version"))


class Mistakes(TestCase):
    def assertRefused(self, *arguments: str, because: str) -> None:
        code, out, err = said(*arguments)
        self.assertEqual((code, out), (2, ""))
        self.assertIn(because, err.splitlines()[-1])

    def test_no_command(self) -> None:
        self.assertRefused(because="COMMAND")

    def test_unknown_command(self) -> None:
        self.assertRefused("sevre", because="'sevre'")

    def test_unknown_option(self) -> None:
        self.assertRefused("serve", "--prot", "5672", because="--prot")

    def test_what_does_something_to_a_terminal_is_written_out(self) -> None:
        self.assertRefused("serve", "\x1b[31m", because=r"unrecognized arguments: \x1b[31m")

    def test_a_port_that_is_none(self) -> None:
        for port in ("65536", "-1", "amqp", ""):
            self.assertRefused("serve", f"--port={port}", because="is not a port: a number from 0 to 65535")

    def test_a_seed_that_is_no_number(self) -> None:
        self.assertRefused("serve", "--seed", "x", because="'x' is not a whole number")

    def test_a_value_that_makes_no_sense(self) -> None:
        for option, value, because in (
            ("--user", "app", "'app' is not a name and a password such as app:secret"),
            ("--user", ":secret", "':secret' is not a name and a password such as app:secret"),
            ("--max-connections", "many", "'many' is not a number from 0"),
            ("--max-memory", "64MB", "'64MB' is not a size such as 1000000, 512K, 64M or 1G"),
        ):
            self.assertRefused("serve", option, value, because=because)
        self.assertRefused("sweep", "--jobs", "0", "--", "true", because="'0' is not a number from 1")


class Lightness(TestCase):
    def test_asking_for_help_installs_no_reactor(self) -> None:
        script = (
            "import sys; from fakebroker.control.main import parser; parser();"
            "print('twisted.internet.reactor' in sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True, cwd=ROOT)
        self.assertEqual(done.stdout, "False\n")

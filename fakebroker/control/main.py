"""The entry point of ``fakebroker`` on the command line: finds the subcommand, prints errors on one line.

A subcommand is a module with three names: ``SUMMARY``, the line for ``--help``; ``add_arguments(parser)``; and
``run(options)``, which returns the exit code. Slow imports belong inside ``run``.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from fakebroker._version import __version__
from fakebroker.control import demo, faults, page, ping, serve, sweep, transcript
from fakebroker.control.broken_streams import give_up
from fakebroker.control.command_error import CommandError
from fakebroker.printable import printable

COMMANDS = {
    "serve": serve,
    "sweep": sweep,
    "demo": demo,
    "faults": faults,
    "transcript": transcript,
    "report": page,
    "ping": ping,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    :param arguments: the arguments after ``fakebroker``; by default, those of this process.
    :returns: the exit code: 0 for success, 1 for a failure. Wrong arguments raise :class:`SystemExit` with 2
        (:mod:`argparse`).
    """
    _open_streams()
    return _written(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    options = parser().parse_args(arguments)
    try:
        return int(COMMANDS[options.command].run(options))
    except CommandError as error:
        told = printable(str(error), keep="\n")
        with suppress(OSError):  # stderr is closed: the exit code alone must do
            print(f"fakebroker {options.command}: {told}", file=sys.stderr)
        return error.exit_code


def _open_streams() -> None:
    """Open the standard streams that the shell has closed. Characters that the terminal can't show are written as
    escapes.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
        elif mode == "w" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _written(act: Callable[[], int]) -> int:
    """Run the action, then flush stdout. A reader that stops early, as ``head`` does, is not an error."""
    try:
        try:
            code = act()
        finally:
            sys.stdout.flush()
    except BrokenPipeError:
        code = 0
    except OSError as error:
        code = 1
        with suppress(OSError):
            print(f"fakebroker: cannot write: {str(error.strerror or error).lower()}", file=sys.stderr)
    for name in ("stdout", "stderr"):
        give_up(name)
    return code


class Parser(argparse.ArgumentParser):
    """A parser that prints its errors on one line."""

    def error(self, message: str) -> NoReturn:
        """End with exit code 2."""
        self.exit(2, f"{self.prog}: {printable(message)} (see {self.prog} --help)\n")


def parser() -> argparse.ArgumentParser:
    """The parser of every subcommand's arguments."""
    top = Parser(
        prog="fakebroker",
        description="An in-memory AMQP broker for tests, true to RabbitMQ 3.10, that fails exactly as told.",
        epilog="fakebroker COMMAND --help tells about one command.",
    )
    top.add_argument("--version", action="version", version=f"fakebroker {__version__}")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", required=True, title="commands")
    for name, command in COMMANDS.items():
        own = commands.add_parser(name, help=command.SUMMARY, description=command.__doc__)
        own.formatter_class = argparse.RawDescriptionHelpFormatter
        command.add_arguments(own)
    return top

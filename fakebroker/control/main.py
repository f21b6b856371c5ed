"""What ``fakebroker`` on the command line begins with: finds the subcommand, tells errors in one line.

A subcommand is a module with three names: ``SUMMARY``, the line for ``--help``; ``add_arguments(parser)``; and
``run(options)``, which returns the exit code and imports only then what takes time to import.
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
from fakebroker.control import demo, faults, ping, serve, transcript
from fakebroker.control.command_error import CommandError
from fakebroker.printable import printable

COMMANDS = {"serve": serve, "demo": demo, "faults": faults, "transcript": transcript, "ping": ping}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    :param arguments: what stands after ``fakebroker``; by default, the arguments of this process.
    :returns: the exit code: 0 when all went well, 1 when not, 2 for arguments that make no sense (as
        :class:`SystemExit`, raised by :mod:`argparse`).
    """
    _open_streams()
    return _written(lambda: _run(arguments))


def _run(arguments: Sequence[str] | None) -> int:
    options = parser().parse_args(arguments)
    try:
        return int(COMMANDS[options.command].run(options))
    except CommandError as error:
        told = printable(str(error), keep="\n")
        with suppress(OSError):  # where nothing can be told, the exit code tells
            print(f"fakebroker {options.command}: {told}", file=sys.stderr)
        return error.exit_code


def _open_streams() -> None:
    """See to it that there is something to read from and to write to, whatever the shell has closed.

    What the terminal can't show is written as an escape.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
        elif mode == "w" and hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")


def _written(act: Callable[[], int]) -> int:
    """Act, and see to it that all is written that was printed.

    Who reads and leaves, as ``head`` does, has had enough: that is no error.
    """
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
        _give_up(name)
    return code


def _give_up(name: str) -> None:
    """Leave nothing in a stream that can't be written: Python would complain about it at its end."""
    stream = getattr(sys, name)
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


class Parser(argparse.ArgumentParser):
    """Tells what is wrong with the arguments in one line."""

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

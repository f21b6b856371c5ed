"""Print a recorded journal as a conversation.

The journal is JSON lines: what `fakebroker serve --journal FILE` records, and what journal.json_lines() gives.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from fakebroker.control.command_error import CommandError

SUMMARY = "print a recorded journal as a conversation"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker transcript``."""
    parser.add_argument("file", metavar="FILE", help="the journal; - reads it from stdin")
    parser.add_argument("--connection", type=int, metavar="N", help="only this connection")
    parser.add_argument("--no-times", action="store_true", help="leave the seconds out: two runs can be compared")
    parser.add_argument("--no-heartbeats", action="store_true", help="leave heartbeats out")


def run(options: argparse.Namespace) -> int:
    """Print it; returns 0."""
    from fakebroker.journal import loads, render

    try:
        records = list(loads(_read(options.file)))
    except (OSError, ValueError, RecursionError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CommandError(f"{options.file}: {reason}", 2) from None
    shown = [
        record
        for record in records
        if options.connection in (None, record.connection)
        and not (options.no_heartbeats and record.kind == "heartbeat")
    ]
    sys.stdout.write(render(shown, times=not options.no_times))
    return 0


def _read(name: str) -> str:
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")

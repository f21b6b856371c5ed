"""Make a page of a recorded journal: the conversation, drawn, in one HTML file that opens from disk.

The journal is JSON lines: what `fakebroker serve --journal FILE` records, and what journal.json_lines() gives. The
ledger, if there is one, is the JSON that GET /fakebroker/ledger gives, or json.dumps(broker.ledger.to_json()); with it
the page shows each message's way through the queues.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from fakebroker.control.command_error import CommandError

SUMMARY = "make a page of a recorded journal"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker report``."""
    parser.add_argument("file", metavar="FILE", help="the journal; - reads it from stdin")
    output = "the page; - writes it to stdout (default: %(default)s)"
    parser.add_argument("-o", "--output", metavar="PAGE", default="report.html", help=output)
    parser.add_argument("--ledger", metavar="FILE", help="the ledger: what became of each message")
    parser.add_argument("--title", default="", help="what stands at the top (default: the journal's name)")


def run(options: argparse.Namespace) -> int:
    """Write the page; returns 0."""
    from fakebroker.journal import loads
    from fakebroker.report.page import About, page

    try:
        records = list(loads(_read(options.file)))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{options.file}: {getattr(error, 'strerror', None) or error}", 2) from None
    title = options.title or ("conversation" if options.file == "-" else Path(options.file).name)
    text = page(records, _ledger(options.ledger), About(title))
    if options.output == "-":
        sys.stdout.write(text)
        return 0
    try:
        Path(options.output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise CommandError(f"{options.output}: {error.strerror}", 2) from None
    print(options.output)
    return 0


def _read(name: str) -> str:
    return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8")


def _ledger(name: str | None) -> dict[str, object] | None:
    if name is None:
        return None
    try:
        form = json.loads(_read(name))
    except (OSError, ValueError, RecursionError) as error:
        raise CommandError(f"{name}: {getattr(error, 'strerror', None) or error}", 2) from None
    if not isinstance(form, dict) or not isinstance(form.get("messages"), list):
        raise CommandError(f"{name}: not a ledger: it has no list of messages", 2)
    return form

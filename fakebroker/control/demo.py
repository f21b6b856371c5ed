"""Show a conversation with a broker: one that goes well, a refused login, and a connection lost half-way.

A broker listens on a free port of 127.0.0.1 and the connector, a client built on txAMQP, talks to it.
The exit code is 0 only if everything went as told.
"""

from __future__ import annotations

import argparse
import os
import sys

from fakebroker.control.command_error import CommandError

SUMMARY = "show a conversation with a broker, and two that go wrong"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """``fakebroker demo`` has no options."""


def run(options: argparse.Namespace) -> int:
    """Play the scenes; returns 0 if each went as told."""
    try:
        from fakebroker.control.scenes import play
    except ModuleNotFoundError as missing:
        if str(missing.name).partition(".")[0] not in ("connector", "six", "txamqp"):
            raise
        raise CommandError("the client needs txAMQP: pip install 'fakebroker[connector]'") from None
    return play(sys.stdout, colours=sys.stdout.isatty() and "NO_COLOR" not in os.environ)

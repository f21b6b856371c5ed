"""Run a broker until a signal ends it.

The first line on stdout, and the only one, is the broker's AMQP URL, printed when it can be connected to.
Logs go to stderr. SIGTERM or SIGINT (Ctrl-C) end it cleanly, with exit code 0.
"""

from __future__ import annotations

import argparse
import signal
import sys
from typing import TYPE_CHECKING, Any

from fakebroker.control import options as serve_options
from fakebroker.control.errors import CommandError

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from fakebroker.control.server import Server

SUMMARY = "run a broker until a signal ends it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker serve``."""
    serve_options.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until the reactor is stopped by a signal; returns 0."""
    from twisted.internet import reactor
    from twisted.logger import globalLogBeginner, textFileLogObserver

    from fakebroker.control.server import Server

    server = Server(reactor, options)
    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stderr)], redirectStandardIO=False)
    failures: list[Failure] = []
    _begin(reactor, server, failures)
    # A shell starts what it runs in the background with SIGINT ignored, and Twisted would leave it at that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    reactor.run()
    if failures:
        raise _told(failures[0], options)
    return 0


def _begin(reactor: Any, server: Server, failures: list[Failure]) -> None:
    """Have the broker listen when the reactor runs, and stop before it does."""

    def failed(failure: Failure) -> None:
        failures.append(failure)
        reactor.stop()

    def start() -> None:
        server.start().addCallback(lambda url: print(url, flush=True)).addErrback(failed)

    # Signals are taken from here on: the URL is not out before a SIGTERM would end it cleanly.
    reactor.callWhenRunning(start)
    reactor.addSystemEventTrigger("before", "shutdown", server.stop)


def _told(failure: Failure, options: argparse.Namespace) -> Exception:
    """Why it could not listen, without what stands around it."""
    if isinstance(failure.value, CommandError):
        return failure.value
    port = getattr(failure.value, "port", options.port)
    cause = getattr(failure.value, "socketError", failure.value)
    reason = str(getattr(cause, "strerror", None) or cause).lower()
    return CommandError(f"cannot listen on {options.host}:{port}: {reason}")

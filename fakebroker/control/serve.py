"""Run a broker until a signal ends it.

The first line on stdout, and the only one, is the broker's AMQP URL, printed when it can be connected to.
Logs go to stderr. SIGTERM or SIGINT (Ctrl-C) end it cleanly, with exit code 0.
"""

from __future__ import annotations

import argparse
import signal
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, cast

from fakebroker.control import options as serve_options
from fakebroker.control.broken_streams import give_up
from fakebroker.control.command_error import CommandError
from fakebroker.printable import printable

if TYPE_CHECKING:
    from twisted.internet.interfaces import IReactorCore, IReactorFromThreads
    from twisted.logger import LogEvent
    from twisted.python.failure import Failure

    from fakebroker.control.server import Server

SIGNALS = (signal.SIGTERM, signal.SIGINT)

SUMMARY = "run a broker until a signal ends it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker serve``."""
    serve_options.add_arguments(parser)


def run(options: argparse.Namespace) -> int:
    """Serve until the reactor is stopped by a signal; returns 0."""
    from twisted.internet import reactor
    from twisted.logger import FileLogObserver, globalLogBeginner

    from fakebroker.control.log import Condensed
    from fakebroker.control.server import Server

    server = Server(reactor, options)
    log = Condensed(FileLogObserver(sys.stderr, _line))
    globalLogBeginner.beginLoggingTo([log], redirectStandardIO=False)
    failures: list[Failure] = []
    _begin(reactor, server, failures)
    _take_signals(reactor)
    reactor.run(installSignalHandlers=False)  # type: ignore[call-arg]
    for number in SIGNALS:  # a signal that comes while Python cleans up would have its default effect
        signal.signal(number, signal.SIG_IGN)
    log.end()
    if failures:
        raise _told(failures[0], options)
    return 0


def _line(event: LogEvent) -> str | None:
    """An event as Twisted writes it to a log, with unprintable characters from clients escaped."""
    from twisted.logger import formatEventAsClassicLogText

    text = formatEventAsClassicLogText(event)
    return None if text is None else printable(text, keep="\n\t")


def _begin(reactor: IReactorCore, server: Server, failures: list[Failure]) -> None:
    """Start the broker when the reactor starts, and stop it before the reactor stops."""

    def failed(failure: Failure) -> None:
        failures.append(failure)
        reactor.stop()

    def start() -> None:
        server.start().addCallback(_print).addErrback(failed)

    # Signal handlers are set before the URL is printed, so that a SIGTERM after it ends the broker cleanly.
    reactor.callWhenRunning(start)
    reactor.addSystemEventTrigger("before", "shutdown", server.stop)


def _print(url: str) -> None:
    try:
        print(url, flush=True)
    except OSError as error:
        give_up("stdout")
        raise CommandError(f"cannot write the URL to stdout: {str(error.strerror or error).lower()}", 2) from None


def _take_signals(reactor: IReactorCore) -> None:
    """Have signals stop the reactor, once; those that come while it stops change nothing.

    A shell starts what it runs in the background with SIGINT ignored; it is taken all the same.
    """
    from twisted.internet.error import ReactorNotRunning

    stopping = False

    def stop() -> None:
        with suppress(ReactorNotRunning):
            reactor.stop()

    def taken(number: int, frame: object) -> None:
        nonlocal stopping
        if not stopping:
            stopping = True
            cast("IReactorFromThreads", reactor).callFromThread(stop)

    for number in SIGNALS:
        signal.signal(number, taken)


def _told(failure: Failure, options: argparse.Namespace) -> Exception:
    """Why it could not listen: the operating system's reason alone."""
    if isinstance(failure.value, CommandError):
        return failure.value
    port = getattr(failure.value, "port", options.port)
    cause = getattr(failure.value, "socketError", failure.value)
    reason = str(getattr(cause, "strerror", None) or cause).lower()
    return CommandError(f"cannot listen on {options.host}:{port}: {reason}")

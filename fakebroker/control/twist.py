"""``twist fakebroker``: the same broker as a service of Twisted's application runner."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from twisted.application.service import Service
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorCore
from twisted.logger import Logger
from twisted.python.failure import Failure
from twisted.python.usage import Options as UsageOptions
from twisted.python.usage import UsageError

from fakebroker.control import options as serve_options
from fakebroker.control.command_error import CommandError
from fakebroker.control.server import Server
from fakebroker.printable import printable


class _Refused(Exception):
    """An error of argparse."""


class _Parser(argparse.ArgumentParser):
    """Reads the options of ``fakebroker serve`` from twist's command line."""

    def error(self, message: str) -> NoReturn:
        raise _Refused(message)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="twist fakebroker", description="Run a broker; its URL is in the log.")
    serve_options.add_arguments(parser)
    return parser


class Options(UsageOptions):
    """The options of ``fakebroker serve``, read in the same way."""

    parsed: argparse.Namespace

    def parseOptions(self, options: Sequence[str] | None = None) -> None:
        """Read them.

        :raises twisted.python.usage.UsageError: for wrong options.
        """
        try:
            self.parsed = _parser().parse_args(options or [])
        except _Refused as error:
            raise UsageError(str(error)) from None


class BrokerService(Service):
    """A broker that starts and stops with the application.

    :raises fakebroker.control.command_error.CommandError: for a file that can't be read, or says what makes no sense.
    """

    def __init__(self, options: Options, reactor: IReactorCore) -> None:
        self._server = Server(reactor, options.parsed)
        self._reactor = reactor
        self.broker = self._server.broker

    def startService(self) -> None:
        """Listen. The URL, or the reason of a failure, is logged."""
        super().startService()  # type: ignore[no-untyped-call]
        # The reactor handles signals once it runs, so that a SIGTERM after the URL is logged ends the broker cleanly.
        self._reactor.callWhenRunning(self._start)

    def stopService(self) -> Deferred[None]:
        """Stop; fires when nothing is left in the reactor."""
        super().stopService()  # type: ignore[no-untyped-call]
        return self._server.stop()

    def _start(self) -> None:
        self._server.start().addCallbacks(self._ready, self._failed)

    def _ready(self, url: str) -> None:
        Logger().info("AMQP on {url}", url=url)

    def _failed(self, failure: Failure) -> None:
        Logger().failure("can't listen", failure)
        self._reactor.stop()


def makeService(options: Options) -> BrokerService:
    """The plugin's service for ``twist``. A wrong file ends it with one line and exit code 2."""
    from twisted.internet import reactor

    try:
        return BrokerService(options, reactor)
    except CommandError as error:
        told = printable(str(error), keep="\n")
        print(f"twist fakebroker: {told}", file=sys.stderr)
        raise SystemExit(error.exit_code) from None

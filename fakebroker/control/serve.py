"""Run a broker until a signal ends it.

The first line on stdout, and the only one, is the broker's AMQP URL, printed when it can be connected to.
Logs go to stderr. SIGTERM or SIGINT (Ctrl-C) end it cleanly, with exit code 0.
"""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from fakebroker.control.errors import CommandError

if TYPE_CHECKING:
    from twisted.python.failure import Failure

    from fakebroker import FakeBroker

SUMMARY = "run a broker until a signal ends it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options of ``fakebroker serve``."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: %(default)s)")
    parser.add_argument(
        "--port", type=port_number, default=0, help="port to listen on; 0, the default, takes one that is free"
    )
    parser.add_argument(
        "--control-port",
        type=port_number,
        metavar="PORT",
        help="serve HTTP too, RabbitMQ's management API and the control of the broker, on this port of the same host; "
        "0 takes one that is free, and the log tells which",
    )
    parser.add_argument(
        "--control-name",
        action="append",
        default=[],
        metavar="NAME",
        help="a host name, beside localhost and IP addresses, by which HTTP clients may call the broker; "
        "can be given more than once",
    )
    parser.add_argument(
        "--seed", type=int, default=0, metavar="N", help="where names that the broker makes up come from (default: 0)"
    )


def port_number(text: str) -> int:
    """A TCP port, or 0 for any."""
    if text.isascii() and text.isdigit() and int(text) <= 65535:
        return int(text)
    raise argparse.ArgumentTypeError(f"{text!r} is not a port: a number from 0 to 65535")


def run(options: argparse.Namespace) -> int:
    """Serve until the reactor is stopped by a signal; returns 0."""
    from twisted.internet import reactor
    from twisted.logger import globalLogBeginner, textFileLogObserver

    globalLogBeginner.beginLoggingTo([textFileLogObserver(sys.stderr)], redirectStandardIO=False)
    failures: list[Failure] = []
    _begin(reactor, options, failures)
    reactor.run()
    if failures:
        port = getattr(failures[0].value, "port", options.port)
        raise CommandError(f"cannot listen on {options.host}:{port}: {_reason(failures[0])}")
    return 0


def _begin(reactor: Any, options: argparse.Namespace, failures: list[Failure]) -> None:
    """Have the broker listen when the reactor runs, and stop before it does."""
    from twisted.internet.defer import maybeDeferred

    from fakebroker import FakeBroker

    broker = FakeBroker(reactor=reactor, seed=options.seed)

    def failed(failure: Failure) -> None:
        failures.append(failure)
        reactor.stop()

    def start() -> None:
        ready = maybeDeferred(_serve_http, broker, reactor, options)
        ready.addCallback(lambda _: broker.listen(port=options.port, host=options.host))
        ready.addCallback(lambda _: print(broker.url, flush=True))
        ready.addErrback(failed)

    # Signals are taken from here on: the URL is not out before a SIGTERM would end it cleanly.
    reactor.callWhenRunning(start)
    reactor.addSystemEventTrigger("before", "shutdown", broker.stop)


def _serve_http(broker: FakeBroker, reactor: Any, options: argparse.Namespace) -> None:
    if options.control_port is None:
        return
    from twisted.logger import Logger

    from fakebroker.control.http import listen

    http = listen(broker, reactor, options.host, options.control_port, options.control_name)
    Logger().info("HTTP on {host}:{port}", host=options.host, port=http.port)
    reactor.addSystemEventTrigger("before", "shutdown", http.stop)


def _reason(failure: Failure) -> str:
    """What the operating system said, without what stands around it."""
    cause = getattr(failure.value, "socketError", failure.value)
    return str(getattr(cause, "strerror", None) or cause).lower()

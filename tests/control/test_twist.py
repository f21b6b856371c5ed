"""``twist fakebroker`` as a service in a reactor: it listens, tells its URL, and leaves nothing."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.error import CannotListenError
from twisted.internet.threads import deferToThread
from twisted.logger import ILogObserver, formatEvent, globalLogPublisher
from twisted.python.usage import UsageError
from twisted.trial.unittest import TestCase
from zope.interface import implementer

from fakebroker.control.twist import BrokerService, Options, makeService
from tests.control.test_main import said


class StoppedReactor:
    """The reactor, but for its end, which is noted."""

    def __init__(self) -> None:
        self.stopped: Deferred[None] = Deferred()

    def __getattr__(self, name: str) -> object:
        return getattr(reactor, name)

    def stop(self) -> None:
        self.stopped.callback(None)


def options(*given: str) -> Options:
    read = Options()
    read.parseOptions(given)
    return read


class Services(TestCase):
    def setUp(self) -> None:
        self.told: Deferred[str] = Deferred()

        @implementer(ILogObserver)
        def observe(event: dict[str, Any]) -> None:
            if "AMQP on " in (formatEvent(event) or ""):
                self.told.callback(formatEvent(event))

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)

    @inlineCallbacks
    def test_it_listens_until_the_application_stops(self) -> Any:
        service = makeService(options("--user", "app:secret"))
        service.startService()
        url = (yield self.told).rpartition(" ")[2]
        self.assertEqual(url, service.broker.url)
        self.assertRegex(url, "^amqp://app:secret@127.0.0.1:")
        self.assertEqual((yield deferToThread(said, "ping", url)), (0, "", ""))
        yield service.stopService()
        code, _, err = yield deferToThread(said, "ping", url)
        self.assertEqual(code, 1)
        self.assertIn("connection refused", err)

    @inlineCallbacks
    def test_a_port_that_is_taken_ends_the_application_and_the_log_says_why(self) -> Any:
        stopped = StoppedReactor()
        with socket.create_server(("127.0.0.1", 0)) as taken:
            service = BrokerService(options("--port", str(taken.getsockname()[1])), stopped)  # type: ignore[arg-type]
            service.startService()
            yield stopped.stopped
        (error,) = self.flushLoggedErrors(CannotListenError)
        self.assertIn("in use", str(error.value))
        yield service.stopService()

    def test_a_wrong_option_is_told_as_serve_tells_it(self) -> None:
        with self.assertRaisesRegex(UsageError, "'x' is not a port: a number from 0 to 65535"):
            options("--port", "x")

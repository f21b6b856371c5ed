"""The HTTP port over TCP: where it listens, and that it leaves nothing behind."""

from __future__ import annotations

from twisted.internet import reactor
from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.error import CannotListenError
from twisted.internet.protocol import Protocol
from twisted.trial.unittest import TestCase

from fakebroker import FakeBroker
from fakebroker.control.http import listen

REQUEST = b"GET /api/whoami HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic Z3Vlc3Q6Z3Vlc3Q=\r\n\r\n"


class Browser(Protocol):
    """Keeps its connection alive, and what came back."""

    def __init__(self) -> None:
        self.octets = b""
        self.answered: Deferred[None] = Deferred()
        self.gone: Deferred[None] = Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.octets += data
        if self.octets.endswith(b"}"):
            answered, self.answered = self.answered, Deferred()
            answered.callback(None)

    def connectionLost(self, reason: object = None) -> None:
        self.gone.callback(None)


class Port(TestCase):
    def setUp(self):
        self.broker = FakeBroker(reactor=reactor)
        self.addCleanup(self.broker.stop)

    def browser(self, port: int) -> Deferred[Browser]:
        connected: Deferred[Browser] = connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Browser())
        return connected

    @inlineCallbacks
    def test_it_serves_one_request_after_the_other_on_a_connection(self):
        port = listen(self.broker, reactor)
        self.addCleanup(port.stop)
        browser = yield self.browser(port.port)
        for count in (1, 2):
            answered = browser.answered
            browser.transport.write(REQUEST)
            yield answered
            self.assertEqual(browser.octets.count(b'{"name":"guest","tags":["administrator"]}'), count)
        browser.transport.loseConnection()
        yield browser.gone

    @inlineCallbacks
    def test_stopping_ends_connections_that_are_kept_alive(self):
        port = listen(self.broker, reactor)
        browsers = []
        for _ in range(3):
            browsers.append((yield self.browser(port.port)))
        answered = browsers[0].answered
        browsers[0].transport.write(REQUEST)
        yield answered
        yield port.stop()
        for browser in browsers:
            yield browser.gone

    @inlineCallbacks
    def test_stopping_ends_a_stream(self):
        port = listen(self.broker, reactor)
        browser = yield self.browser(port.port)
        browser.transport.write(b"GET /fakebroker/journal/stream?history=true HTTP/1.1\r\nhost: localhost\r\n\r\n")
        while len(port.protocols) < 1 or not self.broker.on_reset:
            yield self.turn()
        yield port.stop()
        yield browser.gone
        self.assertEqual(self.broker.on_reset, [])

    @inlineCallbacks
    def test_stopping_with_nobody_there_and_stopping_twice(self):
        port = listen(self.broker, reactor)
        yield port.stop()
        yield port.stop()

    def test_a_port_that_is_taken_is_told(self):
        port = listen(self.broker, reactor)
        self.addCleanup(port.stop)
        self.assertRaises(CannotListenError, listen, self.broker, reactor, port=port.port)

    def turn(self) -> Deferred[None]:
        passed: Deferred[None] = Deferred()
        reactor.callLater(0, passed.callback, None)
        return passed

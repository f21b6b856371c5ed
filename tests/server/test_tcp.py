"""The broker on a real port: where it listens, and that it leaves nothing behind."""

from __future__ import annotations

from typing import Any

import pika
from twisted.internet import defer, error, reactor
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol
from twisted.internet.task import deferLater
from twisted.internet.threads import deferToThread
from twisted.trial.unittest import TestCase

from fakebroker import FakeBroker
from tests.rawclient import HEADERS
from tests.sabotage import QUIET, octets


class Peer(Protocol):
    """Fires once something has come, and once it is over."""

    def __init__(self) -> None:
        self.octets = b""
        self.came: defer.Deferred[bytes] = defer.Deferred()
        self.over: defer.Deferred[type[BaseException]] = defer.Deferred()

    def dataReceived(self, data: bytes) -> None:
        self.octets += data
        if not self.came.called:
            self.came.callback(data)

    def connectionLost(self, reason: Any = None) -> None:
        self.over.callback(reason.type)


class TcpCase(TestCase):
    def setUp(self) -> None:
        self.broker = FakeBroker()
        self.addCleanup(self.broker.stop)

    def connect(self, broker: FakeBroker) -> defer.Deferred[Peer]:
        assert broker.port is not None
        connecting: defer.Deferred[Peer] = connectProtocol(
            TCP4ClientEndpoint(reactor, broker.host, broker.port), Peer()
        )
        return connecting


class Listening(TcpCase):
    @defer.inlineCallbacks
    def test_it_gives_the_port_it_found(self) -> Any:
        port = yield self.broker.listen()
        self.assertEqual((port, "127.0.0.1"), (self.broker.port, self.broker.host))
        self.assertEqual(f"amqp://guest:guest@127.0.0.1:{port}/%2F", self.broker.url)

    def test_before_it_listens_it_has_no_url(self) -> None:
        self.assertRaisesRegex(RuntimeError, "listen", lambda: self.broker.url)

    @defer.inlineCallbacks
    def test_brokers_live_side_by_side(self) -> Any:
        other = FakeBroker()
        self.addCleanup(other.stop)
        yield self.broker.listen()
        yield other.listen()
        self.assertNotEqual(self.broker.port, other.port)
        other.users.remove("guest")
        self.assertIn("guest", self.broker.users)

    @defer.inlineCallbacks
    def test_after_stop_the_port_is_closed(self) -> Any:
        yield self.broker.listen()
        yield self.broker.stop()
        yield self.assertFailure(self.connect(self.broker), error.ConnectionRefusedError)

    @defer.inlineCallbacks
    def test_stop_closes_connections_in_any_state(self) -> Any:
        yield self.broker.listen()
        silent = yield self.connect(self.broker)
        started = yield self.connect(self.broker)
        started.transport.write(HEADERS["0-8"])
        yield started.came
        paused = yield self.connect(self.broker)
        paused.transport.pauseProducing()
        paused.transport.write(HEADERS["0-8"])
        yield self.broker.stop()
        yield silent.over
        yield started.over
        paused.transport.resumeProducing()
        yield paused.over

    @defer.inlineCallbacks
    def test_stopping_twice_does_no_harm(self) -> Any:
        yield self.broker.listen()
        yield defer.gatherResults([self.broker.stop(), self.broker.stop()])
        yield self.broker.stop()


class PatientStop(TcpCase):
    """A broker that stops may give its clients time to answer to the close."""

    @defer.inlineCallbacks
    def client(self) -> Any:
        """One that has logged in."""
        yield self.broker.listen()
        peer = yield self.connect(self.broker)
        peer.transport.write(b"".join(QUIET))
        while not self.broker.connections or not self.broker.connections[0].channels:
            yield deferLater(reactor, 0.001, lambda: None)
        return peer

    @defer.inlineCallbacks
    def test_it_waits_for_the_answer(self) -> Any:
        peer = yield self.client()
        stopped = self.broker.stop(patience=60)
        while b"shutdown" not in peer.octets:
            yield deferLater(reactor, 0.001, lambda: None)
        self.assertFalse(stopped.called or peer.over.called)
        peer.transport.write(octets("connection.close-ok", 0))
        yield stopped
        yield peer.over

    @defer.inlineCallbacks
    def test_but_no_longer_than_it_was_told_to(self) -> Any:
        peer = yield self.client()
        yield self.broker.stop(patience=0.01).addTimeout(10, reactor)  # RabbitMQ itself waits for 30
        yield peer.over
        self.assertIn(b"shutdown", peer.octets)


class Threads(TcpCase):
    @defer.inlineCallbacks
    def test_another_thread_is_told_what_to_use(self) -> Any:
        yield self.broker.listen()
        self.broker.vhosts["/"].queues.declare("q")
        for call in (
            lambda: self.broker.publish(b"x", "q"),
            lambda: self.broker.get("q"),
            lambda: self.broker.journal.wait_for("basic.publish"),
            self.broker.down,
            self.broker.up,
            self.broker.stop,
        ):
            with self.assertRaisesRegex(RuntimeError, r"fakebroker\.running\(\).*blockingCallFromThread"):
                yield deferToThread(call)
        self.broker.publish(b"x", "q")

    @defer.inlineCallbacks
    def test_another_thread_may_be_a_client(self) -> Any:
        yield self.broker.listen()

        def converse() -> None:
            pika.BlockingConnection(pika.URLParameters(self.broker.url)).close()

        yield deferToThread(converse)


class HangingUp(TcpCase):
    """RabbitMQ's sockets do not linger: when it hangs up, the client reads what was written and then gets a reset."""

    @defer.inlineCallbacks
    def test_what_was_written_is_followed_by_a_reset(self) -> Any:
        yield self.broker.listen()
        peer = yield self.connect(self.broker)
        peer.transport.write(b"GET / HTTP/1.1\r\n")
        ended = yield peer.over
        self.assertEqual((HEADERS["0-9-1"], error.ConnectionLost), (peer.octets, ended))

    @defer.inlineCallbacks
    def test_it_is_the_same_in_memory(self) -> Any:
        peer = yield connectProtocol(self.broker.endpoint(), Peer())
        peer.transport.write(b"GET / HTTP/1.1\r\n")
        ended = yield peer.over
        self.assertEqual((HEADERS["0-9-1"], error.ConnectionLost), (peer.octets, ended))

    @defer.inlineCallbacks
    def test_a_client_that_sends_no_more_is_still_answered(self) -> Any:
        yield self.broker.listen()
        peer = yield self.connect(self.broker)
        peer.transport.write(HEADERS["0-9-1"])
        peer.transport.loseWriteConnection()
        ended = yield peer.over
        self.assertIs(error.ConnectionLost, ended)
        self.assertIn(b"RabbitMQ", peer.octets)

    @defer.inlineCallbacks
    def test_so_is_one_in_memory(self) -> Any:
        peer = yield connectProtocol(self.broker.endpoint(), Peer())
        peer.transport.write(HEADERS["0-9-1"])
        peer.transport.loseWriteConnection()
        peer.transport.write(b"too late")
        ended = yield peer.over
        self.assertIs(error.ConnectionLost, ended)
        self.assertIn(b"RabbitMQ", peer.octets)

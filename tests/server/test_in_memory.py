"""Connections in memory behave as Twisted's TCP connections do, on the broker's clock."""

from __future__ import annotations

import gc
from typing import Any
from weakref import ref

from twisted.internet import error
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure
from twisted.trial.unittest import SynchronousTestCase

from fakebroker.server.in_memory import WRITE_BUFFER, MemoryEndpoint


class Recorder(Protocol):
    """Keeps what it receives, piece by piece."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.reason: Failure | None = None

    def dataReceived(self, data: bytes) -> None:
        self.pieces.append(data)

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.reason = reason


class Producer:
    """Notes when it is paused and resumed."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def pauseProducing(self) -> None:
        self.calls.append("pause")

    def resumeProducing(self) -> None:
        self.calls.append("resume")

    def stopProducing(self) -> None:
        self.calls.append("stop")


class MemoryCase(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.accepting = True
        self.server = Recorder()
        self.client: Any = self.successResultOf(self.connect())

    def connect(self) -> Any:
        endpoint = MemoryEndpoint(self.clock, self.factory(self.server), lambda: self.accepting)
        return endpoint.connect(self.factory(Recorder()))

    def factory(self, protocol: Protocol) -> Factory:
        factory = Factory()
        factory.buildProtocol = lambda addr: protocol  # type: ignore[method-assign]
        return factory


class Delivery(MemoryCase):
    def test_bytes_never_arrive_inside_write(self) -> None:
        self.client.transport.write(b"hello")
        self.assertEqual([], self.server.pieces)
        self.clock.advance(0)
        self.assertEqual([b"hello"], self.server.pieces)

    def test_each_write_arrives_as_a_piece_of_its_own(self) -> None:
        self.client.transport.write(b"one")
        self.client.transport.writeSequence([b"t", b"wo"])
        self.clock.advance(0)
        self.assertEqual([b"one", b"two"], self.server.pieces)

    def test_an_end_that_is_paused_receives_when_it_is_resumed(self) -> None:
        self.server.transport.pauseProducing()  # type: ignore[union-attr]
        self.client.transport.write(b"hello")
        self.client.transport.loseConnection()
        self.clock.advance(0)
        self.assertEqual(([], None), (self.server.pieces, self.server.reason))
        self.server.transport.resumeProducing()  # type: ignore[union-attr]
        self.clock.advance(0)
        self.assertEqual([b"hello"], self.server.pieces)
        self.assertIsNotNone(self.server.reason)

    def test_a_producer_is_paused_while_the_other_end_does_not_read(self) -> None:
        producer = Producer()
        self.client.transport.registerProducer(producer, True)
        self.client.transport.write(b"x" * WRITE_BUFFER)
        self.assertEqual([], producer.calls)
        self.client.transport.write(b"x")
        self.client.transport.write(b"x")
        self.assertEqual(["pause"], producer.calls)
        self.clock.advance(0)
        self.assertEqual(["pause", "resume"], producer.calls)

    def test_a_producer_that_is_pulled_is_asked_for_more(self) -> None:
        producer = Producer()
        self.client.transport.registerProducer(producer, False)
        self.assertEqual(["resume"], producer.calls)

    def test_options_of_sockets_are_those_of_memory(self) -> None:
        transport = self.client.transport
        transport.setTcpNoDelay(False)
        transport.setTcpKeepAlive(True)
        self.assertEqual((True, False), (transport.getTcpNoDelay(), transport.getTcpKeepAlive()))
        self.assertEqual("MemoryAddress('broker', 5672)", repr(transport.getPeer()))


class Ending(MemoryCase):
    def assertEnded(self, protocol: Any, reason: type[Exception]) -> None:
        self.assertIsNotNone(protocol.reason)
        self.assertIs(reason, protocol.reason.type)

    def test_a_close_brings_what_was_written_and_then_the_end_to_both(self) -> None:
        self.client.transport.write(b"bye")
        self.client.transport.loseConnection()
        self.client.transport.write(b"too late")
        self.clock.advance(0)
        self.assertEqual([b"bye"], self.server.pieces)
        self.assertEnded(self.server, error.ConnectionDone)
        self.assertEnded(self.client, error.ConnectionDone)

    def test_to_stop_it_as_a_producer_closes_it(self) -> None:
        self.client.transport.stopProducing()
        self.clock.advance(0)
        self.assertEnded(self.server, error.ConnectionDone)

    def test_what_is_over_can_be_ended_again(self) -> None:
        self.client.transport.abortConnection()
        self.clock.advance(0)
        for end in ("loseConnection", "loseWriteConnection", "abortConnection"):
            getattr(self.client.transport, end)()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertEnded(self.client, error.ConnectionAborted)

    def test_a_reset_loses_what_was_on_its_way(self) -> None:
        self.client.transport.write(b"lost")
        self.client.transport.abortConnection()
        self.clock.advance(0)
        self.assertEqual([], self.server.pieces)
        self.assertEnded(self.server, error.ConnectionLost)
        self.assertEnded(self.client, error.ConnectionAborted)

    def test_an_error_in_dataReceived_is_logged_and_ends_the_connection(self) -> None:
        def fail(data: bytes) -> None:
            raise ZeroDivisionError

        self.server.dataReceived = fail  # type: ignore[method-assign]
        self.client.transport.write(b"x")
        self.clock.advance(0)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEnded(self.server, ZeroDivisionError)
        self.assertEnded(self.client, error.ConnectionLost)

    def test_an_error_in_connectionLost_is_logged_and_disturbs_nobody(self) -> None:
        def fail(reason: object) -> None:
            raise ZeroDivisionError

        self.client.connectionLost = fail
        self.client.transport.loseConnection()
        self.clock.advance(0)
        self.assertEqual(1, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertEnded(self.server, error.ConnectionDone)

    def test_a_producer_is_stopped_and_let_go(self) -> None:
        producer = Producer()
        self.client.transport.registerProducer(producer, True)
        self.server.transport.abortConnection()  # type: ignore[union-attr]
        self.clock.advance(0)
        self.assertEqual(["stop"], producer.calls)

    def test_who_keeps_one_end_does_not_keep_the_protocol_at_the_other(self) -> None:
        server = ref(self.server)
        del self.server
        self.client.transport.loseConnection()
        self.clock.advance(0)
        gc.collect()
        self.assertIsNone(server())

    def test_nothing_is_left_on_the_clock(self) -> None:
        self.client.transport.loseConnection()
        self.clock.advance(0)
        self.assertEqual([], self.clock.getDelayedCalls())


class Refusing(MemoryCase):
    def test_a_broker_that_does_not_accept_refuses_as_a_closed_port_does(self) -> None:
        self.accepting = False
        self.failureResultOf(self.connect(), error.ConnectionRefusedError)

    def test_a_server_that_builds_no_protocol_closes_at_once(self) -> None:
        self.server = None  # type: ignore[assignment]
        client: Any = self.successResultOf(self.connect())
        self.clock.advance(0)
        self.assertIs(error.ConnectionDone, client.reason.type)

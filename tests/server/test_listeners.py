"""Where a broker listens, and what URLs it gives."""

from __future__ import annotations

import socket
from typing import Any

from twisted.internet import defer, error, reactor
from twisted.internet.endpoints import clientFromString, connectProtocol
from twisted.internet.protocol import Protocol, ServerFactory
from twisted.internet.task import Clock, deferLater
from twisted.trial.unittest import TestCase

from fakebroker import FakeBroker
from tests.rawclient import HEADERS


class ListeningCase(TestCase):
    def setUp(self) -> None:
        self.broker = FakeBroker()
        self.addCleanup(self.broker.stop)

    @defer.inlineCallbacks
    def assertServes(self, host: str, port: int) -> Any:
        """The broker answers a client there."""
        came: defer.Deferred[bytes] = defer.Deferred()
        client: Any = Protocol()
        client.dataReceived = came.callback
        where = f"tcp:host={host}:port={port}".replace("::1", r"\:\:1")
        yield connectProtocol(clientFromString(reactor, where), client)
        client.transport.write(HEADERS["0-9-1"])
        answer = yield came
        client.transport.abortConnection()
        self.assertIn(b"RabbitMQ", answer)


class Waiting(ListeningCase):
    @defer.inlineCallbacks
    def test_hundreds_of_clients_find_a_place_before_the_broker_comes_to_them(self) -> Any:
        port = yield self.broker.listen()
        for _ in range(200):  # the reactor does not turn meanwhile
            client = socket.create_connection(("127.0.0.1", port), timeout=0.5)
            self.addCleanup(client.close)


class Taken(ListeningCase):
    @defer.inlineCallbacks
    def test_a_port_that_is_taken_when_the_broker_comes_up_is_told(self) -> Any:
        clock = Clock()
        broker = FakeBroker(clock=clock)
        self.addCleanup(broker.stop)
        port = yield broker.listen()
        told: list[Exception] = []
        broker.on_error.append(told.append)
        broker.down(5)
        yield deferLater(reactor, 0)  # the port is closed then
        other = socket.socket()
        self.addCleanup(other.close)
        other.bind(("127.0.0.1", port))
        other.listen()
        clock.advance(5)
        yield deferLater(reactor, 0)
        self.assertEqual([error.CannotListenError], [type(each) for each in told])
        self.assertEqual(1, len(self.flushLoggedErrors(error.CannotListenError)))


class Urls(ListeningCase):
    @defer.inlineCallbacks
    def test_each_names_the_host_of_its_own_port(self) -> Any:
        plain = yield self.broker.listen(host="127.0.0.1")
        secure = yield self.broker.listen_tls(host="::1")
        self.assertEqual(self.broker.url, f"amqp://guest:guest@127.0.0.1:{plain}/%2F")
        self.assertEqual(self.broker.tls_url, f"amqps://guest:guest@[::1]:{secure}/%2F")
        self.assertEqual((self.broker.host, self.broker.port, self.broker.tls_port), ("127.0.0.1", plain, secure))

    @defer.inlineCallbacks
    def test_the_order_of_listening_does_not_matter(self) -> Any:
        secure = yield self.broker.listen_tls(host="127.0.0.1")
        self.assertEqual(self.broker.host, "127.0.0.1")
        plain = yield self.broker.listen(host="::1")
        self.assertEqual(self.broker.url, f"amqp://guest:guest@[::1]:{plain}/%2F")
        self.assertEqual(self.broker.tls_url, f"amqps://guest:guest@127.0.0.1:{secure}/%2F")

    @defer.inlineCallbacks
    def test_who_listens_everywhere_is_found_on_this_machine(self) -> Any:
        port = yield self.broker.listen(host="0.0.0.0")
        self.assertEqual(self.broker.url, f"amqp://guest:guest@127.0.0.1:{port}/%2F")
        port = yield self.broker.listen(host="::")
        self.assertEqual(self.broker.url, f"amqp://guest:guest@[::1]:{port}/%2F")

    @defer.inlineCallbacks
    def test_it_is_the_same_while_the_broker_is_down(self) -> Any:
        yield self.broker.listen()
        yield self.broker.listen_tls(host="::1")
        before = (self.broker.url, self.broker.tls_url)
        self.broker.down()
        self.assertEqual((self.broker.url, self.broker.tls_url), before)
        yield self.broker.up()
        self.assertEqual((self.broker.url, self.broker.tls_url), before)

    @defer.inlineCallbacks
    def test_there_is_none_once_the_broker_was_stopped(self) -> Any:
        yield self.broker.listen()
        yield self.broker.stop()
        self.assertRaisesRegex(RuntimeError, "was stopped", lambda: self.broker.url)
        self.assertRaisesRegex(RuntimeError, "broker.listen_tls()", lambda: self.broker.tls_url)

    @defer.inlineCallbacks
    def test_each_names_the_port_that_was_opened_last(self) -> Any:
        yield self.broker.listen()
        port = yield self.broker.listen(host="::1")
        yield self.broker.listen_tls()
        yield self.broker.listen_tls()
        yield self.assertFailure(self.broker.listen(port, host="::1"), error.CannotListenError)
        self.assertEqual(self.broker.url, f"amqp://guest:guest@[::1]:{port}/%2F")
        self.assertEqual(self.broker.tls_url, f"amqps://guest:guest@127.0.0.1:{self.broker.tls_port}/%2F")
        self.assertEqual(len({each.port for each in self.broker.listeners.addresses}), 4)

    @defer.inlineCallbacks
    def test_one_that_listens_again_after_it_was_stopped_has_one_again(self) -> Any:
        yield self.broker.listen()
        yield self.broker.listen_tls()
        yield self.broker.stop()
        port = yield self.broker.listen(host="::1")
        self.assertEqual(self.broker.url, f"amqp://guest:guest@[::1]:{port}/%2F")
        self.assertRaisesRegex(RuntimeError, "was stopped", lambda: self.broker.tls_url)

    def test_one_in_memory_has_none_and_none_when_it_was_stopped(self) -> None:
        for _ in range(2):
            self.assertRaisesRegex(RuntimeError, r"before it listens: yield broker.listen\(\)", lambda: self.broker.url)
            self.assertRaisesRegex(RuntimeError, r"yield broker.listen_tls\(\)", lambda: self.broker.tls_url)
            self.broker.stop()

    @defer.inlineCallbacks
    def test_a_port_that_is_taken_has_none(self) -> Any:
        port = yield self.broker.listen()
        other = FakeBroker()
        yield self.assertFailure(other.listen(port), error.CannotListenError)
        self.assertIsNone(other.port)
        self.assertRaisesRegex(RuntimeError, "before it listens", lambda: other.url)


class DownAndUp(ListeningCase):
    @defer.inlineCallbacks
    def test_all_ports_are_opened_again_where_they_were(self) -> Any:
        first = yield self.broker.listen()
        other = yield self.broker.listen(host="::1")
        self.broker.down()
        yield self.broker.up()
        yield self.assertServes("127.0.0.1", first)
        yield self.assertServes("::1", other)

    @defer.inlineCallbacks
    def test_who_goes_down_for_good_does_not_come_up_when_an_earlier_time_is_over(self) -> Any:
        port = yield self.broker.listen()
        self.broker.down(0.01)
        self.broker.down()
        yield defer.Deferred().addTimeout(0.05, reactor).addErrback(lambda _: None)
        with self.assertRaises(error.ConnectionRefusedError):
            yield self.assertServes("127.0.0.1", port)

    @defer.inlineCallbacks
    def test_a_port_that_somebody_took_meanwhile_can_be_had_later(self) -> Any:
        port = yield self.broker.listen()
        self.broker.down()
        yield defer.DeferredList(self.broker.listeners._closing)
        thief = reactor.listenTCP(port, ServerFactory(), interface="127.0.0.1")
        yield self.assertFailure(self.broker.up(), error.CannotListenError)
        yield thief.stopListening()
        yield self.broker.up()
        yield self.assertServes("127.0.0.1", port)

    @defer.inlineCallbacks
    def test_stopped_while_it_comes_up_it_stays_closed(self) -> Any:
        port = yield self.broker.listen()
        self.broker.down()
        up = self.broker.up()
        yield self.broker.stop()
        yield up
        with self.assertRaises(error.ConnectionRefusedError):
            yield self.assertServes("127.0.0.1", port)

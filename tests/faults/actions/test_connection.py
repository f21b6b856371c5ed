"""What a client sees when its connection goes wrong."""

from __future__ import annotations

from typing import Any

from twisted.internet import error, reactor
from twisted.internet.defer import inlineCallbacks
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol
from twisted.trial.unittest import TestCase
from zope.interface import alsoProvides

from fakebroker import FakeBroker
from fakebroker.errors import RuleError
from fakebroker.faults import Blackhole, Close, Down, HalfClose, Refuse, Reset, StallReading, StopHeartbeats, when
from fakebroker.testing import VirtualClock
from tests.faults.scene import Scene, tags


def with_two_halves(client: Any) -> None:
    """Have a client go on when the other side has closed its half of the socket; it notes that as ``has_read_all``."""

    def note() -> None:
        client.has_read_all = True

    client.has_read_all = False
    client.readConnectionLost = note
    alsoProvides(client, IHalfCloseableProtocol)


class RefuseTests(Scene):
    def test_in_memory_the_attempt_fails_and_the_next_one_does_not(self) -> None:
        self.add(Refuse())
        self.failureResultOf(connectProtocol(self.broker.endpoint(), Protocol()), error.ConnectionRefusedError)
        self.successResultOf(connectProtocol(self.broker.endpoint(), Protocol()))

    def test_so_many_attempts_fail(self) -> None:
        self.add(Refuse(), times=3)
        for _ in range(3):
            self.failureResultOf(connectProtocol(self.broker.endpoint(), Protocol()), error.ConnectionRefusedError)
        self.client()

    def test_the_journal_tells(self) -> None:
        self.add(Refuse())
        self.failureResultOf(connectProtocol(self.broker.endpoint(), Protocol()))
        self.clock.settle()
        self.assertIn("rule 1: Refuse()", self.broker.journal.transcript())

    def test_later_there_is_nothing_to_refuse(self) -> None:
        self.assertRaisesRegex(RuleError, "close and reset", self.add, when("basic.publish"), Refuse())


class CloseTests(Scene):
    def test_the_socket_closes_in_the_place_of_an_answer(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Close())
        client.send("queue.declare", 1, queue="x")
        self.assertEqual([], client.names)
        self.assertTrue(client.lost.check(error.ConnectionDone))
        self.assertNotIn("x", self.broker.vhosts["/"].queues)

    def test_after_means_behind_the_answer(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Close(after=True))
        client.send("queue.declare", 1, queue="x")
        self.assertEqual(["queue.declare-ok"], client.names)
        self.assertTrue(client.lost.check(error.ConnectionDone))

    def test_at_any_step_of_the_handshake(self) -> None:
        for step in ("connect", "protocol-header", "start", "start-ok", "tune", "tune-ok", "open", "open-ok"):
            with self.add(when(step), Close()):
                client = self.connect()
                self.assertRaises(AssertionError, client.open)
                self.assertTrue(client.lost.check(error.ConnectionDone), step)
        self.client()


class HalfCloseTests(Scene):
    def test_the_client_reads_the_end_and_what_it_writes_is_carried_out(self) -> None:
        client = self.client()
        with_two_halves(client)
        self.add(when("queue.declare"), HalfClose())
        client.send("queue.declare", 1, queue="lost")
        self.assertTrue(client.has_read_all)
        self.publish(client, "kept")
        client.send("queue.declare", 1, queue="made")
        self.assertEqual(([], None), (client.names, client.lost))
        self.assertEqual(1, self.waiting())
        self.assertEqual(["made", "q"], sorted(self.broker.vhosts["/"].queues))
        client.hang_up()
        self.assertEqual([], self.broker.connections)

    def test_after_means_behind_the_answer(self) -> None:
        client = self.client()
        with_two_halves(client)
        self.add(when("queue.declare"), HalfClose(after=True))
        client.send("queue.declare", 1, queue="x")
        self.assertEqual(["queue.declare-ok"], client.names)
        self.assertTrue(client.has_read_all)

    def test_a_client_that_can_not_do_with_one_half_closes_the_other(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), HalfClose())
        client.send("queue.declare", 1, queue="x")
        self.assertTrue(client.lost.check(error.ConnectionDone))
        self.assertEqual([], self.broker.connections)

    def test_the_broker_can_hang_up_later(self) -> None:
        client = self.client(heartbeat=10)
        with_two_halves(client)
        self.add(when("queue.declare"), HalfClose())
        client.send("queue.declare", 1, queue="x")
        self.clock.advance(60)
        self.assertIsNotNone(client.lost, "it has missed the client's heartbeats")


class ResetTests(Scene):
    def test_the_connection_is_lost_not_done(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Reset())
        client.send("queue.declare", 1, queue="x")
        self.assertEqual([], client.names)
        self.assertTrue(client.lost.check(error.ConnectionLost))
        self.assertIn("x", self.broker.vhosts["/"].queues)

    def test_at_any_step_of_the_handshake(self) -> None:
        for step in ("protocol-header", "start", "start-ok", "tune", "tune-ok", "open", "open-ok"):
            with self.add(when(step), Reset()):
                client = self.connect()
                self.assertRaises(AssertionError, client.open)
                self.assertTrue(client.lost.check(error.ConnectionLost), step)

    def test_the_broker_gives_back_what_the_client_held(self) -> None:
        client = self.consuming()
        self.publish(client)
        self.assertEqual(0, self.waiting())
        self.add(when("queue.declare"), Reset())
        client.send("queue.declare", 1, queue="x")
        self.assertEqual(1, self.waiting())


class BlackholeTests(Scene):
    def test_nothing_is_answered_and_the_socket_stays(self) -> None:
        client = self.client(heartbeat=10)
        self.add(when("queue.declare"), Blackhole())
        client.send("queue.declare", 1, queue="x")
        self.clock.advance(600)
        self.assertEqual([], client.names)
        self.assertIsNone(client.lost)
        self.assertNotIn("x", self.broker.vhosts["/"].queues)

    def test_a_step_of_the_handshake_hangs(self) -> None:
        for step in ("connect", "protocol-header", "start", "start-ok", "tune-ok", "open"):
            with self.add(when(step), Blackhole()):
                client = self.connect()
                self.assertRaises(AssertionError, client.open)
                self.clock.advance(120)
                self.assertIsNone(client.lost, step)

    def test_it_heals_and_what_was_swallowed_is_lost(self) -> None:
        client = self.confirming()
        self.add(when("basic.publish", nth=2), Blackhole(seconds=30))
        for body in ("one", "lost", "lost too"):
            self.publish(client, body)
        self.assertEqual([("basic.ack", 1)], tags(client))
        self.clock.advance(29)
        self.publish(client, "lost as well")
        self.clock.advance(1)
        self.publish(client, "five")
        self.assertEqual([("basic.ack", 1), ("basic.ack", 5)], tags(client))
        self.assertEqual(2, self.waiting())

    def test_it_heals_when_it_is_told(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Blackhole(until="mended"))
        self.assertFalse(self.is_well(client))
        self.assertEqual(1, self.broker.faults.release("mended"))
        self.assertTrue(self.is_well(client))

    def test_a_client_that_the_broker_has_given_up_hears_of_it_when_the_hole_heals(self) -> None:
        client = self.consuming(heartbeat=10)
        self.publish(client)
        self.add(when("basic.ack", "in"), Blackhole(seconds=100))
        for _ in range(9):
            client.send("basic.ack", 1, delivery_tag=1)
            self.clock.advance(10)
        self.assertIsNone(client.lost)
        self.assertEqual(1, self.waiting(), "the client's messages went back: the broker heard no heartbeat of it")
        self.clock.advance(10)
        self.assertTrue(client.lost.check(error.ConnectionLost))

    def test_other_connections_live_on(self) -> None:
        client, other = self.client(), self.client()
        self.add(when("queue.declare", connection=1), Blackhole())
        client.send("queue.declare", 1, queue="x")
        self.assertTrue(self.is_well(other))
        self.assertFalse(self.is_well(client))

    def test_the_broker_can_be_stopped_all_the_same(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), Blackhole())
        client.send("queue.declare", 1, queue="x")
        self.successResultOf(self.broker.stop())
        self.assertIsNotNone(client.lost)


class StallReadingTests(Scene):
    def test_what_the_client_sends_is_not_read_until_the_time_is_over(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), StallReading(seconds=5))
        client.send("queue.declare", 1, queue="x")
        client.take("queue.declare-ok")
        client.send("queue.declare", 1, queue="y")
        self.clock.advance(4.9)
        self.assertEqual([], client.names)
        self.clock.advance(0.1)
        self.assertEqual(["queue.declare-ok"], client.names)

    def test_what_the_broker_sends_still_comes(self) -> None:
        client, other = self.consuming(), self.client()
        self.add(when("queue.declare", connection=1), StallReading())
        client.send("queue.declare", 1, queue="x")
        client.take("queue.declare-ok")
        self.publish(other)
        self.assertEqual(["basic.deliver"], client.names)

    def test_a_label_ends_it(self) -> None:
        client = self.client()
        self.add(when("queue.declare"), StallReading(until="enough"))
        client.send("queue.declare", 1, queue="x")
        client.take("queue.declare-ok")
        client.send("queue.declare", 1, queue="y")
        self.clock.advance(1000)
        self.assertEqual([], client.names)
        self.broker.faults.release("enough")
        self.clock.settle()
        self.assertEqual(["queue.declare-ok"], client.names)


class StopHeartbeatsTests(Scene):
    def test_the_broker_beats_no_more_but_answers(self) -> None:
        client = self.client(heartbeat=4)
        self.clock.advance(4)
        self.assertIn("Heartbeat", client.names)
        self.add(when("queue.declare"), StopHeartbeats())
        self.assertTrue(self.is_well(client))
        client.events.clear()
        self.clock.advance(7)
        self.assertEqual([], client.names)
        self.assertTrue(self.is_well(client))


class DownTests(Scene):
    def test_every_connection_is_reset_and_nobody_gets_in_until_it_is_up(self) -> None:
        client, other = self.client(), self.client()
        self.add(when("queue.declare", connection=1), Down(seconds=30))
        client.send("queue.declare", 1, queue="x")
        self.clock.settle()
        self.assertTrue(client.lost.check(error.ConnectionLost))
        self.assertTrue(other.lost.check(error.ConnectionLost))
        self.failureResultOf(connectProtocol(self.broker.endpoint(), Protocol()), error.ConnectionRefusedError)
        self.clock.advance(30)
        self.client()

    def test_nothing_more_is_said_to_a_client(self) -> None:
        client = self.consuming(capabilities={"consumer_cancel_notify": True})
        self.broker.down()
        self.clock.settle()
        self.assertEqual([], client.names)
        self.assertNotIn("basic.cancel", self.broker.journal.methods("out"))

    def test_what_is_durable_survives(self) -> None:
        client = self.client()
        client.send("queue.declare", 1, queue="d", durable=True)
        self.broker.down(1)
        self.clock.advance(1)
        self.assertIn("d", self.broker.vhosts["/"].queues)
        self.assertNotIn("q", self.broker.vhosts["/"].queues)


class DownOverTCP(TestCase):
    @inlineCallbacks
    def test_the_port_is_closed_and_then_open_again(self) -> Any:
        clock = VirtualClock()
        broker = FakeBroker(reactor, clock=clock)
        self.addCleanup(broker.stop)
        port = yield broker.listen()
        endpoint = TCP4ClientEndpoint(reactor, "127.0.0.1", port)
        broker.down(5)
        yield self.assertFailure(connectProtocol(endpoint, Protocol()), error.ConnectionRefusedError)
        clock.advance(5)
        client = yield connectProtocol(endpoint, Protocol())
        client.transport.loseConnection()
        self.assertEqual(port, broker.port)

    @inlineCallbacks
    def test_up_right_after_down(self) -> Any:
        broker = FakeBroker(reactor, clock=VirtualClock())
        self.addCleanup(broker.stop)
        port = yield broker.listen()
        broker.down()
        yield broker.up()
        client = yield connectProtocol(TCP4ClientEndpoint(reactor, "127.0.0.1", port), Protocol())
        client.transport.loseConnection()

    @inlineCallbacks
    def test_stopping_while_it_is_down(self) -> Any:
        clock = VirtualClock()
        broker = FakeBroker(reactor, clock=clock)
        yield broker.listen()
        broker.down(5)
        yield broker.stop()
        self.assertEqual([], clock.getDelayedCalls())

"""A broker that is paused: a process that is stopped, with its sockets open."""

from __future__ import annotations

from fakebroker.faults import Pause, when
from fakebroker.wire.command import Heartbeat
from tests.faults.scene import Scene, bodies


class Paused(Scene):
    def test_nobody_is_answered_until_it_goes_on(self) -> None:
        one, other = self.client(), self.client()
        self.broker.pause()
        self.publish(one, "late")
        other.send("basic.get", 1, queue="q")
        self.assertEqual(([], []), (one.names, other.names))
        self.broker.resume()
        self.clock.settle()
        self.assertEqual(["late"], bodies(other))

    def test_it_goes_on_by_itself_after_its_time(self) -> None:
        client = self.client()
        self.broker.pause(30)
        self.clock.advance(29)
        self.assertFalse(self.is_well(client))
        self.clock.advance(1)
        self.assertEqual(["queue.declare-ok"], client.names)

    def test_what_is_done_first_may_pause_it_again(self) -> None:
        one, other = self.client(), self.client()
        self.broker.pause()
        self.add(when("basic.publish"), Pause(10))
        for client in (one, other):
            self.publish(client)
        self.broker.resume()
        self.clock.advance(1)
        self.assertTrue(self.broker.turn.paused)
        self.clock.advance(10)
        self.assertEqual(2, self.waiting())

    def test_a_client_may_connect_and_hears_nothing(self) -> None:
        self.broker.pause()
        client = self.connect()
        client.send_octets(b"AMQP\x00\x00\x09\x01")
        self.clock.advance(60)
        self.assertEqual(([], None), (client.names, client.lost))
        self.broker.resume()
        self.clock.advance(1)
        self.assertEqual(["connection.start"], client.names)
        self.clock.advance(10)
        self.assertIsNotNone(client.lost, "it has as long for its handshake as anybody")

    def test_no_heartbeat_comes_and_the_client_is_not_missed(self) -> None:
        client = self.client(heartbeat=10)
        self.broker.pause(100)
        self.clock.advance(99)
        self.assertEqual([], client.events)
        self.clock.advance(1)
        self.assertEqual([Heartbeat()], client.events)
        self.assertIsNone(client.lost)
        self.clock.advance(40)
        self.assertIsNotNone(client.lost, "from here on it is missed again")

    def test_what_a_timer_would_have_done_is_done_afterwards(self) -> None:
        client = self.client()
        client.send("queue.declare", 1, queue="short", arguments={"x-expires": 5000})
        self.broker.pause()
        self.clock.advance(10)
        self.assertIn("short", self.broker.vhosts["/"].queues)
        self.broker.resume()
        self.clock.settle()
        self.assertNotIn("short", self.broker.vhosts["/"].queues)

    def test_what_the_test_does_goes_on_and_is_told_later(self) -> None:
        client = self.consuming()
        self.broker.pause()
        self.broker.publish("hello", "q")
        self.clock.advance(1)
        self.assertEqual([], client.names)
        self.broker.resume()
        self.clock.settle()
        self.assertEqual(["hello"], bodies(client))

    def test_in_the_journal_things_stand_where_they_are_done(self) -> None:
        client = self.client()
        self.broker.pause(5)
        client.send("queue.declare", 1, queue="q")
        self.clock.advance(5)
        times = [entry.time for entry in self.broker.journal.find("queue.declare-ok")]
        self.assertEqual([0.0, 5.0], times)

    def test_a_second_pause_takes_the_place_of_the_first(self) -> None:
        client = self.client()
        self.broker.pause(5)
        self.broker.pause(20)
        self.clock.advance(19)
        self.assertFalse(self.is_well(client))
        self.clock.advance(1)
        self.assertEqual(["queue.declare-ok"], client.names)

    def test_to_go_on_without_a_pause_does_nothing(self) -> None:
        client = self.client()
        self.broker.resume()
        self.assertTrue(self.is_well(client))


class PausedByARule(Scene):
    def test_the_item_waits_too(self) -> None:
        client, other = self.confirming(), self.client()
        self.add(when("basic.publish", nth=2), Pause(10))
        for body in ("one", "two", "three"):
            self.publish(client, body)
        self.assertEqual(["basic.ack"], client.names)
        self.assertFalse(self.is_well(other))
        self.clock.advance(10)
        self.assertEqual(["basic.ack"] * 3, client.names)
        self.assertEqual(["queue.declare-ok"], other.names)

    def test_on_its_way_to_the_client_too(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver"), Pause())
        self.publish(client)
        self.assertEqual([], client.names)
        self.broker.resume()
        self.clock.settle()
        self.assertEqual(["basic.deliver"], client.names)

    def test_not_because_of_what_it_says_when_it_stops(self) -> None:
        client = self.client()
        self.add(when("connection.close", "out"), Pause(10))
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertIsNotNone(client.lost)
        self.assertFalse(self.broker.paused)

    def test_once_more_by_what_waited_for_the_end_of_the_first(self) -> None:
        self.add(when("connect"), Pause(60), times=None)
        self.connect()
        self.clock.advance(10)
        late = self.connect()
        self.clock.advance(50)
        self.assertTrue(self.broker.paused)
        late.send_octets(b"AMQP\x00\x00\x09\x01")
        self.clock.advance(59)
        self.assertEqual([], late.names)
        self.clock.advance(1)
        self.assertEqual(["connection.start"], late.names)
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_by_much_that_waits_it_can_be_stopped_all_the_same(self) -> None:
        self.add(when("connect"), Pause(60), times=None)
        for _ in range(3):
            self.connect()
            self.clock.advance(10)
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())


class PausedAndThen(Scene):
    def tearDown(self) -> None:
        self.broker.abort()
        self.assertEqual([], self.clock.getDelayedCalls())

    def paused(self) -> None:
        self.one = self.consuming(heartbeat=10)
        self.broker.pause(1000)
        self.publish(self.one)
        self.late = self.connect()
        self.clock.advance(50)

    def test_stopped(self) -> None:
        self.paused()
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertIn("connection.close", self.one.names)

    def test_aborted(self) -> None:
        self.paused()
        self.broker.abort()
        self.clock.settle()
        self.assertIsNotNone(self.one.lost)

    def test_restarted(self) -> None:
        self.paused()
        self.broker.restart()
        self.clock.settle()
        self.assertIsNotNone(self.one.lost)
        self.assertTrue(self.is_well(self.client()))

    def test_down(self) -> None:
        self.paused()
        self.broker.down(5)
        self.clock.advance(5)
        self.assertIsNotNone(self.one.lost)
        self.assertTrue(self.is_well(self.client()))

    def test_reset(self) -> None:
        self.paused()
        self.broker.reset()
        self.assertTrue(self.is_well(self.client()))

    def test_left_by_its_clients(self) -> None:
        self.paused()
        self.one.abort()
        self.late.abort()
        self.broker.resume()
        self.clock.advance(60)
        self.assertEqual([], self.broker.connections)

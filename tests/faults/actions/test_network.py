"""What client and broker see of a network that is in parts, is slow, or closes slowly."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from twisted.internet import error

from fakebroker import running
from fakebroker.errors import RuleError
from fakebroker.faults import Delay, Latency, Partition, SlowClose, when
from fakebroker.wire.writer import HEARTBEAT, encode
from tests.faults.clients.raw import Over, RawConversation
from tests.faults.clients.rules import row
from tests.faults.scene import Scene, bodies, tags
from tests.rawclient import Content


class PartitionTests(Scene):
    def holding(self, **options: Any) -> Any:
        """A client that has an exclusive queue and a message that it has not acknowledged, cut off at its ack."""
        client = self.consuming(**options)
        client.send("queue.declare", 1, queue="own", exclusive=True)
        self.publish(client, "mine")
        client.events.clear()
        return client

    def cut_off(self, client: Any, **how: Any) -> None:
        self.add(when("basic.qos", connection=self.broker.connections[0].number), Partition(**how))
        client.send("basic.qos", 1)

    def owns(self) -> list[str]:
        return sorted(self.broker.vhosts["/"].queues)

    def test_nothing_passes_and_both_sides_stay(self) -> None:
        client = self.holding()
        self.cut_off(client)
        self.broker.publish("later", "q")
        self.clock.advance(1000)
        self.assertEqual(([], None), (client.names, client.lost))
        self.assertEqual(1, len(self.broker.connections))

    def test_what_was_sent_meanwhile_arrives_when_it_is_mended(self) -> None:
        client = self.holding()
        self.cut_off(client, seconds=30)
        client.send("basic.ack", 1, delivery_tag=1)
        self.broker.publish("later", "q")
        self.clock.advance(29)
        self.assertEqual(([], 2), (client.names, len(self.broker.vhosts["/"].queues["q"].unacked)))
        self.clock.advance(1)
        self.assertEqual(["basic.deliver", "basic.qos-ok"], client.names)
        self.assertEqual(1, len(self.broker.vhosts["/"].queues["q"].unacked))

    def test_it_is_mended_when_it_is_told(self) -> None:
        client = self.holding()
        self.cut_off(client, until="mended")
        self.assertEqual(1, self.broker.faults.release("mended"))
        self.clock.settle()
        self.assertEqual(["basic.qos-ok"], client.names)

    def test_the_broker_does_not_notice_that_the_client_is_gone_until_it_misses_its_heartbeats(self) -> None:
        for end in ("hang_up", "abort"):
            client = self.holding(heartbeat=10)
            self.cut_off(client)
            getattr(client, end)()
            self.clock.advance(19)
            self.assertEqual(["own", "q"], self.owns(), end)
            self.assertEqual(0, self.waiting(), "the message is still this client's")
            self.clock.advance(11)
            self.assertEqual(["q"], self.owns(), end)
            self.assertEqual(1, self.waiting())
            self.broker.get("q")

    def test_without_heartbeats_it_never_does(self) -> None:
        client = self.holding()
        self.cut_off(client)
        client.abort()
        self.clock.advance(100_000)
        self.assertEqual(["own", "q"], self.owns())
        self.broker.faults.release("partition")
        self.clock.settle()
        self.assertEqual((["q"], []), (self.owns(), self.broker.connections))

    def test_another_client_is_locked_out_meanwhile(self) -> None:
        client = self.holding()
        self.cut_off(client)
        client.hang_up()
        other = self.client()
        other.send("queue.declare", 1, queue="own", exclusive=True)
        self.assertEqual(405, other.take("channel.close").args.reply_code)

    def test_the_client_does_not_notice_that_the_broker_has_given_it_up(self) -> None:
        client = self.holding(heartbeat=10)
        self.cut_off(client, seconds=100)
        self.clock.advance(99)
        self.assertEqual([], self.broker.connections)
        self.assertEqual(([], None), (client.names, client.lost))
        self.clock.advance(1)
        self.assertTrue(client.lost.check(error.ConnectionLost))

    def test_nor_that_it_goes_down_or_starts_again(self) -> None:
        for event in ("down", "restart"):
            client = self.client()
            self.cut_off(client)
            getattr(self.broker, event)()
            self.broker.up()
            self.clock.advance(10)
            self.assertIsNone(client.lost, event)
            self.assertEqual([], self.broker.connections)
            self.broker.faults.release("partition")
            self.clock.settle()
            self.assertTrue(client.lost.check(error.ConnectionLost), event)

    def test_one_way_the_broker_hears_nothing(self) -> None:
        client = self.holding(heartbeat=10)
        self.cut_off(client, direction="in")
        self.broker.publish("passes", "q")
        self.clock.settle()
        self.assertEqual(["passes"], bodies(client))
        for _ in range(3):
            client.send_octets(HEARTBEAT)
            self.clock.advance(10)
        self.assertIsNotNone(client.lost, "it has missed the client's heartbeats, and could say so")

    def test_the_other_way_the_client_hears_nothing(self) -> None:
        client = self.holding()
        self.cut_off(client, direction="out")
        client.send("queue.declare", 1, queue="made")
        self.assertEqual(([], ["made", "own", "q"]), (client.names, self.owns()))
        client.hang_up()
        self.assertEqual(["made", "q"], self.owns(), "the broker hears that it is gone")

    def test_it_may_begin_with_what_the_broker_says(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver", nth=2), Partition(seconds=5))
        for body in ("one", "two", "three"):
            self.publish(client, body)
        self.assertEqual(["one"], bodies(client))
        self.clock.advance(5)
        self.assertEqual(["one", "two", "three"], bodies(client))

    def test_it_may_begin_when_the_connection_is_made(self) -> None:
        self.add(when("connect"), Partition(seconds=5))
        client = self.connect()
        self.assertRaises(AssertionError, client.begin)
        self.clock.advance(5)
        self.assertEqual(["connection.start"], client.names)

    def test_two_at_once_are_mended_one_by_one(self) -> None:
        client = self.client()
        self.add(when("basic.qos"), Partition(seconds=5, direction="out"), Partition(seconds=8, direction="in"))
        client.send("basic.qos", 1)
        client.send("basic.qos", 1)
        self.clock.advance(5)
        self.assertEqual([], client.names)
        self.clock.advance(3)
        self.assertEqual(["basic.qos-ok", "basic.qos-ok"], client.names)

    def test_the_journal_tells_when_things_really_arrived(self) -> None:
        client = self.client()
        self.cut_off(client, seconds=5)
        self.clock.advance(5)
        self.assertEqual([5.0], [entry.time for entry in self.broker.journal.find("basic.qos-ok")])

    def test_whatever_becomes_of_the_broker_nothing_is_left(self) -> None:
        for event in ("stop", "abort", "reset"):
            for end in ("hang_up", "abort", "stop_reading"):
                client = self.holding(heartbeat=10)
                self.cut_off(client, seconds=1000)
                getattr(client, end)()
                self.clock.advance(5)
                getattr(self.broker, event)()
                self.clock.settle()
                self.assertEqual([], self.clock.getDelayedCalls(), (event, end))
                self.broker.reset()


class PartitionOverTcp(TestCase):
    """The kernel's own FIN and RST do not reach the broker either."""

    def setUp(self) -> None:
        block = running(virtual_time=True)
        self.broker: Any = block.start()
        self.addCleanup(block.stop)

    def connect(self) -> Any:
        client = RawConversation(self.broker, row(when(), Partition()), lambda: 1)
        client.heartbeat = 10
        self.addCleanup(client.close)
        client.log_in()
        client.ask("channel.open", "channel.open-ok")
        return client

    def cut_off(self, direction: Any = None, seconds: float | None = None) -> Any:
        """A client with an exclusive queue, which is cut off."""
        client = self.connect()
        client.ask("queue.declare", "queue.declare-ok", queue="own", exclusive=True)
        rule = self.broker.faults.add(when("basic.qos"), Partition(seconds=seconds, direction=direction))
        client.tell("basic.qos")
        self.broker.journal.wait_for("basic.qos", "in")
        self.assertEqual(1, rule.acted)
        return client

    def owned(self) -> bool:
        """Whether the queue is still there, when the broker has had time to look at its sockets."""
        for _ in range(2):
            self.connect().close()
        return "own" in self.broker.vhosts["/"].queues

    def test_the_broker_keeps_what_the_client_held_until_it_misses_its_heartbeats(self) -> None:
        for reset in (False, True):
            client = self.cut_off()
            if reset:
                client.reset()
            client.close()
            self.assertTrue(self.owned())
            self.broker.clock.advance(19)
            self.assertTrue(self.owned())
            self.broker.clock.advance(11)
            self.assertFalse(self.owned())
            self.broker.faults.release("partition")

    def test_it_hears_of_it_when_the_network_is_mended(self) -> None:
        for reset in (False, True):
            client = self.cut_off()
            if reset:
                client.reset()
            client.close()
            self.assertTrue(self.owned())
            self.broker.faults.release("partition")
            self.assertFalse(self.owned())

    def test_one_way_what_the_broker_sends_finds_no_socket_and_it_does_not_notice(self) -> None:
        client = self.cut_off("in")
        client.reset()
        client.close()
        self.broker.clock.advance(15)  # it has sent a heartbeat, to which the kernel has answered with a reset
        self.assertTrue(self.owned())
        self.broker.clock.advance(15)
        self.assertFalse(self.owned())

    def test_the_client_sees_nothing_of_the_brokers_end_until_then(self) -> None:
        client = self.cut_off(seconds=100)
        self.broker.clock.advance(99)
        self.assertFalse(self.owned())
        self.assertTrue(client.is_quiet())
        self.broker.clock.advance(1)
        self.assertRaises(Over, client.ask, "basic.qos", "basic.qos-ok")


class LatencyTests(Scene):
    def test_a_hundred_deliveries_take_as_long_as_one(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.deliver"), Latency(0.125))
        for number in range(100):
            self.publish(client, str(number))
        self.clock.advance(0.0625)
        self.assertEqual([], client.names)
        self.clock.advance(0.0625)
        self.assertEqual([str(number) for number in range(100)], bodies(client))

    def test_with_delay_they_wait_for_each_other(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.deliver"), Delay(0.1), times=None)
        for number in range(100):
            self.publish(client, str(number))
        self.clock.advance(0.1)
        self.assertEqual(["0"], bodies(client))

    def test_a_hundred_publishes_do_too_however_they_arrive(self) -> None:
        for at_once in (True, False):
            client = self.client()
            self.add(when("basic.publish", connection=self.broker.connections[0].number), Latency(0.1))
            publish = encode(client.spec.command(1, "basic.publish", Content.make({}, b"x"), routing_key="q"), 0)
            if at_once:
                client.send_octets(publish * 100)
            else:
                for octet in range(0, len(publish) * 100, 7):
                    client.send_octets((publish * 100)[octet : octet + 7])
            self.clock.advance(0.099)
            self.assertEqual(0, self.waiting())
            self.clock.advance(0.001)
            self.assertEqual(100, self.waiting())
            self.broker.delete_queue("q")
            client.hang_up()

    def test_each_counts_from_when_it_was_sent(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.publish"), Latency(1))
        for body in ("one", "two", "three"):
            self.publish(client, body)
            self.clock.advance(0.375)
        self.assertEqual(["one"], bodies(client))
        self.clock.advance(0.25)
        self.assertEqual(["one", "two"], bodies(client))
        self.clock.advance(0.375)
        self.assertEqual(["one", "two", "three"], bodies(client))

    def test_both_ways_take_both_times(self) -> None:
        client = self.client()
        self.add(when(connection=1), Latency(0.5))
        client.send("queue.declare", 1, queue="x")
        self.clock.advance(0.99)
        self.assertEqual([], client.names)
        self.clock.advance(0.01)
        self.assertEqual(["queue.declare-ok"], client.names)

    def test_with_jitter_the_order_stays(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.deliver"), Latency(0.1, jitter=0.9))
        for number in range(50):
            self.publish(client, str(number))
        self.clock.advance(0.3)
        self.assertLess(len(client.events), 50)
        self.clock.advance(0.7)
        self.assertEqual([str(number) for number in range(50)], bodies(client))

    def test_what_is_not_late_waits_behind_what_is(self) -> None:
        client = self.confirming()
        self.add(when("basic.ack", "out", delivery_tag=1), Latency(2))
        self.publish(client)
        self.publish(client)
        self.clock.advance(1)
        self.assertEqual([], client.names)
        self.clock.advance(1)
        self.assertEqual([("basic.ack", 1), ("basic.ack", 2)], tags(client))

    def test_what_a_client_has_sent_before_it_hung_up_is_handled(self) -> None:
        for end in ("hang_up", "abort"):
            client = self.client()
            self.add(when("basic.publish"), Latency(1), times=2)
            self.publish(client)
            self.publish(client)
            getattr(client, end)()
            self.assertEqual(1, len(self.broker.connections), "its end comes behind what it has sent")
            self.clock.advance(1)
            self.assertEqual(([], 2), (self.broker.connections, self.waiting()), end)
            self.broker.delete_queue("q")

    def test_a_client_whose_heartbeats_are_late_is_not_given_up(self) -> None:
        client = self.client(heartbeat=10)
        self.add(when("heartbeat", "in"), Latency(5))
        for _ in range(20):
            client.send_octets(HEARTBEAT)
            self.clock.advance(5)
        self.assertIsNone(client.lost)

    def test_the_broker_can_be_stopped_with_much_on_its_way(self) -> None:
        client = self.consuming()
        self.add(when(connection=1), Latency(5))
        for _ in range(10):
            self.publish(client)
        client.abort()
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())


class SlowCloseTests(Scene):
    def test_the_socket_stays_open_after_the_brokers_close(self) -> None:
        self.add(SlowClose(5))
        client = self.client()
        client.send("connection.close", 0)
        client.take("connection.close-ok")
        self.clock.advance(100)
        self.assertIsNotNone(client.lost)

    def test_a_client_whose_connection_is_closed_for_good_sees_that_late(self) -> None:
        self.add(SlowClose(5))
        client = self.client()
        self.broker.restart()
        self.clock.advance(4)
        self.assertEqual((["connection.close"], None), (client.names, client.lost))
        self.clock.advance(1)
        self.assertIsNotNone(client.lost)

    def test_the_broker_hears_late_that_the_client_is_gone(self) -> None:
        self.add(SlowClose(5))
        for end in ("hang_up", "abort"):
            client = self.client()
            client.send("queue.declare", 1, queue="own", exclusive=True)
            getattr(client, end)()
            self.clock.advance(4)
            self.assertIn("own", self.broker.vhosts["/"].queues, end)
            self.clock.advance(1)
            self.assertNotIn("own", self.broker.vhosts["/"].queues, end)

    def test_the_broker_can_be_stopped_meanwhile(self) -> None:
        self.add(SlowClose(5))
        self.client().abort()
        self.client().hang_up()
        self.client()
        self.broker.restart()
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_it_takes_some_time(self) -> None:
        self.assertRaisesRegex(RuleError, "must be more than 0", SlowClose, 0)

"""The crossing: free of charge while no rule is loaded, and complete when one has been."""

from __future__ import annotations

from unittest import mock

from twisted.internet.error import ConnectionDone, ConnectionLost

from fakebroker.faults import (
    Blackhole,
    Close,
    Delay,
    Drop,
    Faults,
    Hold,
    Merge,
    Reset,
    Say,
    StallReading,
    when,
)
from fakebroker.journal.entries import Acted, Lost, Opened
from fakebroker.wire.writer import HEARTBEAT
from tests.faults.scene import Scene


class WithNoRule(Scene):
    def test_nobody_is_asked(self) -> None:
        with mock.patch.object(Faults, "decide", side_effect=AssertionError("asked")):
            client = self.client(heartbeat=10)
            self.assertTrue(self.is_well(client))
            self.clock.advance(6)
            self.assertIn("Heartbeat", client.names)
            self.connect().send_octets(b"AMQP\0\0\x09\x09")

    def test_nor_is_anybody_when_all_rules_are_gone(self) -> None:
        with self.add(when("basic.publish"), Drop()):
            pass
        self.test_nobody_is_asked()


class Ends(Scene):
    """How a connection has begun and ended, as the journal tells."""

    def told(self) -> list[str]:
        """What is neither the client's word nor the broker's."""
        entries = [entry for entry in self.broker.journal if not entry.direction]
        self.assertIsInstance(entries[0].item, Opened)
        return [entry.item.reason for entry in entries if isinstance(entry.item, Lost)]

    def test_by_the_client(self) -> None:
        self.client().hang_up()
        self.assertEqual(["closed by the client"], self.told())

    def test_by_a_reset_of_the_client(self) -> None:
        self.client().abort()
        self.assertEqual(["reset by the client"], self.told())

    def test_by_the_broker(self) -> None:
        client = self.client()
        client.send_octets(b"\x09" + bytes(6) + b"\xce")  # the broker closes the connection, and gets no close-ok
        self.clock.advance(60)
        self.assertEqual(["closed by the broker"], self.told())

    def test_by_a_rule(self) -> None:
        for action, how in ((Close(), "closed by the broker"), (Reset(), "reset by the broker")):
            client = self.client()
            self.add(when("queue.declare"), action)
            client.send("queue.declare", 1, queue="x")
            self.assertEqual(how, self.told()[-1])
            assert client.lost is not None
            self.assertIs(ConnectionDone if how.startswith("closed") else ConnectionLost, client.lost.type)

    def test_a_connection_that_is_dead_uses_up_no_rules(self) -> None:
        client, other = self.client(), self.client()
        self.add(when("queue.declare"), Blackhole())
        self.add(when("basic.get"), Drop())
        for each in (client, other):
            each.send("queue.declare", 1, queue="q")
            each.send("basic.get", 1, queue="q")
        self.assertEqual(([], ["queue.declare-ok"]), (client.names, other.names))

    def test_what_a_rule_does_is_told_of_nobody_and_what_it_says_of_the_broker(self) -> None:
        client = self.client()
        self.add(when("queue.declare-ok"), Say("channel.flow", active=True))
        client.send("queue.declare", 1, queue="x")
        *_, acted, answered, said = self.broker.journal
        self.assertEqual(["", "out", "out"], [entry.direction for entry in (acted, answered, said)])
        self.assertIsInstance(acted.item, Acted)
        self.assertEqual(["queue.declare-ok", "channel.flow"], client.names)

    def test_a_close_comes_behind_what_is_late_and_a_reset_at_once(self) -> None:
        for late in (Delay(5), Merge(3)):
            for action, names in ((Close(), ["queue.declare-ok"]), (Reset(), [])):
                client = self.client()
                self.add(when("queue.declare-ok"), late)
                self.add(when("basic.get"), action)
                client.send("queue.declare", 1, queue="q")
                client.send("basic.get", 1, queue="q")
                self.clock.advance(5)
                self.assertEqual(names, client.names)
                self.assertIsNotNone(client.lost)

    def test_octets_are_counted_both_ways(self) -> None:
        client = self.connect().open()
        before = len(client.octets)
        output = self.broker.connections[0].output
        received, sent = output.octets_received, output.octets_sent
        self.assertEqual(before, sent)
        client.send_octets(HEARTBEAT)
        self.assertEqual((received + len(HEARTBEAT), sent), (output.octets_received, output.octets_sent))


class WithRules(Scene):
    def test_each_kind_of_thing_meets_them_even_when_they_have_come_late(self) -> None:
        client = self.client(heartbeat=10)
        self.add(when("heartbeat", "out"), Hold(), times=None)
        self.clock.advance(6)
        self.assertEqual([], client.names)
        self.broker.faults.release()
        self.clock.settle()
        self.assertEqual(["Heartbeat"], client.names)

    def test_what_is_no_frame_meets_them_too(self) -> None:
        client = self.connect()
        self.add(when("protocol-header", "out"), Delay(5))
        client.send_octets(b"AMQP\0\0\x09\x09")
        self.assertEqual(b"", client.octets)
        self.clock.advance(5)
        self.assertEqual(b"AMQP\0\0\x09\x01", client.octets)

    def test_reading_goes_on_when_the_last_of_what_has_stopped_it_is_over(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), StallReading(5))
        self.broker.set_alarm()
        self.publish(client)
        self.broker.clear_alarm()
        client.send("queue.declare", 1, queue="x")
        self.clock.advance(4)
        self.assertEqual([], client.names)
        self.clock.advance(1)
        self.assertEqual(["queue.declare-ok"], client.names)

    def test_a_rule_added_in_the_middle_acts_from_there(self) -> None:
        client = self.client()
        self.publish(client, "a")
        self.add(when("basic.publish"), Drop())
        self.publish(client, "b")
        self.publish(client, "c")
        self.assertEqual(2, self.waiting())

    def test_what_a_rule_has_held_back_outlives_it(self) -> None:
        client = self.client()
        with self.add(when("basic.get-empty"), Delay(5)):
            client.send("basic.get", 1, queue="q")
        client.send("queue.declare", 1, queue="x")
        self.assertEqual([], client.names)
        self.clock.advance(5)
        self.assertEqual(["basic.get-empty", "queue.declare-ok"], client.names)

    def test_facts_are_known_to_rules_added_late(self) -> None:
        client = self.client(client_properties={"connection_name": "late"})
        self.add(when("basic.get", client="late", user="guest", vhost="/"), Drop())
        client.send("basic.get", 1, queue="q")
        self.assertEqual([], client.names)

    def test_reading_stops_for_every_reason_and_goes_on_for_none(self) -> None:
        client = self.confirming()
        self.add(when("basic.publish"), Delay(5))
        self.broker.set_alarm()
        self.publish(client)
        self.clock.advance(10)
        self.assertEqual([], client.names)
        self.broker.clear_alarm()
        self.clock.settle()
        self.assertEqual(["basic.ack"], client.names)

    def test_the_broker_stops_with_everything_in_the_air(self) -> None:
        client = self.client()
        self.add(when("basic.get"), Delay(100))
        self.add(when("queue.declare-ok"), Hold())
        client.send("queue.declare", 1, queue="x")
        client.send("basic.get", 1, queue="q")
        self.successResultOf(self.broker.stop())
        self.assertEqual([], self.clock.getDelayedCalls())
        self.assertIsNotNone(client.lost)

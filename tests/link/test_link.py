"""The crossing: free of charge while no rule is loaded, and complete when one has been."""

from __future__ import annotations

from unittest import mock

from fakebroker.faults import Delay, Drop, Faults, Hold, when
from tests.faults.scene import Scene


class WithNoRule(Scene):
    def test_nobody_is_asked(self) -> None:
        with mock.patch.object(Faults, "decide", side_effect=AssertionError("asked")):
            self.assertTrue(self.is_well(self.client()))

    def test_nor_is_anybody_when_all_rules_are_gone(self) -> None:
        with self.add(when("basic.publish"), Drop()):
            pass
        self.test_nobody_is_asked()


class WithRules(Scene):
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

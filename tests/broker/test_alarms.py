"""Alarms, and what a restart leaves."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from fakebroker.broker.alarms import Alarms
from tests.broker.routing import RoutingCase


class ResourceAlarms(TestCase):
    def setUp(self) -> None:
        self.alarms = Alarms()
        self.heard: list[tuple[str, ...]] = []
        self.alarms.on_change.append(self.hear)

    def hear(self) -> None:
        self.heard.append(self.alarms.raised)

    def test_the_reason_names_what_is_low(self) -> None:
        self.alarms.set("disk")
        self.assertEqual("low on disk", self.alarms.reason)
        self.alarms.set("memory")
        self.assertEqual("low on disk & memory", self.alarms.reason)
        self.alarms.clear("disk")
        self.assertEqual("low on memory", self.alarms.reason)

    def test_whoever_asked_for_it_hears_of_each_change_once(self) -> None:
        self.alarms.set("memory")
        self.alarms.set("memory")
        self.alarms.set("disk")
        self.alarms.clear()
        self.alarms.clear()
        self.assertEqual([("memory",), ("memory", "disk"), ()], self.heard)

    def test_who_does_not_want_to_hear_of_it_any_more_does_not(self) -> None:
        self.alarms.on_change.insert(0, lambda: self.alarms.on_change.remove(self.hear))
        self.alarms.set("disk")
        self.assertEqual([("disk",)], self.heard)  # it takes effect with the next change
        self.heard.clear()
        self.alarms.on_change.clear()
        self.alarms.set("memory")
        self.assertEqual([], self.heard)
        self.assertTrue(self.alarms.active)

    def test_there_are_only_two(self) -> None:
        wrong: Any = "cpu"
        for call in (self.alarms.set, self.alarms.clear):
            with self.assertRaisesRegex(ValueError, "^an alarm is 'memory' or 'disk', not 'cpu'$"):
                call(wrong)
        self.assertEqual([], self.heard)

    def test_clearing_what_is_not_raised_is_no_change(self) -> None:
        self.alarms.clear()
        self.alarms.set("disk")
        self.alarms.clear("memory")
        self.assertEqual([("disk",)], self.heard)
        self.alarms.clear("disk")
        self.assertEqual([("disk",), ()], self.heard)

    def test_they_show_themselves(self) -> None:
        self.alarms.set("memory")
        self.assertEqual("<Alarms ['memory']>", repr(self.alarms))


class Restarting(RoutingCase):
    def test_durable_exchanges_queues_and_bindings_stay_and_others_go(self) -> None:
        self.exchange("durable", "fanout", durable=True)
        self.exchange("transient", "fanout")
        self.queue("durable", durable=True)
        self.queue("transient")
        for source in ("durable", "transient"):
            for destination in ("durable", "transient"):
                self.vhost.bindings.bind(self.vhost.exchanges[source], self.vhost.queues[destination])
        self.vhost.bindings.bind(self.vhost.exchanges["durable"], self.vhost.exchanges["transient"])
        self.broker.restart()
        self.assertEqual(["durable"], list(self.vhost.queues))
        self.assertNotIn("transient", self.vhost.exchanges)
        self.assertEqual(["<Binding 'durable' -> 'durable' by ''>"], [repr(each) for each in self.vhost.bindings])
        self.assertEqual(["durable"], self.route("durable"))

    def test_a_durable_auto_delete_exchange_outlives_the_bindings_that_a_restart_loses(self) -> None:
        self.exchange("to-queue", "fanout", durable=True, auto_delete=True)
        self.exchange("to-exchange", "fanout", durable=True, auto_delete=True)
        self.exchange("transient", "fanout")
        self.bind("to-queue", "transient queue")
        self.bind("to-exchange", "transient")
        self.broker.restart()
        self.assertEqual(([], []), (list(self.vhost.bindings), list(self.vhost.queues)))
        self.assertIn("to-queue", self.vhost.exchanges)
        self.assertIn("to-exchange", self.vhost.exchanges)

    def test_users_policies_and_limits_stay_and_alarms_go(self) -> None:
        self.broker.users.add("alice", "secret")
        self.vhost.policies.set("p", ".*", {"max-length": 1})
        self.vhost.limits["max-queues"] = 5
        self.broker.alarms.set("memory")
        self.broker.restart()
        self.assertIsNotNone(self.broker.users.authenticate("alice", "secret"))
        self.assertEqual(({"max-length": 1}, 5), (self.vhost.policies.for_queue("q"), self.vhost.limits["max-queues"]))
        self.assertFalse(self.broker.alarms.active)

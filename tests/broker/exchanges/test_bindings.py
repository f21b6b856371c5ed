"""Bindings: which are the same, which there are, and what goes with what."""

from __future__ import annotations

from typing import Any

from fakebroker.broker.exchanges.direct import DirectExchange
from fakebroker.values import Int8, Int64, Table
from tests.broker.routing import RoutingCase


class Identity(RoutingCase):
    def test_the_same_binding_twice_is_one(self) -> None:
        self.bind("amq.fanout", "q", "key", {"a": 1, "b": "x"})
        self.bind("amq.fanout", "q", "key", {"b": "x", "a": 1})
        self.assertEqual(1, len(self.vhost.bindings))

    def test_the_type_of_an_argument_makes_another_binding(self) -> None:
        others: list[Table] = [{"a": 1}, {"a": Int64(1)}, {"a": Int8(1)}, {"a": "1"}, {"a": b"1"}, {"a": 1.0}]
        others += [{"a": {"x": 1, "y": 2}}, {"a": {"y": 2, "x": 1}}]
        for arguments in others:
            self.bind("amq.fanout", "q", "", arguments)
        self.assertEqual(len(others), len(self.vhost.bindings))

    def test_unbinding_needs_the_very_binding(self) -> None:
        self.bind("amq.fanout", "q", "key", {"a": 1})
        self.unbind("amq.fanout", "q", "key", {"a": Int64(1)})
        self.unbind("amq.fanout", "q", "other", {"a": 1})
        self.assertEqual(["q"], self.route("amq.fanout"))
        self.unbind("amq.fanout", "q", "key", {"a": 1})
        self.assertEqual([], self.route("amq.fanout"))

    def test_two_bindings_to_one_queue_still_make_one_copy(self) -> None:
        self.bind("amq.direct", "q", "key", {"a": 1})
        self.bind("amq.direct", "q", "key", {"a": 2})
        self.assertEqual(["q"], self.route("amq.direct", "key"))
        self.unbind("amq.direct", "q", "key", {"a": 1})
        self.assertEqual(["q"], self.route("amq.direct", "key"))


class Looking(RoutingCase):
    def test_bindings_are_listed_in_the_order_they_were_made(self) -> None:
        self.bind("amq.direct", "b", "2")
        self.bind("amq.fanout", "a")
        self.bind("amq.topic", "amq.fanout", "#", {"k": "v"})
        self.assertEqual(
            [
                "<Binding 'amq.direct' -> 'b' by '2'>",
                "<Binding 'amq.fanout' -> 'a' by ''>",
                "<Binding 'amq.topic' -> exchange 'amq.fanout' by '#', {'k': 'v'}>",
            ],
            [repr(binding) for binding in self.vhost.bindings],
        )

    def test_the_default_exchanges_are_implied_by_the_queues(self) -> None:
        self.queue("a")
        self.bind("amq.fanout", "b")
        shown = [(each.source.name, each.destination.name, each.routing_key) for each in self.vhost.bindings.all()]
        self.assertEqual([("", "a", "a"), ("", "b", "b"), ("amq.fanout", "b", "")], shown)

    def test_what_leads_to_a_queue(self) -> None:
        self.bind("amq.direct", "q", "1")
        self.bind("amq.fanout", "other")
        self.bind("amq.fanout", "q")
        found = self.vhost.bindings.of(self.vhost.queues["q"])
        self.assertEqual(["amq.direct", "amq.fanout"], [binding.source.name for binding in found])

    def test_an_exchange_and_a_queue_of_one_name_are_two_destinations(self) -> None:
        self.exchange("twin", "fanout")
        self.bind("twin", "end")
        self.vhost.bindings.bind(self.vhost.exchanges["amq.fanout"], self.vhost.exchanges["twin"])
        self.vhost.bindings.bind(self.vhost.exchanges["amq.fanout"], self.queue("twin"))
        self.assertEqual(["end", "twin"], self.route("amq.fanout"))
        self.vhost.queues.delete(self.vhost.queues["twin"])
        self.assertEqual(["end"], self.route("amq.fanout"))


class ByName(RoutingCase):
    def test_names_do_for_a_source_and_a_queue(self) -> None:
        self.queue("q")
        self.vhost.bindings.bind("amq.topic", "q", "a.#")
        self.assertTrue(self.vhost.bindings.has("amq.topic", "q", "a.#"))
        self.assertEqual(["q"], self.route("amq.topic", "a.b"))
        self.vhost.bindings.unbind("amq.topic", "q", "a.#")
        self.assertFalse(self.vhost.bindings.has("amq.topic", "q", "a.#"))

    def test_a_name_that_nothing_has_is_not_found(self) -> None:
        self.assertRefused("not-found", "no exchange 'x' in vhost '/'", self.vhost.bindings.bind, "x", "q")
        self.assertRefused("not-found", "no queue 'q' in vhost '/'", self.vhost.bindings.bind, "amq.topic", "q")


class Deletion(RoutingCase):
    def test_a_deleted_queue_takes_its_bindings_along(self) -> None:
        for exchange in ("amq.direct", "amq.fanout", "amq.topic", "amq.headers"):
            self.bind(exchange, "q", "key")
        self.vhost.queues.delete(self.vhost.queues["q"])
        self.queue("q")
        self.assertEqual([], list(self.vhost.bindings))
        for exchange in ("amq.direct", "amq.fanout", "amq.topic", "amq.headers"):
            self.assertEqual([], self.route(exchange, "key"))


class Unsaid(RoutingCase):
    def test_a_binding_has_the_empty_key_and_no_arguments_unless_told(self) -> None:
        bindings = self.vhost.bindings
        self.queue("q")
        bindings.bind("amq.fanout", "q")
        self.assertTrue(bindings.has("amq.fanout", "q"))
        self.assertEqual(["<Binding 'amq.fanout' -> 'q' by ''>"], [repr(each) for each in bindings])
        bindings.unbind("amq.fanout", "q")
        self.assertFalse(bindings.has("amq.fanout", "q"))
        self.assertEqual([], list(bindings))

    def test_what_is_wrong_is_named(self) -> None:
        self.queue("q")
        bind: Any = self.vhost.bindings.bind
        for call, text in (
            (lambda: bind(7, "q"), "^the source of a binding is an exchange or its name, not 7$"),
            (
                lambda: bind("amq.fanout", 7),
                "^the destination of a binding is a queue or its name, or an exchange, not",
            ),
            (lambda: bind("amq.fanout", "q", 7), "^a routing key "),
            (lambda: bind("amq.fanout", "q", "", 7), "^the arguments of a binding "),
        ):
            with self.assertRaisesRegex(TypeError, text):
                call()

    def test_they_show_themselves(self) -> None:
        self.bind("amq.fanout", "amq.topic", "k", {"a": 1})
        shown = "<Binding 'amq.fanout' -> exchange 'amq.topic' by 'k', {'a': 1}>"
        self.assertEqual(f"<Bindings of '/': [{shown}]>", repr(self.vhost.bindings))

    def test_those_that_are_gone_leave_nothing_behind(self) -> None:
        self.bind("amq.direct", "q", "k")
        self.unbind("amq.direct", "q", "k")
        direct = self.vhost.exchanges["amq.direct"]
        assert isinstance(direct, DirectExchange)
        self.assertEqual(({}, {}), (direct._by_key, self.vhost.bindings._by_destination))

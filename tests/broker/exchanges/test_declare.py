"""Declaring, looking up and deleting exchanges. The texts are RabbitMQ 3.10.8's."""

from __future__ import annotations

from typing import Any

from fakebroker.values import Int64
from tests.broker.routing import RoutingCase


class Predeclared(RoutingCase):
    def test_a_virtual_host_begins_with_rabbitmqs_seven_exchanges(self) -> None:
        found = [(each.name, each.type, each.durable, each.internal) for each in self.vhost.exchanges.values()]
        self.assertEqual(
            [
                ("", "direct", True, False),
                ("amq.direct", "direct", True, False),
                ("amq.fanout", "fanout", True, False),
                ("amq.headers", "headers", True, False),
                ("amq.match", "headers", True, False),
                ("amq.rabbitmq.trace", "topic", True, True),
                ("amq.topic", "topic", True, False),
            ],
            found,
        )

    def test_declaring_one_as_it_is_changes_nothing(self) -> None:
        before = self.vhost.exchanges["amq.direct"]
        self.assertIs(before, self.exchange("amq.direct", "direct", durable=True))


class DeclaringAgain(RoutingCase):
    def assertDiffers(self, what: str, received: str, current: str, **attributes: Any) -> None:
        kind = attributes.pop("kind", "fanout")
        text = f"inequivalent arg '{what}' for exchange 'x' in vhost '/': received {received} but current is {current}"
        self.assertRefused("precondition-failed", text, self.exchange, "x", kind, **attributes)

    def test_every_attribute_must_be_the_same_and_the_first_that_differs_is_named(self) -> None:
        self.exchange("x", "fanout")
        self.assertDiffers("type", "'direct'", "'fanout'", kind="direct", durable=True)
        self.assertDiffers("durable", "'true'", "'false'", durable=True, auto_delete=True)
        self.assertDiffers("auto_delete", "'true'", "'false'", auto_delete=True, internal=True)
        self.assertDiffers("internal", "'true'", "'false'", internal=True, arguments={"alternate-exchange": "other"})

    def test_an_alternate_exchange_where_there_was_none(self) -> None:
        self.exchange("x", "fanout")
        for value, shown in (
            ("other", "the value 'other' of type 'longstr'"),
            (5, "the value '5' of type 'signedint'"),
            (None, "the value 'undefined' of type 'void'"),
            (1e5, "the value '1.0e5' of type 'double'"),
            ({"k": "v"}, "the value '[{<<\"k\">>,longstr,<<\"v\">>}]' of type 'table'"),
        ):
            self.assertDiffers("alternate-exchange", shown, "none", arguments={"alternate-exchange": value})

    def test_another_alternate_exchange_or_none_where_there_was_one(self) -> None:
        self.exchange("x", "fanout", arguments={"alternate-exchange": "ae"})
        none = {"received": "none", "current": "the value 'ae' of type 'longstr'"}
        self.assertDiffers("alternate-exchange", **none)
        self.assertDiffers("alternate-exchange", "'other'", "'ae'", arguments={"alternate-exchange": "other"})
        self.assertDiffers("alternate-exchange", "'3'", "'ae'", arguments={"alternate-exchange": 3})
        self.assertDiffers("alternate-exchange", "none", "'ae'", arguments={"alternate-exchange": None})

    def test_a_byte_string_of_the_same_octets_is_the_same(self) -> None:
        self.exchange("x", "fanout", arguments={"alternate-exchange": "ae"})
        self.exchange("x", "fanout", arguments={"alternate-exchange": b"ae"})

    def test_other_arguments_may_differ(self) -> None:
        self.exchange("x", "fanout", arguments={"colour": 1})
        self.exchange("x", "fanout", arguments={"colour": Int64(2), "shape": "round"})
        self.assertEqual({"colour": 1}, self.vhost.exchanges["x"].arguments)

    def test_a_type_that_is_a_word_of_rabbitmqs_is_invalid_not_unknown(self) -> None:
        for word in ("unknown", "unknown_type", "local", "events"):
            self.assertRefused("command-invalid", f"invalid exchange type '{word}'", self.exchange, "x", word)

    def test_an_unknown_type_is_refused_before_anything_else(self) -> None:
        self.assertRefused("command-invalid", "unknown exchange type 'bogus'", self.exchange, "amq.direct", "bogus")


class Finding(RoutingCase):
    def test_an_unknown_exchange_is_not_found(self) -> None:
        self.assertRefused("not-found", "no exchange 'nope' in vhost '/'", self.vhost.exchanges.find, "nope")

    def test_publishing_to_an_unknown_exchange_is_not_found(self) -> None:
        self.assertRefused("not-found", "no exchange 'nope' in vhost '/'", self.route, "nope", "key")

    def test_an_exchange_says_what_it_is(self) -> None:
        exchange = self.exchange("logs", "topic", durable=True)
        self.assertEqual("<Exchange 'logs' topic durable in '/'>", repr(exchange))


class Deleting(RoutingCase):
    def test_an_exchange_goes_with_its_bindings_both_ways(self) -> None:
        self.exchange("a", "fanout")
        self.exchange("b", "fanout")
        self.bind("a", "b")
        self.bind("b", "q")
        self.vhost.exchanges.delete("b")
        self.assertNotIn("b", self.vhost.exchanges)
        self.assertEqual(([], []), (list(self.vhost.bindings), self.route("a")))

    def test_deleting_what_is_not_there_is_no_error(self) -> None:
        self.vhost.exchanges.delete("nope")
        self.vhost.exchanges.delete("nope", if_unused=True)

    def test_if_unused_spares_the_source_of_a_binding(self) -> None:
        self.exchange("a", "fanout")
        self.exchange("b", "fanout")
        self.bind("a", "b")
        in_use = "exchange 'a' in vhost '/' in use"
        self.assertRefused("precondition-failed", in_use, self.vhost.exchanges.delete, "a", if_unused=True)
        self.vhost.exchanges.delete("b", if_unused=True)
        self.vhost.exchanges.delete("a", if_unused=True)
        self.assertEqual(7, len(self.vhost.exchanges))


class AutoDelete(RoutingCase):
    def setUp(self) -> None:
        super().setUp()
        self.exchange("x", "fanout", auto_delete=True)

    def test_it_goes_with_its_last_binding(self) -> None:
        self.bind("x", "one")
        self.bind("x", "two")
        self.unbind("x", "one")
        self.assertIn("x", self.vhost.exchanges)
        self.unbind("x", "two")
        self.assertNotIn("x", self.vhost.exchanges)

    def test_it_stays_as_long_as_it_never_had_one(self) -> None:
        self.queue("q")
        self.unbind("x", "q")
        self.assertIn("x", self.vhost.exchanges)

    def test_it_goes_when_the_last_queue_bound_to_it_is_deleted(self) -> None:
        self.bind("x", "q", "one")
        self.bind("x", "q", "two")
        self.vhost.queues.delete(self.vhost.queues["q"])
        self.assertNotIn("x", self.vhost.exchanges)

    def test_it_stays_when_only_a_source_of_its_is_deleted(self) -> None:
        self.exchange("source", "fanout")
        self.bind("source", "x")
        self.vhost.exchanges.delete("source")
        self.assertIn("x", self.vhost.exchanges)

    def test_a_chain_of_them_goes_together(self) -> None:
        self.exchange("first", "fanout", auto_delete=True)
        self.bind("first", "x")
        self.bind("x", "q")
        self.vhost.queues.delete(self.vhost.queues["q"])
        self.assertNotIn("x", self.vhost.exchanges)
        self.assertNotIn("first", self.vhost.exchanges)

    def test_one_that_is_bound_to_itself_can_be_deleted(self) -> None:
        self.bind("x", "x")
        self.vhost.exchanges.delete("x")
        self.assertEqual(([], 7), (list(self.vhost.bindings), len(self.vhost.exchanges)))


class WhatFollows(RoutingCase):
    def test_an_alternate_exchange_that_is_declared_later_is_found_by_the_next_message(self) -> None:
        self.exchange("last", "fanout")
        self.bind("last", "q")
        self.exchange("first", "fanout", arguments={"alternate-exchange": "second"})
        self.assertEqual([], self.route("first"))
        self.exchange("second", "fanout", arguments={"alternate-exchange": "last"})
        self.assertEqual(["q"], self.route("first"))

    def test_one_that_is_deleted_is_not_found_by_the_next_message(self) -> None:
        self.exchange("x", "fanout")
        self.assertEqual([], self.route("x"))
        self.vhost.exchanges.delete("x")
        self.assertRefused("not-found", "no exchange 'x' in vhost '/'", self.route, "x")

    def test_a_word_that_erlang_knows_is_an_invalid_type_and_any_other_an_unknown_one(self) -> None:
        for kind, word in (("", "invalid"), (" ", "invalid"), ("queue", "invalid"), ("fan-out", "unknown")):
            self.assertRefused("command-invalid", f"{word} exchange type '{kind}'", self.exchange, "x", kind)

    def test_what_is_wrong_is_named(self) -> None:
        declare: Any = self.vhost.exchanges.declare
        for call, text in (
            (lambda: declare(7), "^the name of an exchange "),
            (lambda: declare("x", 7), "^the type of an exchange "),
            (lambda: declare("x", durable=7), "^durable "),
            (lambda: declare("x", arguments=7), "^the arguments of an exchange "),
            (lambda: self.vhost.exchanges.delete(7), "^the name of an exchange "),  # type: ignore[arg-type]
        ):
            with self.assertRaisesRegex(TypeError, text):
                call()

    def test_they_show_themselves(self) -> None:
        names = "'', 'amq.direct', 'amq.fanout', 'amq.headers', 'amq.match', 'amq.rabbitmq.trace', 'amq.topic'"
        self.assertEqual(f"<Exchanges of '/': {names}>", repr(self.vhost.exchanges))
        shown = "<Exchange 'amq.rabbitmq.trace' topic durable internal in '/'>"
        self.assertEqual(shown, repr(self.vhost.exchanges["amq.rabbitmq.trace"]))

    def test_one_that_is_declared_in_python_is_the_brokers_own_and_direct(self) -> None:
        made = self.vhost.exchanges.declare("x")
        self.assertEqual(("rmq-internal", "direct"), (made.declared_by, made.type))

    def test_an_alternate_exchange_differs_whatever_its_name(self) -> None:
        self.exchange("x")
        self.exchange("y", arguments={"alternate-exchange": "\udcff"})
        for name, alternate, received, current in (
            ("x", "classic", "the value 'classic' of type 'longstr'", "none"),
            ("y", "é", "'é'", "'\udcff'"),
        ):
            self.assertRefused(
                "precondition-failed",
                f"inequivalent arg 'alternate-exchange' for exchange '{name}' in vhost '/': "
                f"received {received} but current is {current}",
                self.exchange,
                name,
                arguments={"alternate-exchange": alternate},
            )

"""Headers exchanges: what RabbitMQ 3.10.8 answered for each kind of value."""

from __future__ import annotations

from decimal import Decimal

from fakebroker.values import Float32, Int8, Int64, Table, Timestamp, Value
from tests.broker.routing import RoutingCase


class Matching(RoutingCase):
    def matches(self, pattern: Table, headers: Table | None) -> bool:
        self.bind("amq.headers", "q", "", pattern)
        found = self.route("amq.headers", "any key", headers)
        self.vhost.queues.delete(self.vhost.queues["q"])
        return found == ["q"]

    def test_all_needs_every_header(self) -> None:
        patterns: list[Table] = [{"a": 1, "b": "x"}, {"x-match": "all", "a": 1, "b": "x"}]
        for pattern in patterns:
            self.assertTrue(self.matches(pattern, {"a": 1, "b": "x", "c": 2}))
            self.assertFalse(self.matches(pattern, {"a": 1}))
            self.assertFalse(self.matches(pattern, {"a": 1, "b": "y"}))

    def test_any_needs_one_header(self) -> None:
        pattern: Table = {"x-match": "any", "a": 1, "b": "x"}
        self.assertTrue(self.matches(pattern, {"b": "x"}))
        self.assertFalse(self.matches(pattern, {"b": "y"}))
        self.assertFalse(self.matches(pattern, {}))

    def test_all_of_nothing_matches_everything_and_any_of_nothing_matches_nothing(self) -> None:
        self.assertTrue(self.matches({}, None))
        self.assertTrue(self.matches({}, {"a": 1}))
        self.assertFalse(self.matches({"x-match": "any"}, {"a": 1}))

    def test_keys_that_begin_with_x_count_only_when_asked_for(self) -> None:
        self.assertTrue(self.matches({"x-match": "all", "x-a": 1}, {"x-a": 2}))
        self.assertFalse(self.matches({"x-match": "any", "x-a": 1}, {"x-a": 1}))
        self.assertTrue(self.matches({"x-match": "all-with-x", "x-a": 1}, {"x-a": 1}))
        self.assertFalse(self.matches({"x-match": "all-with-x", "x-a": 1}, {"x-a": 2}))
        self.assertTrue(self.matches({"x-match": "any-with-x", "x-a": 1, "b": 2}, {"x-a": 1}))

    def test_values_are_equal_whatever_their_width(self) -> None:
        equal: list[tuple[Value, Value]] = [
            (2, Int8(2)),
            (2, Int64(2)),
            (2, 2.0),
            (Timestamp(5), 5),
            (Float32(0.5), 0.5),
            ("text", b"text"),
            (True, True),
            (Decimal("0.5"), Decimal("0.5")),
            ([1], [1]),
            ([], {}),
            ({"k": "v"}, {"k": "v"}),
        ]
        for one, other in equal:
            self.assertTrue(self.matches({"a": one}, {"a": other}), f"{one!r} is {other!r}")

    def test_values_of_another_kind_are_not_equal(self) -> None:
        different: list[tuple[Value, Value]] = [
            (2, "2"),
            (1, True),
            (1, None),
            (Decimal(5), 5),
            (Decimal("5.0"), Decimal("5.00")),
            ([1], [Int64(1)]),
            ([1], [1.0]),
            ({"x": 1, "y": 2}, {"y": 2, "x": 1}),
            ("a", "A"),
        ]
        for one, other in different:
            self.assertFalse(self.matches({"a": one}, {"a": other}), f"{one!r} is not {other!r}")

    def test_void_asks_only_whether_the_header_is_there(self) -> None:
        for value in (0, "", None, False):
            self.assertTrue(self.matches({"a": None}, {"a": value}))
        self.assertFalse(self.matches({"a": None}, {"b": 1}))

    def test_the_headers_are_looked_at_for_each_message_anew(self) -> None:
        self.bind("amq.headers", "q", "", {"a": 1})
        self.exchange("before", "fanout")
        self.bind("before", "amq.headers")
        self.assertEqual(["q"], self.route("before", "key", {"a": 1}))
        self.assertEqual([], self.route("before", "key", {"a": 2}))
        self.assertEqual(["q"], self.route("before", "key", {"a": 1}))


class WrongMatchArguments(RoutingCase):
    def test_an_unknown_word_is_refused(self) -> None:
        for mode, shown in (("bogus", '<<"bogus">>'), ("", "<<>>"), ('é"x', '<<"é\\"x">>')):
            text = f"Invalid x-match field value {shown}; expected all, any, all-with-x, or any-with-x"
            self.assertRefused("precondition-failed", text, self.bind, "amq.headers", "q", "", {"x-match": mode})

    def test_anything_but_a_string_is_refused(self) -> None:
        wrong: list[tuple[Value, str]] = [
            (1, "signedint (value 1)"),
            (None, "void (value undefined)"),
            (True, "bool (value true)"),
            (b"all", 'binary (value <<"all">>)'),
            ([1], "array (value [{signedint,1}])"),
            (Decimal("3.14"), "decimal (value {2,314})"),
            (1.5, "double (value 1.5)"),
        ]
        for mode, shown in wrong:
            text = f"Invalid x-match field type {shown}; expected longstr"
            self.assertRefused("precondition-failed", text, self.bind, "amq.headers", "q", "", {"x-match": mode})
        self.assertEqual([], list(self.vhost.bindings))

    def test_other_types_of_exchange_take_it_as_it_is(self) -> None:
        self.bind("amq.fanout", "q", "", {"x-match": "bogus"})
        self.assertEqual(["q"], self.route("amq.fanout"))

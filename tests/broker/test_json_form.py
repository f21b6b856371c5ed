"""Values as RabbitMQ's management API shows them, and as Erlang prints what came as JSON."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from unittest import TestCase

from fakebroker.broker.json_form import show_json, table_to_json, to_json


class Shown(TestCase):
    def assertShown(self, expected: Any, value: Any) -> None:
        shown = to_json(value)
        self.assertEqual((expected, type(expected)), (shown, type(shown)))

    def test_what_json_has_stays_as_it_is(self) -> None:
        for value in (True, False, 0, -5, 2**63, 1.5, "", "étoile", [], {}, [1, ["x"]], {"a": {"b": [True]}}):
            self.assertShown(value, value)

    def test_what_it_has_not_is_told_in_words(self) -> None:
        self.assertShown("undefined", None)
        self.assertShown("inf", float("inf"))
        self.assertShown("nan", float("nan"))

    def test_decimals_are_numbers(self) -> None:
        self.assertShown(1.25, Decimal("1.25"))

    def test_octets_are_text_if_they_are_utf_8_and_base64_if_not(self) -> None:
        self.assertShown("étoile", "étoile".encode())
        for value in (b"\xff\x01", "\udcff\x01"):
            self.assertShown("Not UTF-8, base64 is: /wE=", value)

    def test_a_table_keeps_its_order(self) -> None:
        shown = table_to_json({"z": None, "a": [b"x", {"k": b"\xff"}], "n": 1})
        self.assertEqual(["z", "a", "n"], list(shown))
        self.assertEqual({"z": "undefined", "a": ["x", {"k": "Not UTF-8, base64 is: /w=="}], "n": 1}, shown)


class Printed(TestCase):
    def test_each_type(self) -> None:
        for expected, value in (
            ("null", None),
            ("true", True),
            ("false", False),
            ("5", 5),
            ("1.0", 1.0),
            ('<<"x">>', "x"),
            ('<<"x">>', b"x"),
            ("[]", []),
            ('[1,<<"a">>,[true]]', [1, "a", [True]]),
            ("#{}", {}),
            ('#{<<"a">> => 1,<<"b">> => #{<<"c">> => null}}', {"a": 1, "b": {"c": None}}),
        ):
            self.assertEqual(expected, show_json(value))

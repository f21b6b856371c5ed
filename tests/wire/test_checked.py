"""What is given in Python is checked before it is sent: what fits passes, and what does not is told by name."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from fakebroker import FakeBroker
from fakebroker.testing import VirtualClock


class Publishing(TestCase):
    def setUp(self) -> None:
        self.broker = FakeBroker(clock=VirtualClock())
        self.addCleanup(self.broker.stop)
        self.broker.vhosts["/"].queues.declare("q")

    def got(self, body: Any = b"", **properties: Any) -> Any:
        """The message as it comes out of a queue."""
        self.broker.publish(body, "q", **properties)
        return self.broker.get("q")

    def assertRefused(self, error: type[Exception], text: str, body: Any = b"", **properties: Any) -> None:
        self.assertRaisesRegex(error, text, self.broker.publish, body, "q", **properties)
        self.assertIsNone(self.broker.get("q"))


class Numbers(Publishing):
    def test_from_zero_to_the_largest_that_there_is_room_for(self) -> None:
        for name, largest in (("priority", 2**8 - 1), ("timestamp", 2**64 - 1)):
            for value in (0, largest):
                self.assertEqual(value, getattr(self.got(**{name: value}).properties, name))
            for value in (-1, largest + 1):
                self.assertRefused(
                    ValueError, f"^{name} is a whole number from 0 to {largest}, not {value}$", **{name: value}
                )

    def test_nothing_but_whole_numbers(self) -> None:
        for value in (True, 1.0, "1"):
            self.assertRefused(TypeError, f"^priority is a whole number from 0 to 255, not {value!r}$", priority=value)


class Texts(Publishing):
    def test_as_long_as_there_is_room_for(self) -> None:
        self.assertEqual("x" * 255, self.got(message_id="x" * 255).properties.message_id)
        self.assertRefused(ValueError, "^message_id has 255 octets at most, not 256: 'é{40}'...$", message_id="é" * 128)

    def test_nothing_but_texts_that_can_be_written(self) -> None:
        self.assertRefused(TypeError, "^message_id is a string, not 5$", message_id=5)
        self.assertRefused(ValueError, r"^message_id='\\ud800' can't be sent: .*surrogates", message_id="\ud800")


class Tables(Publishing):
    def test_nested_as_deep_as_tables_may_be(self) -> None:
        deep: dict[str, Any] = {}
        for _ in range(511):
            deep = {"d": deep}
        self.assertIn("d", self.got(headers=deep).properties.headers)
        self.assertRefused(ValueError, "^headers can't be sent: it is nested more than 512 deep$", headers={"d": deep})

    def test_not_in_themselves(self) -> None:
        table: dict[str, Any] = {}
        table["inner"] = [table]
        self.assertRefused(ValueError, "^headers can't be sent: it holds itself$", headers=table)

    def test_but_twice_beside_each_other(self) -> None:
        inner = {"a": 1}
        self.assertEqual({"x": inner, "y": inner}, self.got(headers={"x": inner, "y": inner}).properties.headers)

    def test_nothing_but_tables_with_names(self) -> None:
        for value in (5, {5: 5}):
            self.assertRefused(TypeError, "^headers is a table, a dict with strings for keys, not ", headers=value)

    def test_what_no_field_can_hold(self) -> None:
        self.assertRefused(ValueError, "^headers can't be sent: ", headers={"a": object()})


class Bodies(Publishing):
    def test_octets_in_whatever_holds_them_or_text(self) -> None:
        for body in (b"\xc3\xa9", bytearray(b"\xc3\xa9"), memoryview(b"\xc3\xa9"), "é"):
            self.assertEqual(b"\xc3\xa9", self.got(body).body)

    def test_text_that_stands_for_other_octets_becomes_those(self) -> None:
        self.assertEqual(b"\xff", self.got("\udcff").body)

    def test_nothing_else(self) -> None:
        self.assertRefused(TypeError, "^a body is bytes, or text, which is sent as UTF-8, not 5$", 5)

    def test_a_property_that_there_is_not(self) -> None:
        self.assertRefused(TypeError, "priorty.*did you mean 'priority'", priorty=5)

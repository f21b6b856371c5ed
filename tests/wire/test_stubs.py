"""What the type checker is told of the fields is what they are."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.amqp.classes import access, basic, channel, confirm, connection, exchange, queue, tx
from fakebroker.wire.source import camel
from fakebroker.wire.spec import load
from tests.wire.stubs import PLACE, VERSIONS, in_all, text


class Stubs(TestCase):
    def test_they_say_what_the_definitions_say(self) -> None:
        self.assertEqual(text(), PLACE.read_text(encoding="utf-8"), "run python -m tests.wire.stubs")

    def test_their_fields_are_the_first_of_every_version(self) -> None:
        """So that taking such a tuple apart, in order, means the same in all of them."""
        for name in {name for version in VERSIONS for name in load(version).methods}:
            having = [load(version).methods[name].fields for version in VERSIONS if name in load(version).methods]
            shared = in_all(having)
            for fields in having:
                self.assertEqual(shared, list(fields)[: len(shared)], name)

    def test_each_handler_says_which_method_it_handles(self) -> None:
        for module in (access, basic, channel, confirm, connection, exchange, queue, tx):
            for name, handler in module.HANDLERS.items():
                self.assertEqual(f"Command[{camel(name)}]", handler.__annotations__["command"], name)

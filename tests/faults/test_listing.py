"""The list of all actions."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.faults import ACTIONS
from fakebroker.faults.forms import hints
from fakebroker.faults.listing import catalogue


class TheList(TestCase):
    def test_it_has_every_action_with_every_field(self) -> None:
        text = catalogue()
        for name, action in ACTIONS.items():
            own = text[text.index(f"\n{name}\n") :]
            for field in hints(action):
                self.assertIn(f"      {field}: ", own)

    def test_every_action_says_what_the_client_sees(self) -> None:
        for name, action in ACTIONS.items():
            with self.subTest(name):
                self.assertIn("client sees", action.__doc__ or "")

    def test_it_reads_as_this(self) -> None:
        self.assertIn(
            "delay\n"
            "    Keep the item, and all that comes behind it in its direction, for a while.\n"
            "    The client sees the answer late, or is answered late; the order stays.\n"
            "      seconds: a number, needed; how long at least.\n"
            "      jitter: a number, by default 0.0; up to so many seconds more, drawn from the broker's seed.\n",
            catalogue(),
        )

    def test_no_line_is_too_long(self) -> None:
        self.assertLessEqual(max(map(len, catalogue().splitlines())), 100)

"""What a channel was allowed lately, and is not asked for again."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from fakebroker.broker.access import permissions
from fakebroker.errors import AMQPError
from tests.broker.routing import RoutingCase


class WhatIsRemembered(RoutingCase):
    """A channel remembers the last twelve permissions of each sort."""

    def setUp(self) -> None:
        super().setUp()
        self.user = self.broker.users.add("alice")
        self.user.permit("/")
        self.user.permit_topic("/", "amq.topic")
        self.permitted = permissions.Permitted(self.user, "/")

    def assertRemembered(self, check: Callable[[str], None], count: int, asked: int) -> None:
        """So many were asked for, and so many of them, the latest, need no permission any more."""
        names = [f"q{number}" for number in range(asked)]
        for name in names:
            check(name)
        self.user.permit("/", "", "", "")
        self.user.permit_topic("/", "amq.topic", "", "")
        kept = []
        for name in names:
            with suppress(AMQPError):
                check(name)
                kept.append(name)
        self.assertEqual(names[asked - count :], kept)

    def check(self, name: str) -> None:
        self.permitted.check("read", "queue", name)

    def check_topic(self, name: str) -> None:
        self.permitted.check_topic("write", "amq.topic", name)

    def test_twelve_of_resources(self) -> None:
        self.assertRemembered(self.check, 12, asked=12)

    def test_no_more_than_twelve(self) -> None:
        self.assertRemembered(self.check, 12, asked=14)

    def test_twelve_of_topics(self) -> None:
        self.assertRemembered(self.check_topic, 12, asked=13)

    def test_each_access_and_each_kind_for_itself(self) -> None:
        self.check("q")
        self.user.permit("/", "", "", "")
        for access, kind in (("write", "queue"), ("read", "exchange")):
            with self.assertRaises(AMQPError):
                self.permitted.check(access, kind, "q")  # type: ignore[arg-type]

    def test_nothing_when_it_has_forgotten(self) -> None:
        self.check("q")
        self.check_topic("q")
        self.user.permit("/", "", "", "")
        self.user.permit_topic("/", "amq.topic", "", "")
        self.permitted.forget()
        for check in (self.check, self.check_topic):
            with self.assertRaises(AMQPError):
                check("q")

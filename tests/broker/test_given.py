"""What a test gives in Python is checked where it stands: nothing wrong gets in, and so nothing fails later on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest import TestCase

from twisted.internet.task import Clock

from fakebroker import AMQPError, FakeBroker
from fakebroker.broker.queues.base import Queue

NOT_TEXT: tuple[Any, ...] = (None, 7, 1.5, b"jobs", [], {}, object(), True)
"""What is no name."""

NOT_SENDABLE = "\ud800"
"""A string that has no octets."""

NOT_A_TABLE: tuple[Any, ...] = (7, "x", b"x", [], ("x", 1), object(), True)


class Given(TestCase):
    def setUp(self) -> None:
        self.broker: Any = FakeBroker(clock=Clock())
        self.vhost = self.broker.vhosts["/"]
        self.vhost.queues.declare("jobs")
        self.vhost.exchanges.declare("logs", "topic")
        self.before = self.state()

    def state(self) -> object:
        users = {name: (user.permissions, user.tags) for name, user in self.broker.users.items()}
        return self.broker.export_definitions(), list(self.vhost.queues), len(self.vhost.bindings), repr(users)

    def refuses(self, call: Callable[[Any], object], *values: object) -> None:
        """Each value is refused by a text that is ours, and nothing has changed."""
        for value in values:
            with self.subTest(value=value), self.assertRaises((TypeError, ValueError)) as caught:
                call(value)
            if not isinstance(caught.exception, UnicodeError):
                self.assertIn(repr(value), str(caught.exception).replace("\\\\", "\\"))
        self.assertEqual(self.before, self.state())

    def test_names_are_strings_that_can_be_sent(self) -> None:
        queues, exchanges, bindings = self.vhost.queues, self.vhost.exchanges, self.vhost.bindings
        calls: dict[str, Callable[[Any], object]] = {
            "queues.declare": queues.declare,
            "exchanges.declare": exchanges.declare,
            "exchanges.delete": exchanges.delete,
            "the type of an exchange": lambda name: exchanges.declare("x", name),
            "a routing key": lambda key: bindings.bind("logs", "jobs", key),
            "one that is unbound": lambda key: bindings.unbind("logs", "jobs", key),
            "one that is asked for": lambda key: bindings.has("logs", "jobs", key),
            "a policy": lambda name: self.vhost.policies.set(name, "^x$", {"max-length": 1}),
            "a user": lambda name: self.broker.users.add(name),
            "a password": lambda password: self.broker.users.add("bob", password),
            "a permission": lambda pattern: self.broker.users["guest"].permit("/", read=pattern),
            "where it holds": lambda name: self.broker.users["guest"].permit(name),
            "a topic permission": lambda key: self.broker.users["guest"].permit_topic("/", "logs", key),
            "a virtual host": self.broker.broker.add_vhost,
        }
        for name, call in calls.items():
            with self.subTest(name):
                self.refuses(call, *NOT_TEXT, NOT_SENDABLE)

    def test_tables_have_strings_for_keys_and_values_that_amqp_has_types_for(self) -> None:
        inside = (
            object(),
            (1, 2),
            {1, 2},
            float("nan"),
            float("inf"),
            2**64,
            NOT_SENDABLE,
            [[{"deep": object()}]],
            {7: 1},
        )
        calls: dict[str, Callable[[Any], object]] = {
            "a queue": lambda table: self.vhost.queues.declare("x", arguments=table),
            "one that is there": lambda table: self.vhost.queues.declare("jobs", arguments=table),
            "an exchange": lambda table: self.vhost.exchanges.declare("x", arguments=table),
            "a binding": lambda table: self.vhost.bindings.bind("logs", "jobs", "k", table),
            "a policy": lambda table: self.vhost.policies.set("p", "^x$", table),
        }
        for name, call in calls.items():
            with self.subTest(name):
                self.refuses(call, *NOT_A_TABLE)
                for value in inside:
                    with self.subTest(value=value), self.assertRaises((TypeError, ValueError)):
                        call({"max-length": value, "x": [value]})
        self.assertEqual(self.before, self.state())

    def test_a_table_that_holds_itself_is_refused(self) -> None:
        table: dict[str, Any] = {}
        table["x"] = [table]
        with self.assertRaisesRegex(ValueError, "nested more than 512 deep, or hold themselves"):
            self.vhost.queues.declare("x", arguments=table)

    def test_flags_are_true_or_false(self) -> None:
        def queue(flag: str) -> Callable[[Any], object]:
            return lambda value: self.vhost.queues.declare("x", **{flag: value})

        def exchange(flag: str) -> Callable[[Any], object]:
            return lambda value: self.vhost.exchanges.declare("x", **{flag: value})

        for flag in ("durable", "auto_delete", "exclusive"):
            self.refuses(queue(flag), "no", 1, None, [])
        for flag in ("durable", "auto_delete", "internal"):
            self.refuses(exchange(flag), "no", 1, None)

    def test_ends_of_bindings_are_what_can_be_bound(self) -> None:
        no_ends: tuple[Any, ...] = (None, 7, b"jobs", [], object())
        self.refuses(lambda source: self.vhost.bindings.bind(source, "jobs"), *no_ends, self.vhost.queues["jobs"])
        self.refuses(lambda target: self.vhost.bindings.bind("logs", target), *no_ends)
        self.refuses(self.vhost.bindings.of, *no_ends)

    def test_an_exclusive_queue_without_an_owner_is_refused_rather_than_made_for_everybody(self) -> None:
        with self.assertRaisesRegex(ValueError, r"owner=broker\.connections\[0\]"):
            self.vhost.queues.declare("mine", exclusive=True)
        self.assertEqual(self.before, self.state())

    def test_bindings_are_found_by_the_name_of_their_queue(self) -> None:
        self.vhost.bindings.bind("logs", "jobs", "a.*")
        self.assertEqual(["a.*"], [each.routing_key for each in self.vhost.bindings.of("jobs")])
        with self.assertRaisesRegex(AMQPError, "no queue 'job'"):
            self.vhost.bindings.of("job")

    def test_whether_there_is_one_is_asked_by_name(self) -> None:
        queue: Queue = self.vhost.queues["jobs"]
        with self.assertRaisesRegex(TypeError, "each queue is known by its name, a string, not by <Queue 'jobs'"):
            self.assertNotIn(queue, self.vhost.queues)

    def test_a_queue_is_deleted_not_its_name(self) -> None:
        self.refuses(self.vhost.queues.delete, "jobs", None, 7)

    def test_tags_are_a_list_of_strings(self) -> None:
        self.refuses(lambda tags: self.broker.users.add("bob", tags=tags), None, 7, "administrator", [7])

    def test_a_policy_that_is_not_there_is_named(self) -> None:
        self.vhost.policies.set("short", "^x$", {"max-length": 1})
        with self.assertRaisesRegex(KeyError, "there is no policy 'shrot'; did you mean 'short'"):
            self.vhost.policies.clear("shrot")

    def test_seconds_that_it_is_down_are_a_number(self) -> None:
        self.refuses(self.broker.down, "5", -1, float("nan"), [])
        self.assertTrue(self.broker.listeners.accepting)

"""Virtual hosts: the queue type that they add, and how they show themselves."""

from __future__ import annotations

import gc
import random
from types import SimpleNamespace
from typing import Any
from unittest import TestCase

from twisted.internet.task import Clock

from fakebroker.broker.broker import Broker
from fakebroker.errors import AMQPError
from tests.broker.queueing import QueueCase
from tests.broker.routing import RoutingCase


class DefaultQueueType(RoutingCase):
    def setUp(self) -> None:
        super().setUp()
        self.vhost.default_queue_type = "quorum"

    def kind(self, **attributes: Any) -> str:
        """The type of a queue that a client declares so."""
        given = {"durable": True, "exclusive": False, "auto_delete": False, "arguments": {}, **attributes}
        arguments = self.vhost.with_queue_type(given["arguments"], *list(given.values())[:3])
        return str(arguments.get("x-queue-type", "none"))

    def test_it_is_for_queues_that_are_durable_shared_and_stay(self) -> None:
        self.assertEqual("quorum", self.kind())
        self.assertEqual("none", self.kind(durable=False))
        self.assertEqual("none", self.kind(exclusive=True))
        self.assertEqual("none", self.kind(auto_delete=True))

    def test_a_queue_that_names_its_type_keeps_it(self) -> None:
        self.assertEqual("classic", self.kind(arguments={"x-queue-type": "classic"}))

    def test_other_arguments_stay(self) -> None:
        arguments = self.vhost.with_queue_type({"x-max-length": 5}, True, False, False)
        self.assertEqual({"x-max-length": 5, "x-queue-type": "quorum"}, arguments)

    def test_a_virtual_host_has_none_unless_told(self) -> None:
        self.vhost.default_queue_type = None
        self.assertEqual("none", self.kind())


class New(QueueCase):
    def test_it_has_no_description_and_no_tracing(self) -> None:
        new = self.broker.add_vhost("new")
        self.assertEqual(("", [], False, None), (new.description, new.tags, new.tracing, new.default_queue_type))

    def test_it_shows_how_much_is_in_it(self) -> None:
        self.vhost.bindings.bind("amq.fanout", self.queue("a"))
        self.queue("b")
        self.assertEqual("<VirtualHost '/': 7 exchanges, 2 queues, 1 bindings>", repr(self.vhost))
        self.broker.add_vhost("new")
        self.assertEqual("<Broker with virtual hosts '/', 'new'>", repr(self.broker))

    def test_its_exchanges_are_declared_by_whoever_made_it(self) -> None:
        new = self.broker.add_vhost("new", made_by="alice")
        self.assertEqual({"alice"}, {each.declared_by for each in new.exchanges.values()})
        self.assertEqual({"rmq-internal"}, {each.declared_by for each in self.vhost.exchanges.values()})

    def test_whoever_is_named_and_known_may_use_it(self) -> None:
        alice = self.broker.users.add("alice")
        self.broker.add_vhost("new", permit=["alice", "nobody"])
        self.assertEqual((["new"], ["/"]), (list(alice.permissions), list(self.broker.users["guest"].permissions)))

    def test_one_that_is_not_there_is_named_with_what_is_like_it(self) -> None:
        self.broker.add_vhost("shop")
        with self.assertRaisesRegex(KeyError, "there is no virtual host 'shpo'; did you mean 'shop'"):
            self.broker.vhosts["shpo"]
        with self.assertRaisesRegex(KeyError, "there is no virtual host 'shpo'"):
            self.broker.remove_vhost("shpo")


class Removed(QueueCase):
    def test_its_consumers_are_told_before_whoever_listens(self) -> None:
        self.client.consume(self.queue(), "a")
        told: list[list[str]] = []
        self.broker.on_vhost_removed.append(lambda vhost: told.append([vhost.name, *self.client.cancelled]))
        self.broker.remove_vhost("/")
        self.assertEqual(([["/", "a"]], []), (told, list(self.broker.vhosts)))

    def test_what_belonged_to_it_says_so(self) -> None:
        broker = Broker(Clock(), random.Random(1))
        exchange, bindings = broker.vhosts["/"].exchanges["amq.topic"], broker.vhosts["/"].bindings
        del broker
        gc.collect()
        with self.assertRaisesRegex(ReferenceError, "^the virtual host is gone, with its broker$"):
            self.assertIsNone(exchange.vhost)
        with self.assertRaisesRegex(ReferenceError, "^the virtual host is gone, with its broker$"):
            bindings.all()


class Limited(TestCase):
    """How many connections and channels there are, of a user and on a virtual host."""

    def setUp(self) -> None:
        self.broker = Broker(Clock(), random.Random(1))
        self.broker.add_vhost("other")
        self.alice = self.broker.users.add("alice")
        self.connect(None, None)
        self.connect("guest", "/")
        self.connect("guest", "other")
        self.connect("alice", "other")

    def connect(self, user: str | None, vhost: str | None) -> None:
        """A connection with two channels; one that is being opened has no user and no virtual host yet."""
        self.broker.connections[len(self.broker.connections)] = SimpleNamespace(
            user=None if user is None else self.broker.users[user],
            vhost=None if vhost is None else self.broker.vhosts[vhost],
            channels=[1, 2],
        )

    def test_connections_are_counted_by_virtual_host_and_by_user(self) -> None:
        self.assertEqual([1, 2, 0], [self.broker.connections_to(name) for name in ("/", "other", "nope")])
        self.assertEqual([2, 1, 0], [self.broker.connections_by(name) for name in ("guest", "alice", "nope")])

    def test_channels_of_other_users_do_not_count(self) -> None:
        self.alice.limits["max-channels"] = 3
        self.broker.check_channel_limit(self.alice)
        self.alice.limits["max-channels"] = 2
        with self.assertRaises(AMQPError) as caught:
            self.broker.check_channel_limit(self.alice)
        self.assertEqual((0, 0), caught.exception.method)

    def test_a_limit_of_no_channel_at_all(self) -> None:
        self.alice.limits["max-channels"] = 0
        self.broker.connections.clear()
        with self.assertRaises(AMQPError):
            self.broker.check_channel_limit(self.alice)

    def test_a_negative_limit_is_none(self) -> None:
        self.alice.limits["max-channels"] = self.alice.limits["max-connections"] = -1
        self.broker.check_channel_limit(self.alice)
        self.alice.permit("/")
        self.broker.admit(self.alice, "/")

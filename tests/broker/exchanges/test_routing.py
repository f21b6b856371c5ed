"""The way of a message: copies, alternates, exchanges bound to exchanges, and routes that are remembered."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.broker.exchanges.exchange import Destination, Exchange, Headers
from tests.broker.routing import RoutingCase


class DefaultExchange(RoutingCase):
    def test_the_routing_key_is_the_queues_name(self) -> None:
        self.queue("q")
        self.assertEqual(["q"], self.route("", "q"))
        self.assertEqual([], self.route("", "other"))

    def test_a_queue_declared_or_deleted_later_counts_at_once(self) -> None:
        self.assertEqual([], self.route("", "q"))
        queue = self.queue("q")
        self.assertEqual(["q"], self.route("", "q"))
        self.vhost.queues.delete(queue)
        self.assertEqual([], self.route("", "q"))

    def test_copies_go_to_each_queue_once(self) -> None:
        self.queue("b")
        self.queue("a")
        self.assertEqual(["a", "b"], self.route("", "b", more_keys=["a", "b", "nowhere"]))

    def test_they_go_to_many_in_the_order_of_names(self) -> None:
        names = ["f", "b", "e", "a", "d", "c"]
        for name in names:
            self.queue(name)
        self.assertEqual(sorted(names), self.route("", "x", more_keys=names))


class DirectAndFanout(RoutingCase):
    def test_direct_goes_by_the_whole_key(self) -> None:
        self.bind("amq.direct", "q", "a.b")
        self.assertEqual(["q"], self.route("amq.direct", "a.b"))
        self.assertEqual([], self.route("amq.direct", "a"))
        self.assertEqual([], self.route("amq.direct", ""))

    def test_fanout_goes_everywhere_whatever_the_key(self) -> None:
        self.bind("amq.fanout", "one", "key")
        self.bind("amq.fanout", "two")
        self.assertEqual(["one", "two"], self.route("amq.fanout", "anything"))

    def test_queues_come_in_the_order_of_their_names(self) -> None:
        for name in ("b", "é", "B", "a"):
            self.bind("amq.fanout", name)
        self.assertEqual(["B", "a", "b", "é"], self.route("amq.fanout"))

    def test_streams_come_last_whatever_their_names(self) -> None:
        stream = self.queue("a", durable=True, arguments={"x-queue-type": "stream"})
        for queue in (stream, self.queue("b")):
            self.vhost.bindings.bind("amq.fanout", queue)
        self.assertEqual(["b", "a"], self.route("amq.fanout"))

    def test_copies_are_routed_by_their_own_keys(self) -> None:
        self.bind("amq.direct", "one", "1")
        self.bind("amq.direct", "two", "2")
        self.assertEqual(["one", "two"], self.route("amq.direct", "2", more_keys=["1", "3"]))


class AlternateExchange(RoutingCase):
    def test_it_takes_what_no_binding_matches(self) -> None:
        self.exchange("x", arguments={"alternate-exchange": "amq.fanout"})
        self.bind("x", "matched", "key")
        self.bind("amq.fanout", "rest")
        self.assertEqual(["matched"], self.route("x", "key"))
        self.assertEqual(["rest"], self.route("x", "other"))

    def test_it_may_be_missing_and_come_later(self) -> None:
        self.exchange("x", arguments={"alternate-exchange": "later"})
        self.assertEqual([], self.route("x", "key"))
        self.exchange("later", "fanout")
        self.bind("later", "q")
        self.assertEqual(["q"], self.route("x", "key"))
        self.vhost.exchanges.delete("later")
        self.assertEqual([], self.route("x", "key"))

    def test_a_circle_of_them_ends(self) -> None:
        self.exchange("a", arguments={"alternate-exchange": "b"})
        self.exchange("b", arguments={"alternate-exchange": "a"})
        self.exchange("self", arguments={"alternate-exchange": "self"})
        self.assertEqual(([], []), (self.route("a", "key"), self.route("self", "key")))
        self.exchange("start", arguments={"alternate-exchange": "a"})
        self.assertEqual([], self.route("start", "key"))

    def test_a_match_that_leads_nowhere_is_still_a_match(self) -> None:
        self.exchange("x", "fanout", arguments={"alternate-exchange": "amq.fanout"})
        self.exchange("empty", "fanout")
        self.bind("x", "empty")
        self.bind("amq.fanout", "rest")
        self.assertEqual([], self.route("x"))

    def test_the_default_exchange_as_alternate_routes_nowhere(self) -> None:
        self.exchange("x", arguments={"alternate-exchange": ""})
        self.queue("q")
        self.assertEqual([], self.route("x", "q"))

    def test_each_exchange_on_the_way_has_its_own(self) -> None:
        self.exchange("first", "fanout")
        self.exchange("second", arguments={"alternate-exchange": "amq.fanout"})
        self.bind("first", "second")
        self.bind("amq.fanout", "rest")
        self.assertEqual(["rest"], self.route("first", "key"))

    def test_a_policy_gives_one_where_no_argument_does(self) -> None:
        self.exchange("x")
        self.exchange("y", arguments={"alternate-exchange": "amq.topic"})
        self.bind("amq.fanout", "q")
        self.assertEqual([], self.route("x", "key"))
        self.vhost.policies.set("ae", "^[xy]$", {"alternate-exchange": "amq.fanout"}, apply_to="exchanges")
        self.assertEqual((["q"], []), (self.route("x", "key"), self.route("y", "key")))
        self.vhost.policies.clear("ae")
        self.assertEqual([], self.route("x", "key"))


class ExchangesBoundToExchanges(RoutingCase):
    def test_the_same_key_is_matched_at_each(self) -> None:
        self.exchange("inner", "topic")
        self.bind("amq.direct", "inner", "a.b")
        self.bind("inner", "star", "a.*")
        self.bind("inner", "other", "b.*")
        self.assertEqual(["star"], self.route("amq.direct", "a.b"))
        self.assertEqual([], self.route("amq.direct", "b.a"))

    def test_a_circle_ends_and_a_queue_gets_one_copy(self) -> None:
        self.exchange("a", "fanout")
        self.exchange("b", "fanout")
        self.bind("a", "b")
        self.bind("b", "a")
        self.bind("a", "q")
        self.bind("b", "q")
        self.assertEqual(["q"], self.route("a"))
        self.assertEqual(["q"], self.route("b"))

    def test_so_does_a_circle_that_leaves_out_where_the_message_begins(self) -> None:
        for name in ("start", "a", "b"):
            self.exchange(name, "fanout")
        for source, destination in (("start", "a"), ("a", "b"), ("b", "a"), ("b", "q")):
            self.bind(source, destination)
        self.assertEqual(["q"], self.route("start"))


class RememberedRoutes(RoutingCase):
    def setUp(self) -> None:
        super().setUp()
        self.asked: list[str] = []
        for name in ("amq.direct", "amq.headers"):
            self.listen(self.vhost.exchanges[name])

    def listen(self, exchange: Exchange) -> None:
        """Write down each key that an exchange is asked for."""
        matches = exchange.matches

        def asked(routing_key: str, headers: Headers) -> Sequence[Destination]:
            self.asked.append(routing_key)
            return matches(routing_key, headers)

        exchange.matches = asked  # type: ignore[method-assign]

    def test_a_route_is_found_once(self) -> None:
        self.bind("amq.direct", "q", "k")
        keys = ("k", "k", "other", "k")
        self.assertEqual([["q"], ["q"], [], ["q"]], [self.route("amq.direct", key) for key in keys])
        self.assertEqual(["k", "other"], self.asked)

    def test_one_that_depends_on_headers_or_on_cc_is_found_each_time(self) -> None:
        self.bind("amq.headers", "q", "", {"a": 1})
        self.assertEqual(["q"], self.route("amq.headers", headers={"a": 1}))
        self.assertEqual([], self.route("amq.headers", headers={"a": 2}))
        self.bind("amq.direct", "q", "k")
        self.assertEqual(["q"], self.route("amq.direct", "other", more_keys=["k"]))
        self.assertEqual([], self.route("amq.direct", "other"))
        self.assertEqual(["q"], self.route("amq.direct", "other", more_keys=["k"]))

    def test_a_change_of_the_topology_is_noticed_by_the_next_message(self) -> None:
        self.queue("b")
        self.bind("amq.direct", "a", "k")
        self.assertEqual(["a"], self.route("amq.direct", "k"))
        self.bind("amq.direct", "b", "k")
        self.assertEqual(["a", "b"], self.route("amq.direct", "k"))
        self.unbind("amq.direct", "a", "k")
        self.assertEqual(["b"], self.route("amq.direct", "k"))
        self.vhost.queues.delete(self.vhost.queues["b"])
        self.assertEqual([], self.route("amq.direct", "k"))

    def test_every_change_of_the_topology_counts_at_once(self) -> None:
        self.exchange("x", "topic")
        self.assertEqual([], self.route("x", "a"))
        self.bind("x", "q", "#")
        self.assertEqual(["q"], self.route("x", "a"))
        self.exchange("y", "fanout")
        self.bind("x", "y", "a")
        self.assertEqual(["q"], self.route("x", "a"))
        self.bind("y", "r")
        self.assertEqual(["q", "r"], self.route("x", "a"))
        self.vhost.exchanges.delete("y")
        self.assertEqual(["q"], self.route("x", "a"))
        self.unbind("x", "q", "#")
        self.assertEqual([], self.route("x", "a"))

    def test_a_restart_is_a_change(self) -> None:
        self.queue("transient")
        self.assertEqual(["transient"], self.route("", "transient"))
        self.broker.restart()
        self.assertEqual([], self.route("", "transient"))

    def test_keys_that_never_come_again_do_not_fill_the_memory(self) -> None:
        self.bind("amq.topic", "q", "#")
        for number in range(10_000):
            self.route("amq.direct", str(number))
            self.route("amq.topic", f"key.{number}")
        self.assertLessEqual(len(self.vhost._routes), 4096)

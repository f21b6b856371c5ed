"""Policies: which applies to what, and what RabbitMQ 3.10.8 says against wrong ones."""

from __future__ import annotations

from typing import Any

from fakebroker.broker.policies import Policy
from fakebroker.values import Value
from tests.broker.routing import RoutingCase


class Choosing(RoutingCase):
    def effective(self, name: str = "q") -> dict[str, Any]:
        return self.vhost.policies.for_queue(name)

    def test_the_pattern_is_searched_for_anywhere_in_the_name(self) -> None:
        self.vhost.policies.set("p", "b", {"max-length": 1})
        self.assertEqual({"max-length": 1}, self.effective("abc"))
        self.assertEqual({}, self.effective("ac"))

    def test_the_empty_pattern_matches_every_name(self) -> None:
        self.vhost.policies.set("p", "", {"max-length": 1})
        self.assertEqual({"max-length": 1}, self.effective("abc"))

    def test_only_the_one_of_highest_priority_applies(self) -> None:
        self.vhost.policies.set("low", ".*", {"max-length": 1, "expires": 5}, priority=1)
        self.vhost.policies.set("high", ".*", {"message-ttl": 2}, priority=2)
        self.vhost.policies.set("none", ".*", {"message-ttl": 3})
        self.assertEqual({"message-ttl": 2}, self.effective())

    def test_among_equals_the_first_by_name_applies(self) -> None:
        for name, length in (("c", 3), ("a", 1), ("b", 2)):
            self.vhost.policies.set(name, ".*", {"max-length": length})
        self.assertEqual({"max-length": 1}, self.effective())

    def test_a_policy_of_the_same_name_replaces_the_old_one(self) -> None:
        self.vhost.policies.set("p", ".*", {"max-length": 1})
        self.vhost.policies.set("p", ".*", {"expires": 1})
        self.assertEqual({"expires": 1}, self.effective())

    def test_queues_and_exchanges_can_be_left_out(self) -> None:
        self.vhost.policies.set("p", ".*", {"max-length": 1}, apply_to="exchanges")
        self.assertEqual({}, self.effective())
        self.assertEqual({"max-length": 1}, self.vhost.policies.for_exchange("x"))
        self.vhost.policies.set("p", ".*", {"max-length": 1}, apply_to="queues")
        self.assertEqual({"max-length": 1}, self.effective())
        self.assertEqual({}, self.vhost.policies.for_exchange("x"))

    def test_a_policy_with_something_a_queue_type_does_not_know_passes_it_over(self) -> None:
        self.vhost.policies.set("p", ".*", {"max-length": 1, "delivery-limit": 2})
        self.assertEqual({}, self.effective())
        self.assertEqual({"max-length": 1, "delivery-limit": 2}, self.vhost.policies.for_queue("q", "quorum"))

    def test_an_operator_policy_only_tightens(self) -> None:
        self.vhost.policies.set("p", ".*", {"max-length": 10, "message-ttl": 10, "overflow": "reject-publish"})
        self.vhost.policies.operator.set("o", ".*", {"max-length": 20, "message-ttl": 5, "expires": 7})
        self.assertEqual(
            {"max-length": 10, "message-ttl": 5, "expires": 7, "overflow": "reject-publish"}, self.effective()
        )

    def test_what_is_no_number_in_one_of_them_is_the_operators(self) -> None:
        self.vhost.policies.set("p", ".*", {"max-length": 10})
        operator = Policy("o", ".*", {"max-length": "none"})
        self.vhost.policies.operator.put(operator)
        self.assertEqual({"max-length": "none"}, self.effective())

    def test_an_operator_policy_applies_where_there_is_no_other(self) -> None:
        self.vhost.policies.operator.set("o", ".*", {"max-length": 20})
        self.assertEqual({"max-length": 20}, self.effective())


class TakingEffect(RoutingCase):
    def setUp(self) -> None:
        super().setUp()
        self.heard: list[str] = []
        for name in ("a", "b"):
            queue = self.queue(name)
            queue.policy_changed = lambda name=name: self.heard.append(name)  # type: ignore[method-assign, misc]

    def test_only_the_queues_whom_a_change_concerns_hear_of_it(self) -> None:
        self.vhost.policies.set("p", "^a$", {"max-length": 1})
        self.assertEqual(["a"], self.heard)
        self.vhost.policies.set("p", "^b$", {"max-length": 1})
        self.assertEqual(["a", "a", "b"], self.heard)

    def test_those_for_queues_alone_are_heard_of_too(self) -> None:
        self.vhost.policies.set("p", "^a$", {"max-length": 1}, apply_to="queues")
        self.vhost.policies.operator.set("o", "^b$", {"max-length": 1}, apply_to="queues")
        self.assertEqual(["a", "b"], self.heard)

    def test_the_next_message_takes_the_way_that_a_new_policy_gives_it(self) -> None:
        self.exchange("x", "fanout")
        self.exchange("other", "fanout")
        self.bind("other", "a")
        self.assertEqual([], self.route("x"))
        self.vhost.policies.set("p", "^x$", {"alternate-exchange": "other"})
        self.assertEqual(["a"], self.route("x"))
        self.vhost.policies.clear("p")
        self.assertEqual([], self.route("x"))

    def test_clearing_a_policy_is_a_change_too(self) -> None:
        self.vhost.policies.set("p", "^a$", {"max-length": 1})
        self.vhost.policies.operator.set("o", "^b$", {"max-length": 1})
        self.heard.clear()
        self.vhost.policies.clear("p")
        self.vhost.policies.operator.clear("o")
        self.assertEqual(["a", "b"], self.heard)

    def test_a_queue_declared_later_has_it_from_the_start(self) -> None:
        self.vhost.policies.set("p", "^c$", {"max-length": 1})
        self.queue("c")
        self.assertEqual([], self.heard)
        self.assertEqual(1, self.vhost.queues["c"].settings.max_length)

    def test_a_queue_declared_later_hears_when_it_is_cleared(self) -> None:
        self.vhost.policies.set("p", "^c$", {"max-length": 1})
        self.queue("c")
        self.vhost.policies.clear("p")
        self.assertIsNone(self.vhost.queues["c"].settings.max_length)

    def test_a_policy_that_loses_to_another_changes_nothing(self) -> None:
        self.vhost.policies.set("p", ".*", {"max-length": 1}, priority=1)
        self.heard.clear()
        self.vhost.policies.set("lower", ".*", {"max-length": 2})
        self.assertEqual([], self.heard)

    def test_clearing_one_that_is_not_there_is_an_error(self) -> None:
        with self.assertRaises(KeyError):
            self.vhost.policies.clear("p")


class Refusing(RoutingCase):
    def assertWrong(self, text: str, definition: Any, operator: bool = False, **parts: Any) -> None:
        policies = self.vhost.policies.operator if operator else self.vhost.policies
        with self.assertRaises(ValueError) as caught:
            policies.set("p", **{"pattern": "x", "definition": definition, **parts})
        self.assertEqual(text, str(caught.exception))
        self.assertEqual([], list(policies))

    def test_definitions(self) -> None:
        self.assertWrong("no policy provided", {})
        self.assertWrong('[{<<"bogus">>,1}] are not recognised policy settings', {"bogus": 1})
        self.assertWrong('<<"1">> is not a valid maximum length', {"max-length": "1"})
        self.assertWrong("-1 is not a valid maximum length", {"max-length": -1, "bogus": 1})
        self.assertWrong("1.5 is not a valid maximum length", {"max-length": 1.5})
        self.assertWrong("true is not a valid maximum length", {"max-length": True})
        self.assertWrong("0 is not a valid queue expiry", {"expires": 0})
        self.assertWrong("1.0 is not a valid queue-version value", {"queue-version": 1.0})
        self.assertWrong("5 is not a valid alternate exchange name", {"alternate-exchange": 5})
        self.assertWrong('<<"7X">> is not a valid max age', {"max-age": "7X"})
        self.assertWrong('<<"zz">> is not a valid ha-mode value', {"ha-mode": "zz"})
        self.assertWrong(
            "ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown", {"ha-params": 2}
        )
        self.assertWrong('<<"zz">> invalid queue-master-locator value', {"queue-master-locator": "zz"})

    def test_an_operator_policy_may_only_limit(self) -> None:
        self.assertWrong(
            '[{<<"dead-letter-exchange">>,<<"x">>}] are not recognised policy settings',
            {"dead-letter-exchange": "x"},
            operator=True,
        )

    def test_the_other_parts(self) -> None:
        fine: dict[str, Value] = {"max-length": 1}
        self.assertWrong("pattern should be a binary but was 5", fine, pattern=5)
        self.assertWrong("apply-to 'zz' unrecognised; should be 'queues', 'exchanges' or 'all'", fine, apply_to="zz")
        self.assertWrong('priority should be a number, actually was <<"zz">>', fine, priority="zz")
        with self.assertRaisesRegex(ValueError, "pattern should be regular expression but is invalid"):
            self.vhost.policies.set("p", "(", fine)

    def test_what_rabbitmq_takes_is_taken(self) -> None:
        definitions: list[dict[str, Value]] = [
            {"max-age": "7D"},
            {"ha-mode": "all", "ha-sync-mode": "automatic"},
            {"queue-version": 2},
        ]
        for definition in definitions:
            self.vhost.policies.set("p", "x", definition, priority=1.5)

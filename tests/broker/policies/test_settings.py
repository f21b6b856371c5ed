"""What each setting of a policy may be, and which types of queues know it (RabbitMQ 3.10.8)."""

from __future__ import annotations

from typing import Any

from fakebroker.broker.policies import Policy
from fakebroker.values import Value
from tests.broker.routing import RoutingCase

LARGE = 10**12

SETTINGS: dict[str, tuple[list[Value], list[tuple[Value, str]], str]] = {
    # what is taken; what is not, as Erlang prints it; RabbitMQ's reason
    "alternate-exchange": (["", "x"], [(5, "5")], "is not a valid alternate exchange name"),
    "dead-letter-exchange": (["", "x"], [(5, "5")], "is not a valid dead letter exchange name"),
    "dead-letter-routing-key": (["", "k"], [(None, "null")], "is not a valid dead letter routing key"),
    "dead-letter-strategy": (
        ["at-most-once", "at-least-once"],
        [("never", '<<"never">>')],
        "is not a valid dead letter strategy",
    ),
    "message-ttl": ([0, LARGE], [(-1, "-1"), (0.5, "0.5")], "is not a valid message TTL"),
    "expires": ([1, LARGE], [(0, "0"), (True, "true")], "is not a valid queue expiry"),
    "max-length": ([0, LARGE], [(-1, "-1"), (False, "false")], "is not a valid maximum length"),
    "max-length-bytes": ([0, LARGE], [(-1, "-1")], "is not a valid maximum length in bytes"),
    "max-in-memory-length": ([0, LARGE], [(-1, "-1")], "is not a valid maximum memory in bytes"),
    "max-in-memory-bytes": ([0, LARGE], [(-1, "-1")], "is not a valid maximum memory in bytes"),
    "queue-mode": (["default", "lazy"], [("eager", '<<"eager">>')], "is not a valid queue-mode value"),
    "queue-version": ([1, 2], [(0, "0"), (3, "3"), (True, "true")], "is not a valid queue-version value"),
    "overflow": (
        ["drop-head", "reject-publish", "reject-publish-dlx"],
        [("drop-tail", '<<"drop-tail">>')],
        "is not a valid overflow value",
    ),
    "delivery-limit": ([0, LARGE], [(-1, "-1")], "is not a valid delivery limit"),
    "max-age": (["1s", "7D"], [("7X", '<<"7X">>'), (7, "7"), ("D", '<<"D">>')], "is not a valid max age"),
    "queue-leader-locator": (
        ["client-local", "balanced", "random", "least-leaders"],
        [("min-masters", '<<"min-masters">>')],
        "is not a valid queue leader locator value",
    ),
    "initial-cluster-size": ([0, 3], [(-1, "-1")], "is not a valid cluster size"),
    "stream-max-segment-size-bytes": (
        [0, 3_000_000_000],
        [(-1, "-1"), (3_000_000_001, "3000000001")],
        "is not a valid segment size",
    ),
    "queue-master-locator": (
        ["min-masters", "client-local", "random"],
        [("balanced", '<<"balanced">>')],
        "invalid queue-master-locator value",
    ),
}

MIRRORS = "ha-mode must be specified to specify ha-params, ha-sync-mode or ha-promote-on-shutdown"
FOR_MIRRORS: dict[str, Value] = {
    "ha-params": 2,
    "ha-sync-mode": "manual",
    "ha-sync-batch-size": 5,
    "ha-promote-on-shutdown": "always",
    "ha-promote-on-failure": "always",
}


class SettingCase(RoutingCase):
    def taken(self, definition: Any, operator: bool = False) -> None:
        policies = self.vhost.policies.operator if operator else self.vhost.policies
        policies.set("taken", "x", definition)
        self.assertEqual(definition, policies["taken"].definition)

    def refused(self, text: str, definition: Any, operator: bool = False) -> None:
        policies = self.vhost.policies.operator if operator else self.vhost.policies
        with self.assertRaises(ValueError) as caught:
            policies.set("refused", "x", definition)
        self.assertEqual(text, str(caught.exception))
        self.assertNotIn("refused", policies)


class Settings(SettingCase):
    def test_each_takes_what_rabbitmq_takes_and_refuses_the_rest_with_its_words(self) -> None:
        for key, (fine, wrong, reason) in SETTINGS.items():
            for value in fine:
                with self.subTest(key=key, value=value):
                    self.taken({key: value})
            for value, shown in wrong:
                with self.subTest(key=key, value=value):
                    self.refused(f"{shown} {reason}", {key: value})

    def test_an_operator_policy_takes_limits_alone(self) -> None:
        limits = {
            *("expires", "message-ttl", "max-length", "max-length-bytes"),
            *("max-in-memory-length", "max-in-memory-bytes", "delivery-limit"),
        }
        for key in SETTINGS:
            with self.subTest(key=key):
                if key in limits:
                    self.taken({key: 1}, operator=True)
                else:
                    self.refused(f'[{{<<"{key}">>,1}}] are not recognised policy settings', {key: 1}, operator=True)
        for key in FOR_MIRRORS:
            self.refused(f'[{{<<"{key}">>,1}}] are not recognised policy settings', {key: 1}, operator=True)

    def test_all_that_are_unknown_are_told_in_order_behind_what_is_wrong_otherwise(self) -> None:
        self.refused(
            '[{<<"a">>,#{<<"k">> => [1,<<"x">>]}},{<<"z">>,null}] are not recognised policy settings',
            {"z": None, "max-length": 1, "a": {"k": [1, "x"]}},
        )
        self.refused("0 is not a valid queue expiry", {"a": 1, "expires": 0})
        self.refused('[{<<"z">>,1}] are not recognised policy settings', {"ha-mode": "all", "z": 1})
        self.refused(MIRRORS, {"a": 1, "ha-params": 2})

    def test_a_pattern_that_is_none_is_told_with_its_place(self) -> None:
        with self.assertRaises(ValueError) as caught:
            self.vhost.policies.set("p", "a(", {"max-length": 1})
        self.assertEqual('pattern should be regular expression but is invalid: {"missing )",2}', str(caught.exception))

    def test_a_long_reason_has_a_line_of_its_own_for_the_place(self) -> None:
        with self.assertRaises(ValueError) as caught:
            self.vhost.policies.set("p", "(?<!a+)", {"max-length": 1})
        self.assertEqual(
            'pattern should be regular expression but is invalid: {"lookbehind assertion is not fixed length",\n'
            f"{' ' * 54}7}}",
            str(caught.exception),
        )

    def test_what_is_set_is_returned(self) -> None:
        self.assertEqual(
            Policy("p", "x", {"max-length": 1}, 0, "all"), self.vhost.policies.set("p", "x", {"max-length": 1})
        )
        self.assertEqual(Policy("p", "x", {"max-length": 1}), self.vhost.policies["p"])

    def test_a_priority_is_a_number_of_any_sort(self) -> None:
        for priority in (-1, 0, 1.5):
            self.vhost.policies.set("p", "x", {"max-length": 1}, priority)
        wrong: Any = True
        with self.assertRaisesRegex(ValueError, "^priority should be a number, actually was true$"):
            self.vhost.policies.set("p", "x", {"max-length": 1}, wrong)

    def test_what_it_applies_to_is_one_of_three(self) -> None:
        words: Any = ("all", "queues", "exchanges")
        for word in words:
            self.vhost.policies.set("p", "x", {"max-length": 1}, apply_to=word)
        wrong: Any = 5
        with self.assertRaisesRegex(ValueError, "^apply-to '5' unrecognised; should be 'queues', 'exchanges' or 'all'"):
            self.vhost.policies.set("p", "x", {"max-length": 1}, apply_to=wrong)


class Mirrors(SettingCase):
    def test_each_setting_needs_the_mode(self) -> None:
        for key, value in FOR_MIRRORS.items():
            self.refused(MIRRORS, {key: value})

    def test_the_modes_and_their_parameters(self) -> None:
        self.taken({"ha-mode": "all"})
        self.taken({"ha-mode": "exactly", "ha-params": 1})
        self.taken({"ha-mode": "nodes", "ha-params": ["a@b"]})
        self.refused('<<"some">> is not a valid ha-mode value', {"ha-mode": "some"})
        cases: list[tuple[str, list[Value], str]] = [
            ("all", [2], "does not take parameters"),
            ("exactly", [], "takes an integer, none given"),
            ("exactly", [0], "takes an integer, 0 given"),
            ("exactly", [True], "takes an integer, true given"),
            ("exactly", ["2"], 'takes an integer, <<"2">> given'),
            ("nodes", [], "takes a list, none given"),
            ("nodes", [5], "takes a list, 5 given"),
            ("nodes", [[]], "list must be non-empty"),
            ("nodes", [["a", 5, None]], "takes a list of strings, [5,null] was not a string"),
        ]
        for mode, given, reason in cases:
            with self.subTest(mode=mode, given=given):
                definition: dict[str, Value] = {"ha-mode": mode}
                if given:
                    definition["ha-params"] = given[0]
                self.refused(f'ha-mode="{mode}" {reason}', definition)

    def test_words_for_synchronising_and_promoting(self) -> None:
        for key, first, second in (
            ("ha-sync-mode", "manual", "automatic"),
            ("ha-promote-on-shutdown", "always", "when-synced"),
            ("ha-promote-on-failure", "always", "when-synced"),
        ):
            for word in (first, second):
                self.taken({"ha-mode": "all", key: word})
            text = f'{key} must be "{first}" or "{second}", got <<"never">>'
            self.refused(text, {"ha-mode": "all", key: "never"})

    def test_a_batch_is_a_whole_number_above_zero(self) -> None:
        self.taken({"ha-mode": "all", "ha-sync-batch-size": 1})
        for value, shown in ((0, "0"), ("5", '<<"5">>'), (True, "true")):
            text = f"ha-sync-batch-size takes an integer greater than 0, {shown} given"
            self.refused(text, {"ha-mode": "all", "ha-sync-batch-size": value})


class TypesOfQueues(RoutingCase):
    """A policy with a setting that a type of queue does not know applies to no queue of that type."""

    UNKNOWN = {
        "classic": "max-age stream-max-segment-size-bytes queue-leader-locator initial-cluster-size delivery-limit "
        "dead-letter-strategy",
        "quorum": "max-priority queue-mode single-active-consumer queue-master-locator max-age "
        "stream-max-segment-size-bytes initial-cluster-size ha-mode ha-params ha-sync-mode ha-promote-on-shutdown "
        "ha-promote-on-failure",
        "stream": "expires message-ttl dead-letter-exchange dead-letter-routing-key max-length max-in-memory-length "
        "max-in-memory-bytes max-priority overflow queue-mode single-active-consumer delivery-limit "
        "queue-master-locator dead-letter-strategy ha-mode ha-params ha-sync-mode ha-promote-on-shutdown "
        "ha-promote-on-failure",
    }

    def test_each_type(self) -> None:
        for kind, unknown in self.UNKNOWN.items():
            for key in sorted({*" ".join(self.UNKNOWN.values()).split(), *SETTINGS, *FOR_MIRRORS}):
                with self.subTest(kind=kind, key=key):
                    applies = Policy("p", "", {key: 1}).applies_to("queue", "q", kind)
                    self.assertEqual(key not in unknown.split(), applies)

    def test_a_queue_is_classic_unless_told(self) -> None:
        self.vhost.policies.set("p", "", {"max-age": "1s"})
        self.vhost.policies.operator.set("o", "", {"delivery-limit": 1})
        self.assertFalse(self.vhost.policies["p"].applies_to("queue", "q"))
        self.assertIsNone(self.vhost.policies.match("queue", "q"))
        self.assertEqual({}, self.vhost.policies.for_queue("q"))

    def test_exchanges_have_no_type_that_matters(self) -> None:
        self.vhost.policies.set("p", "^x$", {"delivery-limit": 1, "alternate-exchange": "y"}, apply_to="exchanges")
        self.assertEqual({"delivery-limit": 1, "alternate-exchange": "y"}, self.vhost.policies.for_exchange("x"))
        self.assertEqual({}, self.vhost.policies.for_exchange("y"))

    def test_the_policies_show_themselves(self) -> None:
        self.vhost.policies.set("p", "x", {"max-length": 1})
        shown = "[Policy(name='p', pattern='x', definition={'max-length': 1}, priority=0, apply_to='all')]"
        self.assertEqual(shown, repr(self.vhost.policies))

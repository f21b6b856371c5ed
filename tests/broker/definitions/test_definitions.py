"""Definitions files: taking them over, writing them, and saying what is wrong with them."""

from __future__ import annotations

import base64
import hashlib
import json
import random
from typing import Any

from twisted.internet.task import Clock

from fakebroker.broker.access.permissions import Permission, TopicPermission
from fakebroker.broker.broker import Broker
from fakebroker.broker.definitions import DefinitionsError, export_definitions, import_definitions
from tests.broker.routing import RoutingCase

# As RabbitMQ 3.10.8 exported it.
EXPORTED: dict[str, Any] = {
    "rabbit_version": "3.10.8",
    "rabbitmq_version": "3.10.8",
    "product_name": "RabbitMQ",
    "product_version": "3.10.8",
    "users": [
        {
            "name": "alice",
            "password_hash": "kIaNYYlNSQoVnbSzM0BegOk2FzLFCdWiZOIfu7ot/KG1EB5x",
            "hashing_algorithm": "rabbit_password_hashing_sha256",
            "tags": ["monitoring"],
            "limits": {"max-channels": 100},
        }
    ],
    "vhosts": [{"name": "/"}, {"name": "shop", "description": "the shop", "tags": ["a"]}],
    "permissions": [{"user": "alice", "vhost": "shop", "configure": "", "write": ".*", "read": "^r"}],
    "topic_permissions": [{"user": "alice", "vhost": "shop", "exchange": "amq.topic", "write": "a", "read": "b"}],
    "parameters": [
        {"value": {"max-connections": 7}, "vhost": "shop", "component": "vhost-limits", "name": "limits"},
        {
            "value": {"pattern": "x", "definition": {"max-length": 5}, "priority": 0, "apply-to": "all"},
            "vhost": "shop",
            "component": "operator_policy",
            "name": "op",
        },
        {"value": {"uri": "amqp://"}, "vhost": "shop", "component": "federation-upstream", "name": "up"},
    ],
    "global_parameters": [{"name": "cluster_name", "value": "rabbit@localhost"}],
    "policies": [
        {
            "vhost": "shop",
            "name": "p",
            "pattern": "^o",
            "apply-to": "queues",
            "definition": {"message-ttl": 1000},
            "priority": 2,
        }
    ],
    "queues": [
        {"name": "orders", "vhost": "shop", "durable": True, "auto_delete": False, "arguments": {"x-max-length": 5}},
        {"name": "amq.gen-eCDc2tQHPOKBPTETpFaSDw", "vhost": "shop", "durable": False, "auto_delete": False},
    ],
    "exchanges": [
        {
            "name": "logs",
            "vhost": "shop",
            "type": "topic",
            "durable": True,
            "auto_delete": False,
            "internal": True,
            "arguments": {"alternate-exchange": "amq.fanout"},
        }
    ],
    "bindings": [
        {
            "source": "logs",
            "vhost": "shop",
            "destination": "orders",
            "destination_type": "queue",
            "routing_key": "a.#",
            "arguments": {},
        },
        {
            "source": "amq.headers",
            "vhost": "shop",
            "destination": "logs",
            "destination_type": "exchange",
            "routing_key": "",
            "arguments": {"x-match": "any", "n": 5, "list": [1, "x"], "table": {"k": True}},
        },
        {
            "source": "logs",
            "vhost": "shop",
            "destination": "amq.gen-eCDc2tQHPOKBPTETpFaSDw",
            "destination_type": "queue",
            "routing_key": "b",
            "arguments": {},
        },
    ],
}

QUEUE = {"name": "q", "vhost": "/", "durable": True, "auto_delete": False, "arguments": {}}
EXCHANGE = {"name": "x", "vhost": "/", "type": "direct", "durable": True, "auto_delete": False, "arguments": {}}
BINDING = {
    "source": "amq.headers",
    "vhost": "/",
    "destination": "q",
    "destination_type": "queue",
    "routing_key": "",
    "arguments": {},
}


def without(entry: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in entry.items() if name != key}


class Importing(RoutingCase):
    def setUp(self) -> None:
        super().setUp()
        import_definitions(self.broker, json.dumps(EXPORTED))
        self.shop = self.broker.vhosts["shop"]

    def test_users_come_with_their_passwords_tags_limits_and_permissions(self) -> None:
        alice = self.broker.users.authenticate("alice", "guest")
        assert alice is not None
        self.assertEqual((["monitoring"], {"max-channels": 100}), (alice.tags, dict(alice.limits)))
        self.assertEqual({"shop": Permission("", ".*", "^r")}, alice.permissions)
        self.assertEqual({("shop", "amq.topic"): TopicPermission("a", "b")}, alice.topic_permissions)

    def test_nobody_else_gets_permissions_in_a_new_virtual_host(self) -> None:
        self.assertEqual(["/"], list(self.broker.users["guest"].permissions))

    def test_a_virtual_host_comes_with_description_limits_and_policies(self) -> None:
        self.assertEqual(("the shop", ["a"], {"max-connections": 7}),
                         (self.shop.description, self.shop.tags, dict(self.shop.limits)))  # fmt: skip
        self.assertEqual({"message-ttl": 1000}, self.shop.policies.for_queue("orders"))
        self.assertEqual({"max-length": 5}, self.shop.policies.for_queue("x"))

    def test_exchanges_queues_and_bindings_are_there(self) -> None:
        logs, orders = self.shop.exchanges["logs"], self.shop.queues["orders"]
        self.assertEqual(("topic", True, True, "amq.fanout"), (logs.type, logs.durable, logs.internal, logs.alternate))
        self.assertEqual((True, {"x-max-length": 5}), (orders.durable, orders.arguments))
        self.assertEqual(["logs", "amq.headers"], [binding.source.name for binding in self.shop.bindings])

    def test_a_virtual_host_as_rabbitmqctl_writes_it(self) -> None:
        metadata = {"description": "from the command line", "tags": ["t"]}
        import_definitions(self.broker, {"vhosts": [{"name": "cli", "limits": [], "metadata": metadata}]})
        self.assertEqual(("from the command line", ["t"]), (self.broker.vhosts["cli"].description,
                                                            self.broker.vhosts["cli"].tags))  # fmt: skip

    def test_names_that_begin_with_amq_are_passed_over_as_rabbitmq_does(self) -> None:
        self.assertEqual(["orders"], list(self.shop.queues))

    def test_importing_it_again_changes_nothing(self) -> None:
        before = export_definitions(self.broker)
        import_definitions(self.broker, EXPORTED)
        self.assertEqual(before, export_definitions(self.broker))

    def test_what_there_is_stays_even_if_the_file_has_it_otherwise(self) -> None:
        import_definitions(
            self.broker,
            {"queues": [{"name": "orders", "vhost": "shop", "durable": False, "auto_delete": True, "arguments": {}}]},
        )
        self.assertTrue(self.shop.queues["orders"].durable)

    def test_the_export_of_one_virtual_host_goes_into_any(self) -> None:
        document = {"queues": [{"name": "q", "durable": True, "auto_delete": False, "arguments": {}}]}
        import_definitions(self.broker, document, vhost="/")
        self.assertEqual(["q"], list(self.vhost.queues))


class Exporting(RoutingCase):
    def test_what_was_imported_is_exported(self) -> None:
        import_definitions(self.broker, EXPORTED)
        exported = export_definitions(self.broker)
        for section in ("vhosts", "permissions", "parameters", "users", "queues", "exchanges", "bindings", "policies"):
            for entry in EXPORTED[section]:
                if "amq.gen" not in json.dumps(entry):
                    self.assertTrue(any(entry.items() <= each.items() for each in exported[section]), entry)

    def test_an_export_makes_the_same_broker_elsewhere(self) -> None:
        import_definitions(self.broker, EXPORTED)
        exported = json.dumps(export_definitions(self.broker))
        other = Broker(Clock(), random.Random(2))
        import_definitions(other, exported)
        self.assertEqual(json.loads(exported), json.loads(json.dumps(export_definitions(other))))

    def test_exclusive_queues_and_predeclared_exchanges_are_left_out(self) -> None:
        queue = self.vhost.queues.declare("mine", exclusive=True, owner="me")
        self.vhost.bindings.bind(self.vhost.exchanges["amq.fanout"], queue)
        exported = export_definitions(self.broker)
        self.assertEqual(([], [], []), (exported["queues"], exported["exchanges"], exported["bindings"]))

    def test_values_that_json_does_not_know_come_as_rabbitmq_writes_them(self) -> None:
        self.bind("amq.fanout", "q", "", {"void": None, "octets": b"\xff\x01", "text": b"x"})
        arguments = export_definitions(self.broker)["bindings"][0]["arguments"]
        self.assertEqual({"void": "undefined", "octets": "Not UTF-8, base64 is: /wE=", "text": "x"}, arguments)


class Passwords(RoutingCase):
    def user(self, **fields: Any) -> None:
        import_definitions(self.broker, {"users": [{"name": "u", "tags": "a, b", **fields}]})

    def test_a_plain_password_is_taken_too(self) -> None:
        self.user(password="secret")
        self.assertIsNotNone(self.broker.users.authenticate("u", "secret"))
        self.assertEqual(["a", "b"], self.broker.users["u"].tags)

    def test_the_other_hashes(self) -> None:
        for name in ("sha512", "md5"):
            salted = b"salt" + hashlib.new(name, b"saltsecret").digest()
            stored = base64.b64encode(salted).decode()
            self.user(password_hash=stored, hashing_algorithm=f"rabbit_password_hashing_{name}")
            self.assertIsNotNone(self.broker.users.authenticate("u", "secret"))
            self.assertIsNone(self.broker.users.authenticate("u", "Secret"))

    def test_before_3_6_the_hash_was_md5_and_nobody_said_so(self) -> None:
        stored = base64.b64encode(b"salt" + hashlib.md5(b"saltsecret").digest()).decode()
        import_definitions(
            self.broker, {"rabbit_version": "3.5.7", "users": [{"name": "u", "password_hash": stored, "tags": ""}]}
        )
        self.assertIsNotNone(self.broker.users.authenticate("u", "secret"))

    def test_no_password_at_all_lets_nobody_in(self) -> None:
        self.user()
        self.assertIsNone(self.broker.users.authenticate("u", ""))


class GivenInPython(RoutingCase):
    """What JSON could not have is refused with its place, wherever it stands, and nothing is changed."""

    def test_values_that_json_does_not_have(self) -> None:
        deep: dict[str, Any] = {}
        deep["deep"] = [deep]
        sound = {"name": "first", "vhost": "/", "type": "direct", "durable": True, "auto_delete": False}
        before = export_definitions(self.broker)
        for value in ("\ud800", float("nan"), float("-inf"), object(), {1, 2}, {7: "x"}, deep):
            places: dict[str, Any] = {
                "exchanges": [sound, {**sound, "name": "x", "arguments": {"x": [value]}}],
                "policies": [
                    {"name": "p", "vhost": "/", "pattern": "x", "definition": {"dead-letter-exchange": value}}
                ],
                "users": [{"name": "u", "password": value, "tags": ""}],
                "global_parameters": [{"name": "g", "value": value}],
            }
            for section, entries in places.items():
                with self.subTest(section=section, value=repr(value)):
                    with self.assertRaisesRegex(DefinitionsError, rf"^{section}\[[01]\]"):
                        import_definitions(self.broker, {"exchanges": [sound], section: entries})
        self.assertEqual(before, export_definitions(self.broker))


class BadFiles(RoutingCase):
    def test_what_is_nested_too_deeply_or_can_not_be_json(self) -> None:
        deep: dict[str, Any] = {}
        for _ in range(5000):
            deep = {"a": deep}
        self.assertWrong("queues[0]: is nested more than 512 deep", {"queues": [{**QUEUE, "arguments": deep}]})
        self.assertWrong(
            "queues[0].arguments.a: b'x' is nothing that JSON has", {"queues": [{**QUEUE, "arguments": {"a": b"x"}}]}
        )

    def test_policies_are_no_parameters(self) -> None:
        self.assertWrong(
            "parameters[0].component: policies may not be set using this method",
            {"parameters": [{"vhost": "/", "component": "policy", "name": "p", "value": {}}]},
        )

    def assertWrong(self, error: str, document: Any) -> None:
        before = export_definitions(self.broker)
        with self.assertRaises(DefinitionsError) as caught:
            import_definitions(self.broker, document)
        self.assertEqual(error, str(caught.exception))
        self.assertEqual(before, export_definitions(self.broker))

    def test_what_is_not_json_or_no_object(self) -> None:
        with self.assertRaisesRegex(DefinitionsError, "not JSON: line 1, column 2: "):
            import_definitions(self.broker, "{users: []}")
        self.assertWrong("must be an object, not [1]", "[1]")
        self.assertWrong("queues: must be an array, not {}", {"queues": {}})
        self.assertWrong("queues[1]: must be an object, not 'q'", {"queues": [QUEUE, "q"]})

    def test_a_field_that_is_missing_or_of_another_type(self) -> None:
        self.assertWrong("queues[0].name: is missing", {"queues": [without(QUEUE, "name")]})
        self.assertWrong("queues[0].durable: is missing", {"queues": [without(QUEUE, "durable")]})
        self.assertWrong("queues[0].durable: must be true or false, not 1", {"queues": [{**QUEUE, "durable": 1}]})
        self.assertWrong("queues[1].name: must be a string, not 5", {"queues": [QUEUE, {**QUEUE, "name": 5}]})
        self.assertWrong("queues[0].arguments: must be an object, not 3", {"queues": [{**QUEUE, "arguments": 3}]})
        self.assertWrong(
            "queues[0].arguments.a.b[1]: null is not allowed",
            {"queues": [{**QUEUE, "arguments": {"a": {"b": [1, None]}}}]},
        )
        self.assertWrong("users[0].tags: is missing", {"users": [{"name": "u"}]})
        self.assertWrong("users[0].tags: must be an array of strings, not [1]", {"users": [{"name": "u", "tags": [1]}]})

    def test_what_the_broker_would_refuse(self) -> None:
        self.assertWrong(
            "queues[0].arguments: invalid arg 'x-max-length' for queue 'q' in vhost '/': "
            '"expected integer, got longstr"',
            {"queues": [{**QUEUE, "arguments": {"x-max-length": "5"}}]},
        )
        self.assertWrong(
            "exchanges[0].type: unknown exchange type 'bogus'", {"exchanges": [{**EXCHANGE, "type": "bogus"}]}
        )
        self.assertWrong(
            "exchanges[0].arguments.alternate-exchange: must be a string, not 5",
            {"exchanges": [{**EXCHANGE, "arguments": {"alternate-exchange": 5}}]},
        )
        self.assertWrong(
            'bindings[0].arguments: Invalid x-match field value <<"some">>; '
            "expected all, any, all-with-x, or any-with-x",
            {"queues": [QUEUE], "bindings": [{**BINDING, "arguments": {"x-match": "some"}}]},
        )
        self.assertWrong(
            'policies[0]: <<"1">> is not a valid maximum length',
            {"policies": [{"vhost": "/", "name": "p", "pattern": "", "definition": {"max-length": "1"}}]},
        )
        self.assertWrong(
            "users[0].limits.max-quues: is no limit; there are max-connections and max-channels",
            {"users": [{"name": "u", "tags": [], "limits": {"max-quues": 1}}]},
        )

    def test_references_to_what_is_not_there(self) -> None:
        self.assertWrong("queues[0].vhost: no virtual host 'x'", {"queues": [{**QUEUE, "vhost": "x"}]})
        permission = {"user": "u", "vhost": "/", "configure": "", "write": "", "read": ""}
        self.assertWrong("permissions[0].user: no user 'u'", {"permissions": [permission]})
        self.assertWrong("bindings[0].destination: no queue 'q' in vhost '/'", {"bindings": [BINDING]})
        self.assertWrong(
            "bindings[0].source: no exchange 'no' in vhost '/'",
            {"queues": [QUEUE], "bindings": [{**BINDING, "source": "no"}]},
        )
        self.assertWrong(
            "bindings[0].destination_type: must be 'queue' or 'exchange', not 'topic'",
            {"bindings": [{**BINDING, "destination_type": "topic"}]},
        )
        self.assertWrong(
            "bindings[0]: nothing can be bound to or from the default exchange",
            {"queues": [QUEUE], "bindings": [{**BINDING, "source": ""}]},
        )

    def test_expressions_passwords_and_limits(self) -> None:
        permission = {"user": "guest", "vhost": "/", "configure": "", "write": "(", "read": ""}
        with self.assertRaisesRegex(DefinitionsError, r"^permissions\[0\].write: invalid regular expression '\('"):
            import_definitions(self.broker, {"permissions": [permission]})
        with self.assertRaisesRegex(DefinitionsError, r"^users\[0\].password_hash: is not base64"):
            import_definitions(self.broker, {"users": [{"name": "u", "tags": [], "password_hash": "*"}]})
        self.assertWrong(
            "users[0].password: is given beside password_hash",
            {"users": [{"name": "u", "tags": [], "password": "x", "password_hash": ""}]},
        )
        self.vhost.limits["max-queues"] = 1
        self.assertWrong(
            "queues[1]: virtual host '/' would have more queues than its limit",
            {"queues": [QUEUE, {**QUEUE, "name": "r"}]},
        )

    def test_an_error_at_the_end_leaves_the_beginning_undone(self) -> None:
        self.assertWrong(
            "bindings[0].destination: no queue 'nope' in vhost '/'",
            {"users": [{"name": "u", "password": "p", "tags": []}], "vhosts": [{"name": "v"}], "queues": [QUEUE],
             "bindings": [{**BINDING, "destination": "nope"}]},
        )  # fmt: skip
        self.assertEqual((["guest"], ["/"]), (list(self.broker.users), list(self.broker.vhosts)))

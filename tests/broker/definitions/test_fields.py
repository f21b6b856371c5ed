"""Fields of a definitions file: what each may be, where an error is, and how deep values may be nested."""

from __future__ import annotations

import sys
from typing import Any

from fakebroker.broker.access.users import User
from fakebroker.broker.definitions import DefinitionsError, export_definitions, import_definitions
from tests.broker.definitions.test_definitions import BINDING, EXCHANGE, QUEUE
from tests.broker.routing import RoutingCase


class Fields(RoutingCase):
    def assertWrong(self, error: str, **sections: Any) -> None:
        with self.assertRaises(DefinitionsError) as caught:
            import_definitions(self.broker, sections)
        self.assertEqual(error, str(caught.exception))

    def test_limits_are_whole_numbers_by_known_names(self) -> None:
        user = {"name": "u", "tags": ""}
        for limits, error in (
            ({"max-channels": True}, "users[0].limits.max-channels: must be an integer, not True"),
            ({"max-channels": "5"}, "users[0].limits.max-channels: must be an integer, not '5'"),
            ({"max-queues": 5}, "users[0].limits.max-queues: is no limit; there are max-connections and max-channels"),
        ):
            self.assertWrong(error, users=[{**user, "limits": limits}])

    def test_numbers_have_64_bits(self) -> None:
        for fits in (2**63 - 1, -(2**63)):
            import_definitions(self.broker, {"queues": [{**QUEUE, "name": str(fits), "arguments": {"x": fits}}]})
            self.assertEqual({"x": fits}, self.vhost.queues[str(fits)].arguments)
        for number in (2**63, -(2**63) - 1):
            error = f"queues[0].arguments.x: {number} does not fit into 64 bits"
            self.assertWrong(error, queues=[{**QUEUE, "arguments": {"x": number}}])

    def test_no_more_queues_than_the_limit_of_the_virtual_host(self) -> None:
        error = "virtual host '/' would have more queues than its limit"
        self.vhost.limits["max-queues"] = 0
        self.assertWrong(f"queues[0]: {error}", queues=[QUEUE])
        self.queue("there")
        self.vhost.limits["max-queues"] = 2
        self.assertWrong(f"queues[1]: {error}", queues=[QUEUE, {**QUEUE, "name": "q2"}])
        import_definitions(self.broker, {"queues": [QUEUE, {**QUEUE, "name": "there"}]})
        self.assertEqual(["there", "q"], list(self.vhost.queues))

    def test_an_operator_policy_tells_where_in_the_parameter_it_is_wrong(self) -> None:
        parameter = {"vhost": "/", "component": "operator_policy", "name": "o", "value": {"definition": {}}}
        self.assertWrong("parameters[0].value.pattern: is missing", parameters=[parameter])

    def test_a_policy_has_priority_zero_and_applies_to_all_unless_told(self) -> None:
        import_definitions(
            self.broker,
            {"policies": [{"vhost": "/", "name": "p", "pattern": "", "definition": {"max-length": 1}}]},
        )
        policy = self.vhost.policies["p"]
        self.assertEqual((0, "all"), (policy.priority, policy.apply_to))

    def test_exchanges_whose_names_begin_with_amq_are_passed_over(self) -> None:
        import_definitions(self.broker, {"exchanges": [{**EXCHANGE, "name": "amq.mine"}]})
        self.assertNotIn("amq.mine", self.vhost.exchanges)

    def test_nothing_is_bound_to_the_default_exchange(self) -> None:
        error = "bindings[0]: nothing can be bound to or from the default exchange"
        for change in ({"source": ""}, {"destination_type": "exchange", "destination": ""}):
            self.assertWrong(error, queues=[QUEUE], bindings=[{**BINDING, **change}])

    def test_the_default_queue_type_comes_with_the_virtual_host(self) -> None:
        import_definitions(self.broker, {"vhosts": [{"name": "v", "metadata": {"default_queue_type": "quorum"}}]})
        self.assertEqual("quorum", self.broker.vhosts["v"].default_queue_type)

    def test_description_and_tags_are_exported_if_there_is_one_of_them(self) -> None:
        self.broker.add_vhost("described").description = "about it"
        self.broker.add_vhost("tagged").tags = ["t"]
        exported = export_definitions(self.broker)["vhosts"]
        metadata: dict[str, dict[str, Any]] = {
            "described": {"description": "about it", "tags": []},
            "tagged": {"description": "", "tags": ["t"]},
        }
        self.assertEqual({"name": "/"}, exported[0])
        self.assertEqual(
            [{"name": name, **each, "metadata": each} for name, each in metadata.items()],
            exported[1:],
        )

    def test_md5_is_what_hashed_before_3_6(self) -> None:
        for version, hashing in (
            ("3.5.7", "md5"),
            ("3.5.7-rc1", "md5"),
            ("2.8", "md5"),
            ("3.6.0", "sha256"),
            ("3.10.8", "sha256"),
            ("4.0", "sha256"),
            ("3.x", "sha256"),
            ("unknown", "sha256"),
        ):
            import_definitions(self.broker, {"rabbit_version": version, "users": [{"name": "u", "tags": ""}]})
            self.assertEqual(f"rabbit_password_hashing_{hashing}", self.broker.users["u"].hashing, version)


class Depth(RoutingCase):
    def nested(self, depth: int, in_lists: bool) -> dict[str, Any]:
        """A document whose deepest value is so deep: four are the section, its entry, its arguments and what is in."""
        value: Any = 1
        for _ in range(depth - 4):
            value = [value] if in_lists else {"a": value}
        return {"queues": [{**QUEUE, "name": f"{depth}{in_lists}", "arguments": {"x": value}}]}

    def test_what_is_given_in_python_may_be_512_deep(self) -> None:
        for in_lists in (False, True):
            import_definitions(self.broker, self.nested(512, in_lists))
            with self.assertRaisesRegex(DefinitionsError, r"^queues\[0\]: is nested more than 512 deep$"):
                import_definitions(self.broker, self.nested(513, in_lists))
        self.assertEqual(["512False", "512True"], list(self.vhost.queues))

    def test_where_the_stack_is_nearly_full_it_is_too_deep_as_well(self) -> None:
        def further_down(frames: int) -> None:
            if frames:
                further_down(frames - 1)
            else:
                import_definitions(self.broker, self.nested(500, in_lists=True))

        with self.assertRaisesRegex(DefinitionsError, "^it is nested too deeply$"):
            further_down(sys.getrecursionlimit() - 300)
        self.assertEqual([], list(self.vhost.queues))


class WhatComesOut(RoutingCase):
    def test_the_version_is_rabbitmqs(self) -> None:
        exported = export_definitions(self.broker)
        self.assertEqual(("3.10.8", "3.10.8"), (exported["rabbit_version"], exported["rabbitmq_version"]))

    def test_limits_of_a_virtual_host_and_global_parameters_come_and_go(self) -> None:
        document: dict[str, Any] = {
            "vhosts": [{"name": "v", "limits": {"max-queues": 3}}],
            "global_parameters": [{"name": "g", "value": {"k": 1}}],
        }
        import_definitions(self.broker, document)
        self.assertEqual({"max-queues": 3}, dict(self.broker.vhosts["v"].limits))
        exported = export_definitions(self.broker)
        self.assertEqual(document["global_parameters"], exported["global_parameters"])
        limits = {"component": "vhost-limits", "name": "limits", "vhost": "v", "value": {"max-queues": 3}}
        self.assertEqual([limits], exported["parameters"])


class Defaults(RoutingCase):
    def user(self, **fields: Any) -> User:
        import_definitions(self.broker, {"users": [{"name": "u", "tags": None, **fields}]})
        return self.broker.users["u"]

    def test_a_user_has_no_tags_and_no_password_unless_told(self) -> None:
        user = self.user()
        self.assertEqual(([], b""), (user.tags, user.password_hash))

    def test_a_hash_is_one_that_rabbitmq_knows(self) -> None:
        known = "rabbit_password_hashing_sha256, rabbit_password_hashing_sha512, rabbit_password_hashing_md5"
        with self.assertRaises(DefinitionsError) as caught:
            self.user(hashing_algorithm="crc")
        self.assertEqual(f"users[0].hashing_algorithm: must be one of {known}, not 'crc'", str(caught.exception))

    def test_the_version_has_two_names(self) -> None:
        document = {"rabbitmq_version": "3.5.0", "users": [{"name": "old", "tags": ""}]}
        import_definitions(self.broker, document)
        self.assertEqual("rabbit_password_hashing_md5", self.broker.users["old"].hashing)

    def test_a_virtual_host_has_no_description_unless_told(self) -> None:
        import_definitions(self.broker, {"vhosts": [{"name": "v"}]})
        self.assertEqual("", self.broker.vhosts["v"].description)
        with self.assertRaisesRegex(DefinitionsError, r"^vhosts\[0\]\.limits\.x: is no limit"):
            import_definitions(self.broker, {"vhosts": [{"name": "v", "limits": {"x": 1}}]})

    def test_an_exchange_may_go_with_its_last_binding(self) -> None:
        import_definitions(self.broker, {"exchanges": [{**EXCHANGE, "auto_delete": True}]})
        self.assertTrue(self.vhost.exchanges["x"].auto_delete)

    def test_a_policy_may_do_more_than_an_operator_policy(self) -> None:
        policy = {"pattern": "", "definition": {"alternate-exchange": "x"}, "priority": 1.5}
        import_definitions(self.broker, {"policies": [{"vhost": "/", "name": "p", **policy}]})
        self.assertEqual(1.5, self.vhost.policies["p"].priority)
        parameter = {"vhost": "/", "component": "operator_policy", "name": "o", "value": policy}
        with self.assertRaisesRegex(DefinitionsError, r"^parameters\[0\]\.value: .* not recognised policy settings"):
            import_definitions(self.broker, {"parameters": [parameter]})
        wrong = {"vhost": "/", "name": "p", **policy, "priority": "high"}
        with self.assertRaisesRegex(DefinitionsError, r"^policies\[0\]\.priority: must be a number, not 'high'$"):
            import_definitions(self.broker, {"policies": [wrong]})

    def test_what_is_no_json_says_so_first(self) -> None:
        with self.assertRaisesRegex(DefinitionsError, "^not JSON: "):
            import_definitions(self.broker, "{")
        wrong: Any = {7: []}
        with self.assertRaisesRegex(DefinitionsError, "^definitions: 7 has no form in JSON$"):
            import_definitions(self.broker, wrong)

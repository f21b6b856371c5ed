"""Definitions that RabbitMQ takes though not all of it makes sense, and those that go into one virtual host."""

from __future__ import annotations

from typing import Any

from fakebroker.broker import definition_fields
from fakebroker.broker.definitions import DefinitionsError, export_definitions, import_definitions
from tests.broker.definitions.test_definitions import BINDING, EXCHANGE, QUEUE, without
from tests.broker.routing import RoutingCase

WRONG_MATCH = 'Invalid x-match field value <<"some">>; expected all, any, all-with-x, or any-with-x'


class PassedOver(RoutingCase):
    """What RabbitMQ 3.10.8 takes with 204: it was given each of these, and asked what there was afterwards."""

    def take(self, told: list[str], **sections: list[dict[str, Any]]) -> None:
        """Import leniently, beside a queue and an exchange that are in order; strictly it is an error."""
        document = {"queues": [QUEUE], "exchanges": [EXCHANGE]}
        for section, entries in sections.items():
            document[section] = [*document.get(section, []), *entries]
        before = export_definitions(self.broker)
        if told:
            with self.assertRaises(DefinitionsError) as caught:
                import_definitions(self.broker, document)
            self.assertEqual(told[0], str(caught.exception))
            self.assertEqual(before, export_definitions(self.broker))
        self.assertEqual(told, import_definitions(self.broker, document, strict=False))
        self.assertIn("q", self.vhost.queues)
        self.assertIn("x", self.vhost.exchanges)

    def bindings(self) -> list[tuple[str, str, str]]:
        return [(each.source.name, each.destination.name, each.routing_key) for each in self.vhost.bindings]

    def test_errors_are_caught_by_who_imports_them_from_their_former_home(self) -> None:
        with self.assertRaises(definition_fields.DefinitionsError):
            import_definitions(self.broker, {"queues": [without(QUEUE, "durable")]})

    def test_bindings_to_or_from_what_is_not_there(self) -> None:
        good = {**BINDING, "source": "x", "routing_key": "k"}
        for change, told in (
            ({"source": "no"}, ".source: no exchange 'no' in vhost '/'"),
            ({"destination": "no"}, ".destination: no queue 'no' in vhost '/'"),
            ({"destination": "no", "destination_type": "exchange"}, ".destination: no exchange 'no' in vhost '/'"),
            ({"vhost": "no"}, ".vhost: no virtual host 'no'"),
            ({"source": ""}, ": nothing can be bound to or from the default exchange"),
        ):
            self.take([f"bindings[0]{told}"], bindings=[{**good, **change}, good])
            self.assertEqual([("x", "q", "k")], self.bindings())
        for key in ("source", "destination", "vhost"):
            self.take([f"bindings[0].{key}: is missing"], bindings=[without(good, key), good])
        self.take([f"bindings[0].arguments: {WRONG_MATCH}"], bindings=[{**BINDING, "arguments": {"x-match": "some"}}])
        self.assertEqual([("x", "q", "k")], self.bindings())

    def test_a_binding_that_was_passed_over_on_purpose_is_not_told(self) -> None:
        self.take([], bindings=[{**BINDING, "destination": "amq.gen-1"}])

    def test_queues_that_there_can_not_be(self) -> None:
        for kind in ("quorum", "stream"):
            odd = {**QUEUE, "name": "odd", "arguments": {"x-queue-type": kind}}
            for change, what in (({"durable": False}, "non-durable"), ({"auto_delete": True}, "auto-delete")):
                self.take(
                    [f"queues[1]: invalid property '{what}' for queue 'odd' in vhost '/'"], queues=[{**odd, **change}]
                )
                self.assertNotIn("odd", self.vhost.queues)

    def test_sections_and_keys_that_there_are_not(self) -> None:
        self.take(["queue: there is no such section; did you mean 'queues'?"], queue=[])
        self.take(
            ["exchanges[1].auto_dlete: there is no such key; did you mean 'auto_delete'?"],
            exchanges=[{**EXCHANGE, "name": "y", "auto_dlete": True}],
        )
        self.assertIn("y", self.vhost.exchanges)

    def test_a_default_queue_type_that_there_is_not(self) -> None:
        self.take(
            ["vhosts[0].metadata.default_queue_type: 'odd' is none of classic, quorum, stream"],
            vhosts=[{"name": "v", "metadata": {"default_queue_type": "odd"}}],
        )
        self.assertNotIn("v", self.broker.vhosts)

    def test_fields_that_may_be_missing_or_null(self) -> None:
        exchange = without(without({**EXCHANGE, "name": "y"}, "auto_delete"), "arguments")
        self.take([], exchanges=[exchange, {**exchange, "name": "z", "internal": None}])
        self.assertFalse(self.vhost.exchanges["y"].auto_delete)
        self.assertFalse(self.vhost.exchanges["z"].internal)
        self.take([], bindings=[without(without({**BINDING, "source": "x"}, "routing_key"), "arguments")])
        self.assertEqual([("x", "q", "undefined")], self.bindings())


class IntoOneVirtualHost(RoutingCase):
    def test_everything_goes_there_whatever_the_entries_say(self) -> None:
        self.broker.add_vhost("other")
        import_definitions(
            self.broker,
            {
                "queues": [{**QUEUE, "vhost": "/"}],
                "exchanges": [{**EXCHANGE, "vhost": "nowhere"}],
                "bindings": [without({**BINDING, "source": "x"}, "vhost")],
                "policies": [{"vhost": "/", "name": "p", "pattern": "", "definition": {"max-length": 1}}],
                "parameters": [{"component": "vhost-limits", "name": "limits", "value": {"max-queues": 9}}],
            },
            vhost="other",
        )
        other = self.broker.vhosts["other"]
        self.assertEqual((["q"], 1, ["p"]), (list(other.queues), len(other.bindings), list(other.policies)))
        self.assertEqual({"max-queues": 9}, dict(other.limits))
        self.assertEqual(([], []), (list(self.vhost.queues), list(self.vhost.policies)))

    def test_users_hosts_and_permissions_are_not_looked_at(self) -> None:
        import_definitions(
            self.broker,
            {"users": [{"name": "guest", "password": "new", "tags": ""}], "vhosts": [{}], "permissions": [5],
             "topic_permissions": [{}], "global_parameters": 5},
            vhost="/",
        )  # fmt: skip
        self.assertIsNotNone(self.broker.users.authenticate("guest", "guest"))


class VirtualHosts(RoutingCase):
    def test_tracing_comes_with_the_virtual_host_and_stays_where_the_file_does_not_say(self) -> None:
        import_definitions(self.broker, {"vhosts": [{"name": "v", "tracing": True}]})
        self.assertTrue(self.broker.vhosts["v"].tracing)
        import_definitions(self.broker, {"vhosts": [{"name": "v"}]})
        self.assertTrue(self.broker.vhosts["v"].tracing)
        import_definitions(self.broker, {"vhosts": [{"name": "v", "tracing": False}]})
        self.assertFalse(self.broker.vhosts["v"].tracing)

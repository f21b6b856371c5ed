"""``openapi.json`` says what the code does: the same paths, methods, parameters, members and answers."""

from __future__ import annotations

import json
import re
from importlib.resources import files
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.control.http.site import OWN
from tests.control.http.memory import Client
from tests.rawclient import RawClient

DESCRIPTION = json.loads(files("fakebroker.control.http.fakebroker").joinpath("openapi.json").read_text("utf-8"))
TYPES = {str: "string", int: "integer", float: "number", bool: "boolean", dict: "object", type(None): "null"}

# How to have each status from each operation: path, body.
RULE = {"when": {"what": "basic.publish"}, "then": {"action": "drop"}}
CALLS: dict[str, list[tuple[int, str, Any]]] = {
    "about": [(200, "", None)],
    "openapi": [(200, "/openapi.json", None)],
    "reset": [(204, "/reset", None), (400, "/reset", {"really": True})],
    "restart": [(204, "/restart", None), (400, "/restart", [])],
    "down": [(204, "/down", {"seconds": 2}), (400, "/down", {"seconds": -2})],
    "up": [(204, "/up", {}), (400, "/up", {"seconds": 2})],
    "pause": [(204, "/pause", {"seconds": 2}), (400, "/pause", {"seconds": -2})],
    "resume": [(204, "/resume", {}), (400, "/resume", {"seconds": 2})],
    "alarms": [(200, "/alarms", None)],
    "set_alarm": [(204, "/alarms/memory", None), (404, "/alarms/fire", None)],
    "clear_alarm": [(204, "/alarms/disk", None), (404, "/alarms/fire", None)],
    "connections": [(200, "/connections", None)],
    "close_connection": [
        (204, "/connections/1/close", {"reason": "x"}),
        (400, "/connections/1/close", {"reason": 1}),
        (404, "/connections/9/close", None),
    ],
    "say": [
        (204, "/connections/1/say", {"command": "basic.cancel", "arguments": {"consumer_tag": "c"}}),
        (400, "/connections/1/say", {"command": "basic.cansel"}),
        (404, "/connections/9/say", None),
    ],
    "close_channel": [
        (204, "/connections/1/channels/1/close", {"name": "not-found", "text": "x"}),
        (400, "/connections/1/channels/1/close", {"name": "no-such-error"}),
        (404, "/connections/1/channels/9/close", None),
    ],
    "clock": [(200, "/clock", None)],
    "advance_clock": [
        (200, "/clock/advance", {"seconds": 1}),
        (400, "/clock/advance", {"seconds": True}),
        (409, "", None),
    ],
    "rules": [(200, "/faults", None)],
    "add_rules": [(201, "/faults", RULE), (400, "/faults", {"then": {"action": "fly"}})],
    "clear_rules": [(204, "/faults", None)],
    "release": [
        (200, "/faults/release", {"label": "held"}),
        (400, "/faults/release", {"label": 1}),
        (404, "/faults/release", {"label": "hold"}),
    ],
    "state": [(200, "/faults/state", None)],
    "set_state": [(200, "/faults/state", {"state": "x"}), (400, "/faults/state", {"state": 1})],
    "rule": [(200, "/faults/1", None), (400, "/faults/one", None), (404, "/faults/9", None)],
    "remove_rule": [(204, "/faults/1", None), (400, "/faults/one", None), (404, "/faults/9", None)],
    "ledger": [(200, "/ledger?queue=jobs", None), (400, "/ledger?queu=jobs", None), (409, "", None)],
    "verdicts": [(200, "/verdicts?fail=polling", None), (400, "/verdicts?fail=poling", None), (409, "", None)],
    "known_verdicts": [(200, "/verdicts/known", None)],
    "ledger_text": [(200, "/ledger/text", None), (400, "/ledger/text?connection=one", None), (409, "", None)],
    "journal": [(200, "/journal?name=queue.declare", None), (400, "/journal?nam=queue.declare", None)],
    "clear_journal": [(204, "/journal", None)],
    "journal_stream": [(200, "/journal/stream?history=true", None), (400, "/journal/stream?direction=up", None)],
    "transcript": [(200, "/journal/transcript?times=false", None), (400, "/journal/transcript?connection=x", None)],
    "capture": [(200, "/journal/pcap", None)],
}


def operations() -> list[tuple[str, str, dict[str, Any], list[dict[str, Any]]]]:
    """Path, method, operation, and the parameters of the path and its own."""
    found = []
    for path, item in DESCRIPTION["paths"].items():
        for method, operation in item.items():
            if method != "parameters":
                parameters = [*item.get("parameters", []), *operation.get("parameters", [])]
                found.append((path, method.upper(), operation, parameters))
    return found


class Described(SynchronousTestCase):
    def test_the_same_paths_with_the_same_methods(self):
        code = {(each.path, method) for each in OWN for method in each.methods if method not in ("HEAD", "OPTIONS")}
        self.assertEqual({(path, method) for path, method, _, _ in operations()}, code)

    def test_the_same_variable_parts_of_paths(self):
        for path, method, _, parameters in operations():
            named = [each["name"] for each in parameters if each["in"] == "path"]
            self.assertEqual(named, re.findall(r"\{(\w+)\}", path), f"{method} {path}")

    def test_the_same_parameters_of_queries(self):
        endpoints = {each.path: each for each in OWN}
        for path, method, _, parameters in operations():
            named = [each["name"] for each in parameters if each["in"] == "query"]
            expected = endpoints[path].query if method == "GET" else ()
            self.assertEqual(named, list(expected or ()), f"{method} {path}")

    def test_the_same_members_of_bodies_with_the_same_types(self):
        described = {}
        for path, method, operation, _ in operations():
            if "requestBody" in operation:
                schema = operation["requestBody"]["content"]["application/json"]["schema"]
                if "oneOf" not in schema:  # a rule: what is in it is another matter
                    described[path, method] = {name: kinds(each["type"]) for name, each in schema["properties"].items()}
        code = {
            (each.path, "POST"): {name: kinds([TYPES[kind] for kind in types]) for name, types in each.fields.items()}
            for each in OWN
            if each.fields is not None
        }
        self.assertEqual(described, code)

    def test_each_operation_answers_with_each_status_that_is_described(self):
        for path, method, operation, _ in operations():
            with self.subTest(operation=operation["operationId"]):
                calls = CALLS[operation["operationId"]]
                described = sorted(int(status) for status in operation["responses"] if status != "403")
                self.assertEqual([status for status, _, _ in calls], described)
                for status, where, body in calls:
                    if status != 409:
                        self.assertEqual(self.answer(method, where, body), status, f"{method} {path}")

    def answer(self, method: str, where: str, body: Any) -> int:
        clock = Clock()
        broker = FakeBroker(clock=clock, ledger=True)
        RawClient.connect(broker, clock).open().open_channel()
        client = Client(broker, clock)
        if "release" in where:
            client.post("/fakebroker/faults", {"when": {"what": "queue.declare-ok"}, "then": "hold"})
        if "faults/1" in where:
            client.post("/fakebroker/faults", RULE)
        return client.request(method, f"/fakebroker{where}", body, user=None).status

    def test_it_is_served(self):
        clock = Clock()
        self.assertEqual(Client(FakeBroker(clock=clock), clock).get("/fakebroker/openapi.json"), DESCRIPTION)

    def test_every_reference_leads_somewhere(self):
        for reference in re.findall(r'"\$ref": "#/([^"]*)"', json.dumps(DESCRIPTION)):
            at = DESCRIPTION
            for part in reference.split("/"):
                at = at[part]


def kinds(types: str | list[str]) -> list[str]:
    """Types in order; a number may be an integer."""
    several = [types] if isinstance(types, str) else types
    return sorted({"number" if each == "integer" and "number" in several else each for each in several})

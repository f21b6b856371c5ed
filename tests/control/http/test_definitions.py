"""``/api/definitions`` beyond what is recorded: forms, one virtual host, and what is passed over and told."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.task import Clock
from twisted.logger import ILogObserver, globalLogPublisher
from twisted.trial.unittest import SynchronousTestCase
from zope.interface import implementer

from fakebroker import FakeBroker
from tests.control.http.memory import Answer, Client

QUEUE = {"name": "q", "vhost": "/", "durable": True, "auto_delete": False, "arguments": {}}
FILE = 'form-data; name="file"; filename="definitions.json"'
FORM = "multipart/form-data; boundary=mark"


def form(*parts: tuple[str, str]) -> bytes:
    """A form, each part with what its Content-Disposition says."""
    return "".join(
        [*(f"--mark\r\nContent-Disposition: {head}\r\n\r\n{body}\r\n" for head, body in parts), "--mark--\r\n"]
    ).encode()


class Definitions(SynchronousTestCase):
    def setUp(self):
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.http = Client(self.broker, self.clock)

    def post(self, body: bytes, kind: str = "application/json", path: str = "/api/definitions") -> Answer:
        return self.http.request("POST", path, raw=body, headers={"content-type": kind})

    def queues(self, vhost: str = "/") -> list[str]:
        return list(self.broker.vhosts[vhost].queues)

    def test_a_form_with_the_file_in_it_is_taken(self):
        document = json.dumps({"queues": [QUEUE]})
        for body, kind in (
            (form((FILE, document)), FORM),
            (form((f"{FILE}\r\nContent-Type: application/octet-stream", document)), FORM),
            (form(("form-data; name=file", document)), 'Multipart/Form-Data; charset=utf-8; Boundary="mark"'),
            (form((FILE, "{}"), (FILE, document)), FORM),
            (b"before\r\n" + form((FILE, document)) + b"behind", FORM),
            (form(("form-data", "no name"), (FILE, document)), FORM),
        ):
            self.assertEqual(self.post(body, kind).status, 204, body)
            self.assertEqual(self.queues(), ["q"])
            self.broker.delete_queue("q")

    def test_a_form_may_say_where_to_go_on(self):
        answer = self.post(form((FILE, "{}"), ('form-data; name="redirect"', "../#/up\r\n")), FORM)
        self.assertEqual((answer.status, answer.headers["location"]), (303, "../#/up"))

    def test_a_form_without_the_file_or_with_a_wrong_one_is_refused(self):
        for body in (form(('form-data; name="other"', "{}")), form((FILE, "{")), form((FILE, "[]"))):
            answer = self.post(body, FORM)
            self.assertEqual((answer.status, answer.json["reason"]), (400, "failed_to_parse_json"))

    def test_a_form_that_is_cut_off_is_refused(self):
        whole = form((FILE, json.dumps({"queues": [QUEUE]})))
        headless = b"--mark\r\nContent-Disposition: form-data\r\n" + whole
        for body, kind in (
            (whole[:-20], FORM),
            (whole, "multipart/form-data"),
            (whole, FORM + "x"),
            (headless, FORM),
        ):
            self.assertEqual(self.post(body, kind).status, 400)
        self.assertEqual(self.queues(), [])

    def test_a_parameter_that_was_imported_can_be_removed(self):
        mirror = {"component": "shovel", "name": "mirror", "vhost": "/", "value": {"src-uri": "amqp://"}}
        operators = {"pattern": ".*", "definition": {"max-length": 1}}
        limits = {"component": "vhost-limits", "name": "limits", "vhost": "/", "value": {"max-queues": 1}}
        policy = {"component": "operator_policy", "name": "short", "vhost": "/", "value": operators}
        document = {"parameters": [mirror, limits, policy]}
        self.post(json.dumps(document).encode())
        for each in ("vhost-limits/%2F/limits", "shovel/%2F/mirror", "operator_policy/%2F/short"):
            path = f"/api/parameters/{each}"
            statuses = [self.http.request(method, path).status for method in ("GET", "DELETE", "GET")]
            self.assertEqual(statuses, [200, 204, 404], path)
        self.assertEqual(self.http.get("/api/parameters"), [])
        self.assertEqual(self.http.get("/api/operator-policies"), [])

    def test_another_type_is_refused(self):
        for kind in ("text/plain", "multipart/mixed; boundary=mark", "application/x-www-form-urlencoded"):
            self.assertEqual(self.post(form((FILE, "{}")), kind).status, 415)

    def test_the_path_says_into_which_virtual_host(self):
        self.broker.broker.add_vhost("other")
        self.assertEqual(self.post(json.dumps({"queues": [QUEUE]}).encode(), path="/api/definitions/other").status, 204)
        self.assertEqual((self.queues(), self.queues("other")), ([], ["q"]))

    def test_what_is_passed_over_is_told_in_the_log(self):
        lines: list[str] = []

        @implementer(ILogObserver)
        def observe(event: dict[str, Any]) -> None:
            if "line" in event:
                lines.append(event["line"])
            elif "count" in event:
                lines.append(f"and {event['count']} more")

        globalLogPublisher.addObserver(observe)
        self.addCleanup(globalLogPublisher.removeObserver, observe)
        odd = {**QUEUE, "vhost": "/", "name": "odd", "durable": False, "arguments": {"x-queue-type": "quorum"}}
        self.assertEqual(self.post(json.dumps({"queues": [odd] * 30 + [QUEUE]}).encode()).status, 204)
        self.assertEqual(self.queues(), ["q"])
        self.assertEqual(len(lines), 21)
        self.assertEqual(lines[0], "queues[0]: invalid property 'non-durable' for queue 'odd' in vhost '/'")
        self.assertEqual(lines[-1], "and 10 more")

    def test_the_default_queue_type_acts_on_later_declares_and_is_shown(self):
        vhost = {"name": "v", "metadata": {"default_queue_type": "quorum"}}
        self.post(json.dumps({"vhosts": [vhost], "queues": [{**QUEUE, "vhost": "v"}]}).encode())
        self.broker.users["guest"].permit("v")
        shown = self.http.get("/api/vhosts/v")
        self.assertEqual((shown["default_queue_type"], shown["metadata"]["default_queue_type"]), ("quorum", "quorum"))
        for name, durable, auto_delete in (("lasting", True, False), ("passing", False, False), ("auto", True, True)):
            asked = {"durable": durable, "auto_delete": auto_delete}
            self.assertEqual(self.http.request("PUT", f"/api/queues/v/{name}", asked).status, 201)
        self.assertEqual(
            {queue.name: (queue.type, queue.arguments) for queue in self.broker.vhosts["v"].queues.values()},
            {
                "q": ("classic", {}),
                "lasting": ("quorum", {"x-queue-type": "quorum"}),
                "passing": ("classic", {}),
                "auto": ("classic", {}),
            },
        )

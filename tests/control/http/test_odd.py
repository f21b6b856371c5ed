"""Odd requests, with the answers that RabbitMQ 3.10.8 gave to them."""

from __future__ import annotations

import json
from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from tests.control.http.memory import Answer, Client

SET = "/api/policies/%2F/p"


class Odd(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.http = Client(self.broker, self.clock)

    def statuses(self, *requests: str) -> list[int]:
        return [self.http.request(*request.split(" ")).status for request in requests]

    def put(self, path: str, **body: Any) -> Answer:
        answer: Answer = self.http.request("PUT", path, body)
        return answer

    def refused(self, **definition: Any) -> str:
        """Why a policy is refused."""
        answer = self.put(SET, pattern="a", definition=definition)
        self.assertEqual(400, answer.status)
        reason: str = answer.json["reason"]
        return reason.partition("\n\n")[2].strip()


class Paths(Odd):
    def test_a_percent_sign_with_no_number_is_refused(self) -> None:
        requests = ["GET /api/queues/%2F/%", "PUT /api/queues/%2F/%zz", "GET /api/whoami?x=%zz", "GET /api/%f"]
        self.assertEqual([400] * 4, self.statuses(*requests))
        self.assertEqual([], list(self.broker.vhosts["/"].queues))

    def test_dots_lead_to_here_and_above(self) -> None:
        for path in ("/api/./whoami", "/api/x/../whoami", "/../api/whoami", "/api/x/%2E%2E/whoami"):
            self.assertEqual("guest", self.http.get(path)["name"])
        self.assertEqual([201, 405], self.statuses("PUT /api/vhosts/a/../b", "PUT /api/queues/%2F/.."))
        self.assertIn("b", self.broker.vhosts)

    def test_what_is_not_the_path_is_passed_over(self) -> None:
        for path in ("/api/whoami#x", "http://localhost:15672/api/whoami", "/api/whoami#?columns=tags"):
            self.assertEqual("guest", self.http.get(path)["name"])

    def test_where_there_is_nothing_one_may_only_look(self) -> None:
        for path in ("/api/nosuch", "/nosuch", "/api/queues/%2F/a/b"):
            requests = [f"{method} {path}" for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "DELETE", "BREW")]
            self.assertEqual([404, 404, 200, 405, 405, 405, 501], self.statuses(*requests))
        self.assertEqual("HEAD, GET, OPTIONS", self.http.request("POST", "/api/nosuch", {}).headers["allow"])

    def test_a_method_that_nobody_knows(self) -> None:
        self.assertEqual([501, 501, 405], self.statuses("BREW /api/queues", "TRACE /api/queues", "PATCH /api/queues"))

    def test_a_binding_is_where_the_answer_says(self) -> None:
        self.broker.vhosts["/"].queues.declare("q")
        for key, tail in (("a~b", "a%257Eb"), ("a b/%c", "a%2Bb%252F%2525c"), ("plain", "plain"), ("", "~")):
            answer = self.http.request("POST", "/api/bindings/%2F/e/amq.topic/q/q", {"routing_key": key})
            self.assertEqual(f"q/{tail}", answer.headers["location"])
            found = self.http.get(f"/api/bindings/%2F/e/amq.topic/q/{answer.headers['location']}")
            self.assertEqual(key, found["routing_key"])


class Credentials(Odd):
    def test_what_is_no_name_and_password_is_refused(self) -> None:
        for said in ("Basic !", "Basic Zw==", "Digest Z3Vlc3Q6Z3Vlc3Q=", "Basic"):
            answer = self.http.request("GET", "/api/whoami", headers={"authorization": said})
            self.assertEqual(400, answer.status, said)

    def test_a_token_lets_nobody_in(self) -> None:
        answer = self.http.request("GET", "/api/whoami", headers={"authorization": "Bearer x"})
        self.assertEqual((401, "not_authorized"), (answer.status, answer.json["error"]))

    def test_the_page_for_users_asks_whether_it_may_log_in(self) -> None:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        for form, status in ((b"username=guest&password=guest", 200), (b"username=guest&password=x", 401), (b"", 401)):
            answer = self.http.request("POST", "/api/login", raw=form, headers=kind, user=None)
            self.assertEqual(status, answer.status, form)
            self.assertEqual(status == 200, answer.body == b'"ok"' or answer.json == "ok")


class Bodies(Odd):
    def test_base64_may_have_white_space(self) -> None:
        self.broker.vhosts["/"].queues.declare("q")
        message = {"routing_key": "q", "payload": "aG k=\n", "payload_encoding": "base64", "properties": {}}
        self.http.request("POST", "/api/exchanges/%2F/amq.default/publish", message)
        self.assertEqual([b"hi"], [each.body for each in self.broker.vhosts["/"].queues["q"].ready])

    def test_a_message_with_a_property_that_does_not_fit_is_refused(self) -> None:
        message = {"routing_key": "q", "payload": "", "payload_encoding": "string", "properties": {"type": "x" * 256}}
        answer = self.http.request("POST", "/api/exchanges/%2F/amq.default/publish", message)
        self.assertEqual(400, answer.status)
        self.assertIn("a value does not fit its field in the properties of basic", answer.json["reason"])

    def test_a_message_can_not_be_cut_to_less_than_nothing(self) -> None:
        self.broker.vhosts["/"].queues.declare("q")
        wanted = {"count": 1, "ackmode": "ack_requeue_true", "encoding": "auto", "truncate": -1}
        answer = self.http.request("POST", "/api/queues/%2F/q/get", wanted)
        self.assertEqual(400, answer.status)
        self.assertIn("truncate", answer.json["reason"])

    def test_columns_of_what_has_none(self) -> None:
        self.put("/api/queues/%2F/q")
        found = self.http.get("/api/queues/%2F/q?columns=name.first,durable.x")
        self.assertEqual({"name": "q", "durable": False}, found)

    def test_what_is_true_or_false_can_be_sorted_by(self) -> None:
        for name, durable in (("a", True), ("b", False), ("c", True)):
            self.put(f"/api/queues/%2F/{name}", durable=durable)
        self.assertEqual(["b", "a", "c"], [each["name"] for each in self.http.get("/api/queues?sort=durable")])

    def test_a_column_that_is_a_map_is_whole(self) -> None:
        self.put("/api/queues/%2F/q", arguments={"x-max-length": 5})
        for columns, shown in (("arguments.x", {"arguments": {"x-max-length": 5}}), ("nosuch", [])):
            self.assertEqual(shown, self.http.get(f"/api/queues/%2F/q?columns={columns}"))

    def test_an_administrator_as_of_old(self) -> None:
        for said, tags in ((True, ["administrator"]), ("true", ["administrator"]), (False, [])):
            self.put("/api/users/bob", password="x", administrator=said)
            self.assertEqual(tags, self.http.get("/api/users/bob")["tags"])
        self.assertEqual(["not_boolean", 5], self.put("/api/users/bob", password="x", administrator=5).json["reason"])


class Policies(Odd):
    def test_an_age_that_is_none(self) -> None:
        for age in ("x", "", "-1D", "1.5D", "1", 5):
            self.assertEqual(f"{shown(age)} is not a valid max age", self.refused(**{"max-age": age}))
        self.assertEqual(201, self.put(SET, pattern="a", definition={"max-age": "1D"}).status)

    def test_mirrors(self) -> None:
        for definition, reason in (
            ({"ha-mode": "all", "ha-params": 2}, 'ha-mode="all" does not take parameters'),
            ({"ha-mode": "exactly"}, 'ha-mode="exactly" takes an integer, none given'),
            ({"ha-mode": "exactly", "ha-params": ["a"]}, f'ha-mode="exactly" takes an integer, [{shown("a")}] given'),
            ({"ha-mode": "nodes", "ha-params": 2}, 'ha-mode="nodes" takes a list, 2 given'),
            ({"ha-mode": "nodes", "ha-params": []}, 'ha-mode="nodes" list must be non-empty'),
            (
                {"ha-mode": "nodes", "ha-params": ["a", 5]},
                'ha-mode="nodes" takes a list of strings, [5] was not a string',
            ),
            (
                {"ha-mode": "all", "ha-sync-batch-size": 0, "ha-promote-on-shutdown": "x"},
                "ha-sync-batch-size takes an integer greater than 0, 0 given",
            ),
            (
                {"ha-mode": "all", "ha-promote-on-shutdown": "x"},
                f'ha-promote-on-shutdown must be "always" or "when-synced", got {shown("x")}',
            ),
        ):
            self.assertEqual(reason, self.refused(**definition))
        self.assertEqual(201, self.put(SET, pattern="a", definition={"ha-mode": "exactly", "ha-params": 2}).status)

    def test_what_is_wrong_is_told_first_and_then_all_that_is_unknown(self) -> None:
        self.assertEqual("-1 is not a valid maximum length", self.refused(**{"zz": 4, "max-length": -1}))
        self.assertEqual("0 is not a valid queue expiry", self.refused(**{"max-length-bytes": -1, "expires": 0}))
        unknown = f"[{{{shown('yy')},5}},{{{shown('zz')},4}}] are not recognised policy settings"
        self.assertEqual(unknown, self.refused(zz=4, yy=5))


def shown(value: Any) -> str:
    return f"&lt;&lt;{json.dumps(value) if value else ''}&gt;&gt;" if isinstance(value, str) else str(value)

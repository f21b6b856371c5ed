"""A web page in the developer's browser can't reach the broker."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from tests.control.http.memory import Answer, Client


class Pages(SynchronousTestCase):
    def setUp(self):
        clock = Clock()
        self.broker = FakeBroker(clock=clock)
        self.client = Client(self.broker, clock, hosts=("rabbit.test",))

    def ask(self, path: str = "/fakebroker", method: str = "GET", **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.request(method, path, headers=named)

    def assertRefused(self, answer: Answer, reason: str) -> None:
        self.assertEqual(answer.status, 403)
        self.assertEqual(answer.json["error"], "forbidden")
        self.assertIn(reason, answer.json["reason"])

    def test_a_page_of_another_origin_is_refused_and_told_why(self):
        self.assertRefused(self.ask(origin="https://evil.test"), "A web page of https://evil.test may not")
        self.assertRefused(self.ask(origin="null"), "A web page of null may not")
        self.assertRefused(self.ask(origin="http://127.0.0.1:8000"), "A web page of http://127.0.0.1:8000 may not")

    def test_on_either_surface_and_whatever_the_path(self):
        for path in ("/api/whoami", "/api/definitions?auth=Z3Vlc3Q6Z3Vlc3Q=", "/", "/nowhere", "/fakebroker/faults/1"):
            self.assertRefused(self.ask(path, origin="https://evil.test"), "evil.test")

    def test_it_changes_nothing_either(self):
        self.assertRefused(self.ask("/fakebroker/alarms/memory", "PUT", origin="https://evil.test"), "evil.test")
        self.assertRefused(self.ask("/api/vhosts/v", "PUT", origin="https://evil.test"), "evil.test")
        self.assertEqual((self.broker.alarms.raised, list(self.broker.vhosts)), ((), ["/"]))

    def test_its_images_and_links_are_refused_though_they_have_no_origin(self):
        self.assertRefused(self.ask(sec_fetch_site="cross-site"), "cross-site")
        self.assertRefused(self.ask(sec_fetch_site="same-site"), "same-site")

    def test_a_name_that_was_made_to_lead_here_is_refused(self):
        self.assertRefused(self.ask(host="evil.test:15672"), "'Host: evil.test:15672' names a host")
        self.assertRefused(self.ask(host="127.0.0.1.evil.test"), "names a host")
        self.assertRefused(self.ask(host="localhost.evil.test"), "names a host")

    def test_a_preflight_is_refused_and_no_answer_lets_pages_read_it(self):
        self.assertRefused(self.ask("/fakebroker/reset", "OPTIONS", origin="https://evil.test"), "evil.test")
        for answer in (self.ask(), self.ask(origin="https://evil.test"), self.ask("/api/whoami", "OPTIONS")):
            self.assertEqual([name for name in answer.headers if name.startswith("access-control")], [])

    def test_who_is_no_page_gets_in(self):
        for host in ("localhost", "localhost:15672", "LOCALHOST", "127.0.0.1:15672", "[::1]:15672", "192.0.2.7"):
            self.assertEqual(self.ask(host=host).status, 200, host)

    def test_a_name_that_is_known_gets_in(self):
        self.assertEqual(self.ask(host="rabbit.test:15672").status, 200)

    def test_a_page_of_the_broker_itself_gets_in(self):
        answer = self.ask(host="localhost:15672", origin="http://localhost:15672", sec_fetch_site="same-origin")
        self.assertEqual(answer.status, 200)


class OtherMachines(SynchronousTestCase):
    def setUp(self):
        clock = Clock()
        self.broker = FakeBroker(clock=clock)
        self.client = Client(self.broker, clock)

    def test_guest_may_come_from_anywhere(self):
        self.client.peer = "192.0.2.7"
        self.assertEqual("guest", self.client.get("/api/whoami")["name"])

    def test_who_may_come_from_this_machine_only_is_told_so(self):
        self.broker.users.loopback.add("guest")
        self.assertEqual("guest", self.client.get("/api/whoami")["name"])
        self.client.peer = "192.0.2.7"
        answer = self.client.request("GET", "/api/whoami")
        told = {"error": "not_authorised", "reason": "User can only log in via localhost"}
        self.assertEqual((401, told), (answer.status, answer.json))

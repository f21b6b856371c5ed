"""The verdicts over HTTP."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.ledger.verdicts import VERDICTS
from tests.control.http.memory import Client
from tests.rawclient import RawClient


class VerdictsOverHttp(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock, ledger=True)
        self.http = Client(self.broker, self.clock)
        client = RawClient.connect(self.broker, self.clock).open(heartbeat=10)
        client.open_channel()
        client.send("queue.declare", 1, queue="jobs")
        for _ in range(11):
            client.send("basic.get", 1, queue="jobs")

    def test_they_are_those_of_the_ledger(self) -> None:
        (verdict,) = self.broker.ledger.verdicts()
        self.assertEqual(self.get(), {"clean": True, "verdicts": [verdict.to_json()]})

    def test_they_can_be_made_to_fail_or_switched_off(self) -> None:
        self.assertEqual([each["fails"] for each in self.get("?fail=no-prefetch,polling")["verdicts"]], [True])
        self.assertFalse(self.get("?strict=all")["clean"])
        self.assertEqual(self.get("?off=polling"), {"clean": True, "verdicts": []})

    def test_an_unknown_one_is_refused(self) -> None:
        answer = self.http.request("GET", "/fakebroker/verdicts?off=poling", user=None)
        self.assertEqual(answer.status, 400)
        self.assertIn("did you mean 'polling'", answer.json["reason"])

    def test_a_broker_that_keeps_no_ledger_says_what_to_do(self) -> None:
        answer = Client(FakeBroker(clock=self.clock), self.clock).request("GET", "/fakebroker/verdicts", user=None)
        self.assertEqual(answer.status, 409)
        self.assertIn("--ledger", answer.json["reason"])

    def test_all_that_there_are_can_be_asked_for(self) -> None:
        known = self.http.get("/fakebroker/verdicts/known", user=None)
        self.assertEqual([each["name"] for each in known], list(VERDICTS))
        self.assertIn(
            "more than 10 times basic.get", next(each["summary"] for each in known if each["name"] == "polling")
        )

    def get(self, query: str = "") -> dict:
        found = self.http.get(f"/fakebroker/verdicts{query}", user=None)
        assert isinstance(found, dict)
        return found

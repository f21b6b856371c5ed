"""The ledger over HTTP."""

from __future__ import annotations

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from tests.control.http.memory import Client
from tests.rawclient import Content, RawClient


class LedgerOverHttp(SynchronousTestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock, ledger=True)
        self.http = Client(self.broker, self.clock)
        client = RawClient.connect(self.broker, self.clock).open()
        client.open_channel()
        client.send("queue.declare", 1, queue="jobs")
        for number, key in enumerate(("jobs", "nowhere")):
            client.send("basic.publish", 1, Content.make({"message_id": str(number)}, b"body"), routing_key=key)

    def test_it_is_what_the_broker_has(self) -> None:
        self.assertEqual(self.http.get("/fakebroker/ledger", user=None), self.broker.ledger.to_json())

    def test_messages_can_be_asked_for(self) -> None:
        for query, numbers in {"message_id=1": [2], "queue=jobs&place=ready": [1], "body=body": [1, 2]}.items():
            found = self.http.get(f"/fakebroker/ledger?{query}", user=None)
            self.assertEqual([message["number"] for message in found["messages"]], numbers, query)

    def test_as_text_it_is_lives_in_lines(self) -> None:
        answer = self.http.request("GET", "/fakebroker/ledger/text?message_id=0", user=None)
        (message,) = self.broker.ledger.of(message_id="0")
        self.assertEqual(answer.body.decode(), f"{message}\n")

    def test_a_broker_that_keeps_none_says_what_to_do(self) -> None:
        answer = Client(FakeBroker(clock=self.clock), self.clock).request("GET", "/fakebroker/ledger", user=None)
        self.assertEqual(
            (answer.status, answer.json["reason"]), (409, "this broker keeps no ledger: start it with --ledger")
        )

"""What RabbitMQ's management plugin answered, fakebroker answers too."""

from __future__ import annotations

from typing import Any

from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.server.listeners import ListenAddress
from fakebroker.wire.command import Content
from tests.control.http.conversation import answered, conversations, difference, steps, unordered
from tests.control.http.memory import Client
from tests.rawclient import RawClient


class Recorded(SynchronousTestCase):
    maxDiff = None

    def play(self, name: str) -> None:
        """Go through a conversation, with a broker of its own."""
        clock = Clock()
        broker = FakeBroker(clock=clock)
        broker.listeners.addresses.append(ListenAddress("127.0.0.1", 5672, secure=False))
        client = Client(broker, clock)
        peer: RawClient | None = None
        wrong = []
        for number, step in enumerate(steps(name), 1):
            if "amqp" in step:
                peer = peer or RawClient.connect(broker, clock).open(client_properties={"connection_name": "recorded"})
                self.amqp(peer, step)
                continue
            found, expected = self.http(client, step), self.expected(step)
            if step.get("unordered"):
                found, expected = unordered(found), unordered(expected)
            if expected["status"] == 500:  # RabbitMQ has crashed, and says nothing; fakebroker says what was wrong
                if found["status"] not in (400, 404) or not found["answer"]["reason"]:
                    wrong.append(f"line {number}: {step['http']} is answered with {found}")
            elif found != expected:
                wrong.append(f"line {number}: {step['http']}\n{difference(expected, found, 'fakebroker')}")
        self.assertEqual(wrong, [], "\n".join([f"{name}.jsonl, RabbitMQ's answers and fakebroker's:", *wrong]))

    def amqp(self, peer: RawClient, step: dict[str, Any]) -> None:
        fields = {key: value for key, value in step.items() if key not in ("amqp", "channel", "body", "properties")}
        content = Content.make(step.get("properties", {}), step["body"].encode()) if "body" in step else None
        peer.send(step["amqp"], step.get("channel", 1), content, **fields)

    def http(self, client: Client, step: dict[str, Any]) -> dict[str, Any]:
        method, _, path = step["http"].partition(" ")
        answer = client.request(
            method,
            path,
            step.get("json"),
            raw=step.get("raw", "").encode(),
            user=step.get("as", "guest:guest"),
        )
        body = answer.body.replace(b'"client"', b'"127.0.0.1"').replace(b'"broker"', b'"127.0.0.1"')
        body = body.replace(b"client:1 -> broker", b"127.0.0.1:50000 -> 127.0.0.1")
        return answered(answer.status, answer.headers, body.replace(b'"peer_port":1', b'"peer_port":50000'))

    def expected(self, step: dict[str, Any]) -> dict[str, Any]:
        return {key: step[key] for key in ("status", "headers", "answer") if key in step}


def _test(name: str) -> Any:
    return lambda self: self.play(name)


for _name in conversations():
    setattr(Recorded, f"test_{_name.replace('-', '_')}", _test(_name))

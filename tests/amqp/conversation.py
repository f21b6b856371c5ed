"""What tests of the channel methods share: a client with open channels, who writes down what comes back."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from twisted.internet.task import Clock

from fakebroker import FakeBroker
from fakebroker.wire.command import Command, Content
from tests.rawclient import RawClient

CAPABILITIES = {"consumer_cancel_notify": True, "basic.nack": True, "publisher_confirms": True}


class ConversationCase(TestCase):
    """Channel 1 is open. ``said`` is what came back, in one line for each command."""

    version = "0-9-1"

    def setUp(self) -> None:
        self.clock = Clock()
        self.broker = FakeBroker(clock=self.clock)
        self.addCleanup(self._nothing_is_left)
        self.vhost = self.broker.vhosts["/"]
        self.client = self.connect()

    def _nothing_is_left(self) -> None:
        self.broker.stop()
        self.assertEqual([], self.clock.getDelayedCalls())

    def connect(self, capabilities: dict[str, Any] | None = None, **log_in: Any) -> RawClient:
        """One more client, with a channel."""
        capabilities = CAPABILITIES if capabilities is None else capabilities
        client = RawClient.connect(self.broker, self.clock, self.version).open(capabilities=capabilities, **log_in)
        client.open_channel()
        return client

    def do(self, name: str, channel: int = 1, body: bytes | None = None, **fields: Any) -> list[str]:
        """Send a command; what comes back."""
        properties = fields.pop("properties", {})
        content = None if body is None else Content.make(properties, body)
        self.client.send(name, channel, content, **fields)
        return self.said(self.client)

    def publish(self, key: str, body: bytes = b"m", exchange: str = "", **fields: Any) -> list[str]:
        return self.do("basic.publish", body=body, exchange=exchange, routing_key=key, **fields)

    def said(self, client: RawClient) -> list[str]:
        """What the broker said since the last time: ``basic.deliver tag 1 body``."""
        events, client.events = client.events, []
        return [_line(event) for event in events if isinstance(event, Command)]

    def assertClosed(self, code: int, text: str, answer: list[str]) -> None:
        """The answer is a channel.close with this code and text; the channel is opened again."""
        self.assertEqual([f"channel.close {code} {text}"], answer)
        self.client.send("channel.close-ok", 1)
        self.client.open_channel()


def _line(command: Command) -> str:
    args = command.args
    told = {
        "channel.close": ("reply_code", "reply_text"),
        "connection.close": ("reply_code", "reply_text"),
        "basic.deliver": ("consumer_tag", "delivery_tag"),
        "basic.get-ok": ("delivery_tag", "message_count"),
        "basic.return": ("reply_code", "reply_text"),
    }.get(command.name, tuple(field for field in args._fields if field not in ("channel_id", "cluster_id")))
    words = [command.name, *(str(getattr(args, field)) for field in told)]
    if getattr(args, "redelivered", False):
        words.append("redelivered")
    if command.content is not None:
        words.append(command.content.body.decode())
    return " ".join(words)

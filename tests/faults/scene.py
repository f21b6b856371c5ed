"""A broker with rules, a raw client, and a clock to turn: what the tests of faults begin with.

Clients are ``RawClient``; they are passed about as ``Any``, since a test knows of what kind the events are that it
expects.
"""

from __future__ import annotations

from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.testing import VirtualClock
from fakebroker.wire.command import Command, Content
from tests.rawclient import RawClient


class Scene(SynchronousTestCase):
    """``self.add`` adds a rule, ``self.client`` is a client that is ready to work on channel 1."""

    def setUp(self) -> None:
        self.clock = VirtualClock()
        self.broker = FakeBroker(clock=self.clock)
        self.add = self.broker.faults.add
        self.addCleanup(self.broker.stop)

    def connect(self, version: str = "0-9-1") -> Any:
        """A client that has sent nothing."""
        return RawClient.connect(self.broker, self.clock, version)

    def client(self, version: str = "0-9-1", **options: Any) -> Any:
        """A client with channel 1 open and a queue ``q``."""
        client = self.connect(version).open(**options)
        client.open_channel(1)
        client.send("queue.declare", 1, queue="q")
        client.take("queue.declare-ok")
        client.octets = b""
        return client

    def publish(
        self, client: Any, body: str = "hello", key: str = "q", properties: dict[str, Any] | None = None, **fields: Any
    ) -> None:
        """Publish to the queue ``q``."""
        content = Content.make(properties, body.encode())
        client.send("basic.publish", 1, content, routing_key=key, **fields)

    def confirming(self, **options: Any) -> Any:
        """A client whose channel 1 is in confirm mode."""
        client = self.client(**options)
        client.send("confirm.select", 1)
        client.take("confirm.select-ok")
        return client

    def consuming(self, no_ack: bool = False, **options: Any) -> Any:
        """A client that consumes ``q`` with the tag ``c``."""
        client = self.client(**options)
        client.send("basic.consume", 1, queue="q", consumer_tag="c", no_ack=no_ack)
        client.take("basic.consume-ok")
        client.octets = b""
        return client

    def is_well(self, client: Any) -> bool:
        """Whether the client's channel 1 still answers."""
        client.events.clear()
        client.send("queue.declare", 1, queue="q", passive=True)
        return bool(client.names == ["queue.declare-ok"])

    def waiting(self) -> int:
        """How many messages wait in ``q``, as another client is told."""
        asking = self.connect().open()
        asking.open_channel(1)
        asking.send("queue.declare", 1, queue="q", passive=True)
        count: int = asking.take("queue.declare-ok").args.message_count
        asking.hang_up()
        return count


def bodies(client: Any) -> list[str]:
    """The bodies that a client was sent and has not taken."""
    return [
        event.content.body.decode()
        for event in client.events
        if isinstance(event, Command) and event.content is not None
    ]


def tags(client: Any) -> list[tuple[str, int]]:
    """The names and delivery tags of what a client was sent and has not taken."""
    return [(event.name, event.args.delivery_tag) for event in client.events if isinstance(event, Command)]

"""A broker that keeps a ledger, a raw client, and words for what the ledger says."""

from __future__ import annotations

from typing import Any

from fakebroker import FakeBroker
from fakebroker.ledger.event import Event
from fakebroker.ledger.message import Copy, PublishedMessage
from tests.faults.scene import Scene


class LedgerScene(Scene):
    """``self.ledger`` is the ledger; ``self.client()`` has channel 1 open and has declared the queue ``q``."""

    def setUp(self) -> None:
        super().setUp()
        self.broker = FakeBroker(clock=self.clock, ledger=True)
        self.add = self.broker.faults.add
        self.addCleanup(self.broker.stop)
        self.ledger = self.broker.ledger

    def declare(self, client: Any, queue: str, **arguments: Any) -> None:
        """Declare a queue."""
        fields = {name: arguments.pop(name) for name in ("durable", "exclusive", "auto_delete") if name in arguments}
        named = {f"x-{name.replace('_', '-')}": value for name, value in arguments.items()}
        client.send("queue.declare", 1, queue=queue, arguments=named, **fields)
        client.take("queue.declare-ok")

    def only(self, **which: Any) -> PublishedMessage:
        """The one message, or the one that fits."""
        (message,) = self.ledger.of(**which)
        return message

    def copy(self, queue: str = "q", **which: Any) -> Copy:
        """The last copy of the one message in a queue."""
        return [copy for copy in self.only(**which).copies if copy.queue == queue][-1]


def names(events: list[Event]) -> list[str]:
    """The names of events."""
    return [event.name for event in events]

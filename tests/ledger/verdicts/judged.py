"""A test case whose clients are judged: they send what a test says, right or wrong."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from fakebroker import FakeBroker
from fakebroker.ledger.verdicts import Verdict
from fakebroker.testing.clock import VirtualClock
from tests.rawclient import Content as RawContent
from tests.rawclient import RawClient


class Program:
    """One connection of a program, with what programs do."""

    def __init__(
        self, broker: FakeBroker, clock: VirtualClock, name: str, heartbeat: int, **capabilities: bool
    ) -> None:
        told = {"consumer_cancel_notify": True, "connection.blocked": True, "basic.nack": True, **capabilities}
        self.clock = clock
        self.raw = RawClient.connect(broker, clock)
        self.raw.open(heartbeat=heartbeat, client_properties={"product": name, "capabilities": told})

    def open(self, channel: int = 1, *, confirms: bool = False, prefetch: int = 0) -> Program:
        self.send("channel.open", channel)
        if confirms:
            self.send("confirm.select", channel)
        if prefetch:
            self.send("basic.qos", channel, prefetch_count=prefetch)
        return self

    def send(self, name: str, channel: int = 1, content: RawContent | None = None, **fields: Any) -> None:
        self.raw.send(name, channel, content, **fields)

    def declare(self, queue: str = "jobs", channel: int = 1, **fields: Any) -> Program:
        self.send("queue.declare", channel, queue=queue, **fields)
        return self

    def publish(
        self, body: str, key: str = "jobs", channel: int = 1, mandatory: bool = False, **properties: Any
    ) -> None:
        content = RawContent.make(properties, body.encode())
        self.send("basic.publish", channel, content, routing_key=key, mandatory=mandatory)

    def consume(self, queue: str = "jobs", tag: str = "me", channel: int = 1, no_ack: bool = False) -> Program:
        self.send("basic.consume", channel, queue=queue, consumer_tag=tag, no_ack=no_ack)
        return self

    def ack(self, tag: int, channel: int = 1, multiple: bool = False) -> None:
        self.send("basic.ack", channel, delivery_tag=tag, multiple=multiple)

    def reject(self, tag: int, channel: int = 1, requeue: bool = True) -> None:
        self.send("basic.reject", channel, delivery_tag=tag, requeue=requeue)

    def close_channel(self, channel: int = 1) -> None:
        self.send("channel.close", channel, reply_code=200)

    def close(self) -> None:
        self.send("connection.close", 0, reply_code=200)
        self.raw.hang_up()

    @property
    def is_lost(self) -> bool:
        return self.raw.lost is not None

    def came(self, name: str) -> list[Any]:
        """The commands of this name that have come."""
        return [each for each in self.raw.events if getattr(each, "name", "") == name]


class JudgedCase(TestCase):
    """A broker with a ledger, in virtual time."""

    def setUp(self) -> None:
        self.clock = VirtualClock()
        self.broker = FakeBroker(clock=self.clock, ledger=True)
        self.addCleanup(self.broker.stop)

    def connect(self, name: str = "worker", heartbeat: int = 0, **capabilities: bool) -> Program:
        return Program(self.broker, self.clock, name, heartbeat, **capabilities)

    def program(self, name: str = "worker", **options: Any) -> Program:
        """A program with one channel, and the queue ``jobs``."""
        return self.connect(name).open(**options).declare()

    def found(self, name: str, **which: object) -> list[Verdict]:
        return [each for each in self.broker.ledger.verdicts(**which) if each.name == name]

    def assert_falls(self, name: str, *crossings: str, fails: bool, text: str = ".") -> None:
        """That there is one verdict of this name, which rests on these crossings."""
        found = self.found(name)
        self.assertEqual(len(found), 1, [str(each) for each in self.broker.ledger.verdicts()])
        (verdict,) = found
        self.assertEqual((verdict.crossings, verdict.fails), (crossings, fails), str(verdict))
        self.assertRegex(verdict.text, text)

    def assert_does_not_fall(self, name: str) -> None:
        """That there is no verdict of this name, and that none fails."""
        self.assertEqual([str(each) for each in self.found(name)], [])
        self.broker.ledger.assert_clean()

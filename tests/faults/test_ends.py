"""Whatever ends a connection, at whatever point of a conversation: the client is told, and nothing is logged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.defer import inlineCallbacks
from twisted.trial.unittest import SynchronousTestCase
from txamqp.content import Content

from connector import AmqpConnector
from fakebroker import FakeBroker
from fakebroker.faults import (
    Action,
    Close,
    CloseConnection,
    Cut,
    Do,
    Down,
    Expire,
    Reset,
    Truncate,
    WrongFrameEnd,
    between,
    when,
)
from fakebroker.testing import VirtualClock

ENDS: tuple[Callable[[], Action], ...] = (
    lambda: Close(),
    lambda: Close(after=True),
    lambda: Reset(),
    lambda: Reset(after=True),
    lambda: CloseConnection(),
    lambda: CloseConnection(after=True),
    lambda: Down(5),
    lambda: Do("restart"),
    lambda: Do("restart", after=True),
    lambda: Expire(),
    lambda: Truncate(3),
    lambda: Cut("half"),
    lambda: WrongFrameEnd(),
)


class Sweep(SynchronousTestCase):
    @inlineCallbacks
    def conversation(self, client: Any) -> Any:
        """The connector's plain conversation: in, declare, publish, consume, acknowledge."""
        yield client.connect()
        yield client.authenticate()
        channel = yield client.channel_open()
        yield channel.queue_declare(queue="jobs")
        yield channel.basic_consume(queue="jobs", consumer_tag="me")
        channel.basic_publish(routing_key="jobs", content=Content("x"))
        message = yield (yield client.queue("me")).get()
        channel.basic_ack(message.delivery_tag)
        yield channel.queue_delete(queue="jobs")

    def run_with(self, number: int, action: Action) -> bool:
        """Whether the conversation has so many points at which the action can act."""
        clock = VirtualClock()
        broker = FakeBroker(clock=clock)
        rule = broker.faults.add(when(connection=between(1, 9), nth=number), action)
        client = AmqpConnector(endpoint=broker.endpoint(), clock=clock)
        ending = self.conversation(client)
        ending.addErrback(lambda failure: None)  # it is told of the end, in whatever words
        clock.result(ending)
        clock.result(client.disconnect())
        clock.result(broker.stop())
        clock.settle()
        return rule.matched >= number

    def test_each_end_at_each_point(self) -> None:
        for make in ENDS:
            number = 1
            while self.run_with(number, action := make()):
                self.assertEqual([], self.flushLoggedErrors(), f"{action} at {number}")
                number += 1
            self.assertGreater(number, 8)

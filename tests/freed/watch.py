"""Finds what a scenario has left behind: whatever is alive still while the collector is off."""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

from twisted.trial.unittest import SynchronousTestCase

from fakebroker import FakeBroker
from fakebroker.faults import Drop, when
from fakebroker.testing import VirtualClock
from fakebroker.wire.command import Content
from fakebroker.wire.spec import load
from tests.freed.sockets import Sockets
from tests.rawclient import HEADERS, RawClient

WATCHED = ("fakebroker", "tests.rawclient", "tests.freed.sockets")
"""Packages whose objects must be gone; with them goes whatever they hold, bodies of messages among it."""

REMEMBERED = (
    *("fakebroker.wire.codec", "fakebroker.wire.properties", "fakebroker.patterns"),
    *("fakebroker.server.listeners", "fakebroker.faults.rule", "fakebroker.faults.active_rule"),
    *("fakebroker.faults.match", "fakebroker.faults.actions", "fakebroker.values"),
)
"""Where values are made that are kept: arguments, properties and patterns, as they come again and again (there is room
for so many and no more), what the broker listens on, and rules, of which it is told whether they acted."""

C = TypeVar("C", bound="Freed")


def freed(scenario: Callable[[C], object]) -> Callable[[C], None]:
    """A test: when the scenario is over, nothing of what it made is left, though nobody has collected cycles."""

    @wraps(scenario)
    def test(case: C) -> None:
        case.begin()
        try:
            scenario(case)
            case.end_well()
            case.pause()
            case.broker.journal.clear()
            case.assertEqual({}, left())
        finally:
            case.end()

    return test


def left() -> dict[str, int]:
    """How many there are of what, of all that was made since the scenario began."""
    types = [type(each) for each in gc.get_objects() if not isinstance(each, type)]
    watched = [each for each in types if str(each.__module__).startswith(WATCHED)]
    return dict(Counter(each.__qualname__ for each in watched if not each.__module__.startswith(REMEMBERED)))


class Freed(SynchronousTestCase):
    """In memory; ``OverTcp`` and ``OverTls`` have the same over sockets."""

    def setUp(self) -> None:
        self.clock = VirtualClock()
        self.broker = self.make_broker()
        self.addCleanup(self.stop)
        self.broker.faults.add(when("basic.publish"), Drop()).remove()
        for version in HEADERS:
            load(version)
        self.busy().hang_up()  # what is made once is made now
        self.broker.vhosts["/"].queues.delete(self.broker.vhosts["/"].queues["q"])

    def make_broker(self) -> FakeBroker:
        return FakeBroker(clock=self.clock)

    def stop(self) -> None:
        self.broker.stop()
        self.pause()

    def begin(self) -> None:
        """From here on all that is made is watched, and nobody collects."""
        self.pause()
        gc.collect()
        gc.disable()
        gc.freeze()

    def end(self) -> None:
        gc.unfreeze()
        gc.enable()

    def pause(self) -> None:
        """Let happen what is due."""
        self.clock.advance(0)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.clock.advance(seconds)
        self.pause()

    def end_well(self) -> None:
        """What every scenario of a class ends with."""

    def count(self, what: type) -> int:
        """How many there are that were made since the scenario began."""
        return sum(type(each) is what for each in gc.get_objects())

    # --- clients

    def connect(self, version: str = "0-9-1") -> Any:
        """A client that has sent nothing."""
        return RawClient.connect(self.broker, self.clock, version)

    def client(self, version: str = "0-9-1", **options: Any) -> Any:
        """A client with channel 1 open."""
        client = self.connect(version).open(**options)
        client.open_channel(1)
        return client

    def busy(self, **options: Any) -> Any:
        """A client with something of everything: consumers, confirms, a transaction, a limit, what is not settled."""
        client = self.client(heartbeat=20, **options)
        client.send("queue.declare", 1, queue="q")
        client.send("queue.declare", 1, queue="own", exclusive=True)
        client.send("basic.consume", 1, queue="amq.rabbitmq.reply-to", consumer_tag="replies", no_ack=True)
        client.send("confirm.select", 1)
        self.publish(client, 1, "q", "own", "q", "nowhere")
        client.send("basic.get", 1, queue="own")
        client.send("basic.qos", 1, prefetch_count=2, global_=True)
        client.send("basic.consume", 1, queue="q", consumer_tag="c")
        self.publish(client, 1, "q", "q", "q", reply_to="amq.rabbitmq.reply-to")
        client.open_channel2 = client.send("channel.open", 2)
        client.send("tx.select", 2)
        client.send("basic.consume", 2, queue="q", consumer_tag="other")
        self.publish(client, 2, "q", "nowhere")
        client.send("basic.ack", 2, delivery_tag=0, multiple=True)
        return client

    def publish(self, client: Any, channel: int, *keys: str, **properties: Any) -> None:
        """Publish a message with each routing key, all of them mandatory."""
        for key in keys:
            content = Content.make(properties, b"x" * 100)
            client.send("basic.publish", channel, content, routing_key=key, mandatory=True)

    def delete(self, *queues: str) -> None:
        """Delete queues that are to be gone when the scenario is over."""
        for queue in queues:
            self.broker.delete_queue(queue)


class OverTcp(Freed):
    """The same over sockets."""

    secure = False

    def make_broker(self) -> FakeBroker:
        self.sockets = Sockets(self.clock)
        self.addCleanup(self.sockets.close)
        broker = FakeBroker(self.sockets.reactor, clock=self.clock)
        self.successResultOf(broker.listen_tls() if self.secure else broker.listen())
        return broker

    def pause(self) -> None:
        self.sockets.advance(0)

    def connect(self, version: str = "0-9-1") -> Any:
        port = self.broker.tls_port if self.secure else self.broker.port
        assert port is not None, "it listens"
        return self.sockets.connect(port, version, self.secure)


class OverTls(OverTcp):
    """The same over TLS."""

    secure = True

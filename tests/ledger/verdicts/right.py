"""A program that does everything right: it publishes with confirms, consumes with acks, and connects again.

What is in doubt is published again, what was confirmed is not. It answers each question before it acks it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet.interfaces import IDelayedCall
from twisted.internet.protocol import Factory, Protocol

from fakebroker import FakeBroker
from fakebroker.testing.clock import VirtualClock
from fakebroker.wire.command import Command, Content, Event, Heartbeat, Malformed
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import HEARTBEAT, encode
from tests.rawclient import HEADERS

PAUSE = 2.0
"""Seconds before it connects again."""
BEATS = 10
"""Seconds between heartbeats. After two without a sign of the broker it hangs up."""
PATIENCE = 40.0
"""Seconds without progress, after which it begins anew with a new connection."""
MOST_CONNECTIONS = 30


class RightProgram:
    """The program: which messages are in doubt, which have come back.

    :param window: how many messages may be unconfirmed at a time.
    """

    def __init__(self, broker: FakeBroker, clock: VirtualClock, count: int = 5, window: int = 2) -> None:
        self.broker, self.clock, self.window = broker, clock, window
        self.to_send = [f"job {number}" for number in range(1, count + 1)]
        self.wanted = list(self.to_send)
        self.back: list[str] = []
        self.connections = 0
        self.is_over = False
        self.connect()

    def connect(self) -> None:
        """Connect, unless all is done."""
        if self.is_over or self.connections >= MOST_CONNECTIONS:
            return
        self.connections += 1
        factory = Factory()
        factory.noisy = False
        factory.buildProtocol = lambda addr: _Talk(self)  # type: ignore[method-assign]
        self.broker.endpoint().connect(factory).addErrback(lambda failure: self.later(self.connect))

    def later(self, call: Callable[[], None], seconds: float = PAUSE) -> IDelayedCall:
        return self.clock.callLater(seconds, call)

    @property
    def is_done(self) -> bool:
        return not self.to_send and sorted(set(self.back)) == sorted(self.wanted)


class _Talk(Protocol):
    """One connection of the program."""

    def __init__(self, program: RightProgram) -> None:
        self.program = program
        self.spec = load("0-9-1")
        self.reader = Reader(self.spec, lambda channel: True)
        self.doubtful: dict[int, str] = {}
        self.sent = 0
        self.is_ready = self.is_blocked = False
        self.is_gone = False
        self.silent = 0
        self.timers: list[IDelayedCall] = []

    # --- Twisted's side

    def connectionMade(self) -> None:
        self.write(HEADERS["0-9-1"])
        self.timers = [self.program.later(self.beat, BEATS), self.program.later(self.drop, PATIENCE)]

    def dataReceived(self, data: bytes) -> None:
        self.silent = 0
        for event in self.reader.feed(data):
            if not self.is_gone:
                self.hear(event)

    def connectionLost(self, reason: object = None) -> None:
        self.leave()

    def leave(self) -> None:
        """This connection is of no use any more: go on with another."""
        if self.is_gone:
            return
        self.is_gone = True
        for timer in self.timers:
            if timer.active():
                timer.cancel()
        self.program.to_send[:0] = self.doubtful.values()
        self.program.later(self.program.connect)

    def drop(self) -> None:
        self.leave()
        transport: Any = self.transport
        transport.abortConnection()

    def beat(self) -> None:
        self.silent += 1
        if self.silent > 2:
            self.drop()
        else:
            self.write(HEARTBEAT)
            self.timers[0] = self.program.later(self.beat, BEATS)

    def write(self, data: bytes) -> None:
        transport: Any = self.transport
        transport.write(data)

    def send(self, name: str, channel: int = 1, content: Content | None = None, **fields: Any) -> None:
        self.write(encode(self.spec.command(channel, name, content, **fields), 131072))

    # --- what it does

    def hear(self, event: Event) -> None:
        if isinstance(event, Malformed):
            self.drop()
        elif isinstance(event, Command):
            act = getattr(self, "on_" + event.name.replace(".", "_").replace("-", "_"), None)
            if act is not None:
                act(event)
        elif not isinstance(event, Heartbeat):
            self.drop()

    def on_connection_start(self, _: Command) -> None:
        told = {"consumer_cancel_notify": True, "connection.blocked": True, "basic.nack": True}
        properties = {"product": "right", "capabilities": told}
        fields: dict[str, Any] = {"mechanism": "PLAIN", "response": b"\0guest\0guest", "locale": "en_US"}
        self.send("connection.start-ok", 0, client_properties=properties, **fields)

    def on_connection_tune(self, tune: Command) -> None:
        self.send("connection.tune-ok", 0, channel_max=tune.args.channel_max, frame_max=131072, heartbeat=BEATS)
        self.send("connection.open", 0, virtual_host="/")

    def on_connection_open_ok(self, _: Command) -> None:
        self.open()

    def open(self) -> None:
        self.is_ready, self.sent = False, 0
        self.send("channel.open")

    def on_channel_open_ok(self, _: Command) -> None:
        self.send("confirm.select")

    def on_confirm_select_ok(self, _: Command) -> None:
        self.send("basic.qos", prefetch_count=2)

    def on_basic_qos_ok(self, _: Command) -> None:
        self.subscribe()

    def subscribe(self) -> None:
        self.send("queue.declare", queue="jobs", durable=True)

    def on_queue_declare_ok(self, _: Command) -> None:
        self.send("basic.consume", queue="jobs", consumer_tag="me")

    def on_basic_consume_ok(self, _: Command) -> None:
        self.is_ready = True
        self.publish()

    def publish(self) -> None:
        program = self.program
        while self.is_ready and not self.is_blocked and program.to_send and len(self.doubtful) < program.window:
            body = program.to_send.pop(0)
            self.sent += 1
            self.doubtful[self.sent] = body
            properties: dict[str, Any] = {
                "delivery_mode": 2,
                "message_id": body,
                "correlation_id": body,
                "reply_to": "done",
            }
            self.send("basic.publish", 1, Content.make(properties, body.encode()), routing_key="jobs")

    def on_basic_ack(self, ack: Command) -> None:
        self.settle(ack)
        self.publish()
        self.finish()

    def on_basic_nack(self, nack: Command) -> None:
        self.program.to_send[:0] = self.settle(nack)
        self.publish()

    def settle(self, confirm: Command) -> list[str]:
        """The messages that a confirm is for; they are in doubt no more."""
        tag, multiple = confirm.args.delivery_tag, confirm.args.multiple
        tags = [each for each in self.doubtful if each == tag or (multiple and (each <= tag or tag == 0))]
        self.progress()
        return [self.doubtful.pop(each) for each in tags]

    def on_basic_deliver(self, delivery: Command) -> None:
        assert delivery.content is not None
        body = delivery.content.body.decode()
        if body not in self.program.back:
            self.program.back.append(body)
            self.sent += 1
            self.send("basic.publish", 1, Content.make({"correlation_id": body}, b"done"), routing_key="done")
        self.send("basic.ack", delivery_tag=delivery.args.delivery_tag)
        self.progress()
        self.finish()

    def progress(self) -> None:
        self.timers[1].reset(PATIENCE)

    def finish(self) -> None:
        if self.program.is_done and not self.doubtful and not self.program.is_over:
            self.program.is_over = True
            self.send("connection.close", 0, reply_code=200)

    def on_basic_cancel(self, cancel: Command) -> None:
        if cancel.args.consumer_tag == "me":
            self.subscribe()

    def on_channel_close(self, _: Command) -> None:
        self.program.to_send[:0] = self.doubtful.values()
        self.doubtful = {}
        self.send("channel.close-ok")
        self.program.later(lambda: None if self.is_gone else self.open())

    def on_connection_close(self, _: Command) -> None:
        self.send("connection.close-ok", 0)
        self.leave()
        transport: Any = self.transport
        transport.loseConnection()

    def on_connection_close_ok(self, _: Command) -> None:
        transport: Any = self.transport
        transport.loseConnection()

    def on_connection_blocked(self, _: Command) -> None:
        self.is_blocked = True

    def on_connection_unblocked(self, _: Command) -> None:
        self.is_blocked = False
        self.publish()

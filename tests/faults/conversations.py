"""Conversations of clients that say their text, whatever they hear: the same crossings in each run, up to a fault."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from types import MappingProxyType
from typing import Any

from fakebroker import FakeBroker
from fakebroker.faults import Rule
from fakebroker.journal import Entry
from fakebroker.testing import VirtualClock
from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.rawclient import HEADERS, RawClient

CAPABILITIES = {"connection.blocked": True, "consumer_cancel_notify": True, "basic.nack": True}


def connect(broker: FakeBroker, version: str) -> RawClient:
    """A client that has sent nothing."""
    assert isinstance(broker.clock, VirtualClock)
    return RawClient.connect(broker, broker.clock, version)


class Script:
    """A client that goes on with its text."""

    def __init__(self, broker: FakeBroker, version: str = "0-9-1", capabilities: bool = True) -> None:
        self.client = connect(broker, version)
        self._octets(HEADERS[version])
        can = {"capabilities": CAPABILITIES if capabilities else {}}
        response = b"\0guest\0guest"
        if version != "0-9-1":
            response = b"\x05LOGINS\0\0\0\x05guest\x08PASSWORDS\0\0\0\x05guest"
        mechanism = "PLAIN" if version == "0-9-1" else "AMQPLAIN"
        self.say("connection.start-ok", 0, mechanism=mechanism, response=response, client_properties=can)
        self.say("connection.tune-ok", 0, channel_max=2047, frame_max=131072, heartbeat=0)
        self.say("connection.open", 0, virtual_host="/")
        self.say("channel.open")

    def _octets(self, data: bytes) -> None:
        if self.client.lost is None and self.client.transport is not None:
            self.client.send_octets(data)

    def say(self, name: str, channel: int = 1, body: bytes | None = None, **fields: Any) -> None:
        """Say one command, if there is anybody to say it to."""
        self._octets(self._octets_of(name, channel, body, fields))

    def at_once(self, *commands: tuple[str, bytes | None, dict[str, Any]]) -> None:
        """Say several commands in one piece."""
        self._octets(b"".join(self._octets_of(name, 1, body, fields) for name, body, fields in commands))

    def _octets_of(self, name: str, channel: int, body: bytes | None, fields: dict[str, Any]) -> bytes:
        content = None if body is None else Content.make({}, body)
        return encode(self.client.spec.command(channel, name, content, **fields), 0)

    def end(self) -> None:
        """Say goodbye, and be gone."""
        self.say("connection.close", 0)
        if self.client.lost is None and self.client.transport is not None:
            self.client.hang_up()


def publishing(broker: FakeBroker) -> None:
    """Messages in confirm mode, one by one and together; one that can't be routed."""
    client = Script(broker)
    client.say("exchange.declare", exchange="logs", type="fanout", durable=True)
    client.say("queue.declare", queue="q", durable=True)
    client.say("queue.bind", queue="q", exchange="logs")
    client.say("confirm.select")
    client.say("basic.publish", 1, b"one", exchange="logs", mandatory=True)
    client.at_once(*(("basic.publish", b"%d" % number, {"routing_key": "q"}) for number in range(3)))
    client.say("basic.publish", 1, b"nowhere", routing_key="nowhere", mandatory=True)
    client.say("channel.close")
    client.end()


def consuming(broker: FakeBroker) -> None:
    """Two clients: one publishes, one consumes, acks, is cancelled, and gets."""
    worker = Script(broker)
    worker.say("queue.declare", queue="q")
    worker.say("basic.qos", prefetch_count=2)
    worker.say("basic.consume", queue="q", consumer_tag="c")
    client = Script(broker)
    for number in range(4):
        client.say("basic.publish", 1, b"%d" % number, routing_key="q")
    worker.say("basic.ack", delivery_tag=1)
    worker.say("basic.nack", delivery_tag=2, requeue=True)
    worker.say("basic.cancel", consumer_tag="c")
    worker.say("basic.ack", delivery_tag=0, multiple=True)
    worker.say("basic.get", queue="q")
    worker.say("basic.ack", delivery_tag=5)
    client.end()
    worker.say("queue.delete", queue="q")
    worker.end()


def careless(broker: FakeBroker) -> None:
    """A client that can do nothing, consumes with no_ack, makes an error, and goes on in another channel."""
    client = Script(broker, capabilities=False)
    client.say("queue.declare", queue="", exclusive=True)
    client.say("basic.consume", queue="", no_ack=True, no_wait=True, consumer_tag="me")
    client.say("basic.publish", 1, b"x", exchange="amq.fanout")
    client.say("queue.bind", queue="", exchange="amq.fanout")
    client.say("basic.publish", 1, b"y", exchange="amq.fanout", mandatory=True)
    client.say("queue.declare", queue="not there", passive=True)
    client.say("channel.close-ok")
    client.say("channel.open", 2)
    client.say("tx.select", 2)
    client.say("basic.publish", 2, b"z", exchange="amq.fanout", mandatory=True)
    client.say("tx.commit", 2)
    client.end()


def streaming(broker: FakeBroker) -> None:
    """A stream, a quorum queue, and direct reply-to."""
    client = Script(broker)
    client.say("queue.declare", queue="s", durable=True, arguments={"x-queue-type": "stream"})
    client.say("queue.declare", queue="f", durable=True, arguments={"x-queue-type": "quorum"})
    client.say("basic.qos", prefetch_count=5)
    client.say("basic.consume", queue="s", consumer_tag="c", arguments={"x-stream-offset": "first"})
    client.say("basic.consume", queue="f", consumer_tag="d")
    client.say("basic.consume", queue="amq.rabbitmq.reply-to", consumer_tag="r", no_ack=True)
    client.say("basic.publish", 1, b"x", routing_key="s")
    client.say("basic.publish", 1, b"y", routing_key="f")
    client.say("basic.ack", delivery_tag=0, multiple=True)
    client.end()


def old(broker: FakeBroker) -> None:
    """AMQP 0-8."""
    client = Script(broker, version="0-8")
    client.say("queue.declare", queue="q")
    client.say("basic.consume", queue="q", consumer_tag="c")
    client.say("basic.publish", 1, b"x", routing_key="q")
    client.say("basic.ack", delivery_tag=1)
    client.say("channel.close")
    client.end()


def wrong_header(broker: FakeBroker) -> None:
    """What does not speak AMQP."""
    connect(broker, "0-9-1").send_octets(b"HTTP/1.1")


CONVERSATIONS: MappingProxyType[str, Callable[[FakeBroker], None]] = MappingProxyType(
    {each.__name__: each for each in (publishing, consuming, careless, streaming, old, wrong_header)}
)


def run(name: str, rules: Iterable[Rule] = ()) -> FakeBroker:
    """A broker that has had a conversation, and five seconds of time behind it."""
    clock = VirtualClock()
    broker = FakeBroker(clock=clock, seed=1)
    for rule in rules:
        broker.faults.add(rule)
    CONVERSATIONS[name](broker)
    clock.advance(5)
    return broker


def crossings(broker: FakeBroker) -> list[tuple[str, Entry]]:
    """The address of each crossing of a run, and its entry in the journal."""
    return [(entry.address, entry) for entry in broker.journal if entry.address is not None]

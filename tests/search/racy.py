"""Clients that are right as long as RabbitMQ takes no liberties."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from txamqp.content import Content

from fakebroker.testing import MemoryBroker
from tests.liberties.conversation import Patient


def second_comes_second(broker: MemoryBroker) -> None:
    """Two channels, each with its queue: what is published first is expected first."""
    client, came = broker.connect(), []
    channels = []
    for number, queue in ((1, "a"), (2, "b")):
        channel = broker.result(client.channel(number))
        broker.result(channel.channel_open())
        broker.result(channel.queue_declare(queue=queue))
        broker.result(channel.basic_consume(queue=queue, consumer_tag=queue, no_ack=True))
        channels.append(channel)
    for queue in "ab":
        mailbox: Any = broker.result(client.queue(queue))
        mailbox.get().addCallback(lambda message: came.append(message.content.body))
    for queue in "ab":
        channels[0].basic_publish(routing_key=queue, content=Content(queue))
    broker.clock.run(lambda: len(came) == 2)
    broker.result(client.close(None))
    assert came == ["a", "b"], f"they came as {came}"


def one_confirm_for_each(broker: Any) -> None:
    """Confirms are counted, and ``multiple`` is not looked at."""
    client = Patient.connect(broker, broker.clock).open()
    client.open_channel(1)
    client.send("queue.declare", 1, queue="a")
    client.send("confirm.select", 1)
    client.events.clear()
    for _ in range(3):
        assert client.transport is not None
        client.transport.write(client.octets_of("basic.publish", 1, b"", routing_key="a"))
    broker.clock.advance(1)
    client.hang_up()
    assert client.names.count("basic.ack") == 3, f"{client.names.count('basic.ack')} confirms for 3 messages"


def careful(broker: MemoryBroker) -> None:
    """The same, and ``multiple`` is looked at."""
    client = Patient.connect(broker, broker.clock).open()
    client.open_channel(1)
    client.send("queue.declare", 1, queue="a")
    client.send("confirm.select", 1)
    client.events.clear()
    open_ = {1, 2, 3}
    for _ in range(3):
        assert client.transport is not None
        client.transport.write(client.octets_of("basic.publish", 1, b"", routing_key="a"))
    broker.clock.advance(1)
    while client.events:
        confirm: Any = client.take("basic.ack").args
        open_ -= set(range(1, confirm.delivery_tag)) if confirm.multiple else set()
        open_ -= {confirm.delivery_tag}
    client.hang_up()
    assert not open_, f"never confirmed: {open_}"


class WholeFrames(Protocol):
    """Expects that a read has whole frames."""

    def __init__(self) -> None:
        self.begun: Deferred[bytes] = Deferred()

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.write(b"AMQP\x00\x00\x09\x01")

    def dataReceived(self, data: bytes) -> None:
        if data[7 + int.from_bytes(data[3:7], "big")] != 0xCE:
            raise ValueError("no frame-end")
        self.begun.callback(data)


def whole_frames(broker: MemoryBroker) -> Deferred[Any]:
    """A client that reads connection.start, and goes."""
    client, factory = WholeFrames(), Factory()
    factory.noisy = False
    factory.buildProtocol = lambda addr: client  # type: ignore[method-assign]
    broker.endpoint().connect(factory)

    def go(_: bytes) -> None:
        assert client.transport is not None
        client.transport.loseConnection()

    return client.begun.addCallback(go)

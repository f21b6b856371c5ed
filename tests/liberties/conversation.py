"""A short conversation, and what its client sees under liberties."""

from __future__ import annotations

from typing import Any

from fakebroker import FakeBroker
from fakebroker.testing import VirtualClock
from tests.rawclient import Command, RawClient


class Patient(RawClient):
    """A client that waits until all that liberties have put off has come."""

    def send_octets(self, data: bytes) -> None:
        assert self.transport is not None
        self.transport.write(data)
        self.clock.advance(0.5)


def connected(liberties: Any, *channels: int) -> tuple[FakeBroker, Patient]:
    """A broker with these liberties, and a client with these channels; the queues a and b."""
    clock = VirtualClock()
    broker = FakeBroker(clock=clock, liberties=liberties)
    clock.take_liberties(broker.liberties)
    client = Patient.connect(broker, clock)
    assert isinstance(client, Patient)
    clock.advance(0.5)
    client.open()
    for channel in channels:
        client.open_channel(channel)
    for queue in "ab":
        client.send("queue.declare", channels[0], queue=queue)
        client.take("queue.declare-ok")
    return broker, client


def consume(client: Patient, channel: int, queue: str, **fields: Any) -> None:
    """Consume, with the tag queue and channel."""
    client.send("basic.consume", channel, queue=queue, consumer_tag=f"{queue}{channel}", **fields)
    client.take("basic.consume-ok")


def publish(client: Patient, channel: int, *keys: str, **fields: Any) -> None:
    """Publish messages that are sent in one piece, to these queues; the bodies are 0, 1 and so on."""
    client.send_octets(
        b"".join(
            client.octets_of("basic.publish", channel, b"%d" % number, routing_key=key, **fields)
            for number, key in enumerate(keys)
        )
    )


def told(client: Patient) -> list[str]:
    """What the client was told, in short: ``1:a0`` is a delivery of the message 0 from the queue a to channel 1."""
    found = []
    for event in client.events:
        assert isinstance(event, Command)
        args: Any = event.args
        if event.name == "basic.deliver":
            assert event.content is not None
            found.append(f"{event.channel}:{args.consumer_tag[0]}{event.content.body.decode()}")
        elif event.name in ("basic.ack", "basic.nack"):
            found.append(f"{event.channel}:{event.name[6:]}{args.delivery_tag}{'+' if args.multiple else ''}")
        else:
            found.append(f"{event.channel}:{event.name}")
    client.events.clear()
    return found

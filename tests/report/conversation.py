"""A conversation to draw: four orders, of which one is lost, one rejected and one comes back."""

from __future__ import annotations

from typing import Any

from txamqp.content import Content

from fakebroker.fake import FakeBroker
from fakebroker.faults import Drop, Reset, when
from fakebroker.testing.clients import txamqp_client
from fakebroker.testing.clock import VirtualClock


class Orders:
    """A publisher and a worker, at a broker that keeps a ledger."""

    def __init__(self) -> None:
        self.clock = VirtualClock()
        self.broker = FakeBroker(clock=self.clock, ledger=True)
        self.publisher = self.channel()

    def channel(self) -> Any:
        """A channel of a new connection."""
        client: Any = self.clock.result(txamqp_client(self.broker), 60)
        channel = self.clock.result(client.channel(1), 60)
        self.clock.result(channel.channel_open(), 60)
        return channel

    def declare(self, queue: str, arguments: dict[str, Any] | None = None) -> None:
        self.clock.result(self.publisher.queue_declare(queue=queue, arguments=arguments or {}), 60)

    def publish(self, *bodies: bytes, to: str = "orders") -> None:
        for body in bodies:
            self.publisher.basic_publish(routing_key=to, content=Content(body))
        self.clock.advance(0.01)

    def run(self) -> Orders:
        """Tea is worked on, milk is lost by a rule, sugar is rejected, bread comes back."""
        letters = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "failed"}
        self.declare("failed")
        self.declare("orders", letters)
        self.broker.faults.add(when("basic.publish", nth=2), Drop())
        self.publish(b"tea", b"milk", b"sugar", b"bread")
        worker = self.channel()
        self.clock.result(worker.basic_consume(queue="orders", consumer_tag="worker"), 60)
        self.clock.advance(0.002)
        worker.basic_ack(delivery_tag=1)
        worker.basic_reject(delivery_tag=2, requeue=False)
        self.clock.advance(0.001)
        self.broker.faults.add(when("basic.ack"), Reset())
        worker.basic_ack(delivery_tag=3)
        self.clock.advance(0.002)
        self.publish(b"nobody", to="nowhere")
        return self

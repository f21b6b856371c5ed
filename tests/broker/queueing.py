"""What tests of queues and sessions share: a broker as installed, and clients that write down what they get."""

from __future__ import annotations

import random
from typing import Any
from unittest import TestCase

from twisted.internet.task import Clock

from fakebroker.broker.broker import Broker
from fakebroker.broker.channel.session import Session
from fakebroker.broker.message import Message, make_message
from fakebroker.broker.queues.base import Queue
from fakebroker.broker.queues.consumer import Consumer, Delivery
from fakebroker.errors import AMQPError
from fakebroker.wire.command import Content


class Client:
    """A channel without a wire: its session, and what the session has told it, one by one."""

    unbatched = True
    origin = ("somewhere", 1, "guest")

    def __init__(self, broker: Broker, number: int = 1) -> None:
        self.number = number
        self.vhost = broker.vhosts["/"]
        self.connection = object()
        self.deliveries: list[Delivery] = []
        self.cancelled: list[str] = []
        self.returned: list[bytes] = []
        self.confirmed: list[str] = []
        self.errors: list[AMQPError] = []
        self.session = Session(self)

    def wake(self) -> None:
        """It remembers no permissions."""

    def fail(self, error: AMQPError) -> None:
        self.errors.append(error)
        self.session.close()

    def crashed(self) -> None:
        self.session.close()

    def consume(self, queue: Queue, tag: str, **options: Any) -> Consumer:
        """Subscribe, and get what waits."""
        consumer = self.session.consume(queue, self._delivered, self._cancelled, tag, **options)
        queue.run()
        return consumer

    def _delivered(self, delivery: Delivery) -> None:
        self.deliveries += delivery.unbatched()

    def _cancelled(self, consumer: Consumer) -> None:
        self.cancelled.append(consumer.tag)

    def publish(self, key: str, body: bytes = b"", exchange: str = "", **properties: Any) -> None:
        """Publish; what goes nowhere comes back."""
        message = make_message(exchange, key, Content.make(properties, body))
        self.session.publisher.publish(message, lambda message: self.returned.append(message.body))

    def publish_optional(self, key: str, exchange: str = "") -> None:
        """Publish; what goes nowhere is dropped."""
        self.session.publisher.publish(make_message(exchange, key, Content.make({}, b"")))

    def confirm(self) -> None:
        """Ask for confirms; they are written down as ``ack 1`` or ``nack up to 2``."""
        self.session.publisher.select_confirms(self._confirmed)

    def _confirmed(self, taken: bool, number: int, multiple: bool) -> None:
        self.confirmed.append(f"{'ack' if taken else 'nack'}{' up to' * multiple} {number}")

    def commit(self) -> list[str]:
        """Commit, and tell in which order deliveries and the answer came."""
        before, answers = len(self.deliveries), [0]
        self.session.commit(lambda: answers.append(len(self.deliveries) - before))
        events = [delivery.message.body.decode() for delivery in self.deliveries[before:]]
        for at in answers[1:]:
            events.insert(at, "commit-ok")
        return events

    def take(self) -> list[str]:
        """What has been delivered since the last call: ``tag:body``, with ``*`` when redelivered."""
        taken = [f"{each.consumer.tag}:{_text(each)}" for each in self.deliveries if each.consumer is not None]
        self.deliveries.clear()
        return taken

    def get(self, queue: Queue, no_ack: bool = False) -> str | None:
        """The next message's body, with ``*`` when redelivered."""
        delivery = queue.get(self.session, no_ack)
        return None if delivery is None else _text(delivery)


def _text(delivery: Delivery) -> str:
    return delivery.message.body.decode() + "*" * delivery.redelivered


def bodies(messages: list[Message]) -> list[str]:
    """The messages' bodies, with ``*`` for one that was delivered before."""
    return [message.body.decode() + "*" * message.redelivered for message in messages]


class QueueCase(TestCase):
    """A broker as installed on a virtual clock, and a client."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1_000_000.25)
        self.broker = Broker(self.clock, random.Random(1))
        self.vhost = self.broker.vhosts["/"]
        self.client = Client(self.broker)

    def another(self) -> Client:
        """One more client, on a connection of its own."""
        return Client(self.broker)

    def queue(self, name: str = "q", **attributes: Any) -> Queue:
        """Declare a queue; arguments may be given by name: ``x_max_length=3``."""
        arguments = {key.replace("_", "-"): attributes.pop(key) for key in list(attributes) if key.startswith("x_")}
        return self.vhost.queues.declare(name, arguments=arguments, **attributes)

    def fill(self, queue: Queue, *texts: str, **properties: Any) -> None:
        """Publish one message for each text."""
        for text in texts:
            self.client.publish(queue.name, text.encode(), **properties)

    def pass_time(self, seconds: float) -> None:
        """Let time pass, from one thing that is due to the next."""
        end = self.clock.seconds() + seconds
        while self.clock.getDelayedCalls():
            due = min(call.getTime() for call in self.clock.getDelayedCalls())
            if due > end:
                break
            self.clock.advance(max(0, due - self.clock.seconds()))
        self.clock.advance(max(0, end - self.clock.seconds()))

    def assertRefused(self, name: str, text: str, function: Any, *args: Any, **kwargs: Any) -> None:
        """The call raises this error, with the whole of its text."""
        with self.assertRaises(AMQPError) as caught:
            function(*args, **kwargs)
        self.assertEqual((name, text), (caught.exception.name, caught.exception.text))

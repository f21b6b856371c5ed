"""Direct reply-to: answers that reach a requester with no queue between (RabbitMQ 3.10: rabbit_direct_reply_to).

A session that consumes from ``amq.rabbitmq.reply-to`` gets an address; its publishes that name the pseudo-queue in
``reply_to`` carry that address instead, and what is published to the address through the default exchange is delivered
to the session at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.broker import Broker
    from fakebroker.broker.message import Content, Message

REPLY_TO = "amq.rabbitmq.reply-to"
"""The name of the pseudo-queue."""

_ADDRESS = REPLY_TO + "."


class ReplyConsumer(NamedTuple):
    """A session's subscription to its own replies; ``deliver`` is called with each."""

    tag: str
    address: str
    deliver: Callable[[Message], None]


class ReplyConsumers:
    """The reply consumers of a virtual host, by address."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker
        self._by_address: dict[str, ReplyConsumer] = {}

    def add(self, tag: str, deliver: Callable[[Message], None]) -> ReplyConsumer:
        """Make a reply consumer with an address of its own, which looks like RabbitMQ's."""
        address = f"{_ADDRESS}{self._broker.make_name('')}==.{self._broker.make_name('')}=="
        consumer = ReplyConsumer(tag, address, deliver)
        self._by_address[consumer.address] = consumer
        return consumer

    def remove(self, consumer: ReplyConsumer) -> None:
        """The session gives it up, or ends."""
        self._by_address.pop(consumer.address, None)

    def __len__(self) -> int:
        return len(self._by_address)

    def __contains__(self, name: object) -> bool:
        """Whether one may declare that name passively: the pseudo-queue itself always, an address while it is used."""
        return name == REPLY_TO or name in self._by_address

    def deliver(self, message: Message) -> None:
        """Deliver a message to each reply consumer that its routing keys name; an address not in use is no error."""
        for key in sorted(set(message.routing_keys)):
            consumer = self._by_address.get(key)
            if consumer is not None:
                consumer.deliver(message)


def address_replies(content: Content, consumer: ReplyConsumer | None) -> Content:
    """Content that asks for replies, with the reply consumer's address in place of the pseudo-queue's name.

    :raises AMQPError: precondition-failed when the session has no reply consumer.
    """
    if consumer is None:
        raise AMQPError("precondition-failed", "fast reply consumer does not exist")
    return content.with_properties(reply_to=consumer.address)

"""Direct reply-to: replies that reach a requester with no queue between (RabbitMQ 3.10: rabbit_direct_reply_to).

A session that consumes from the pseudo-queue ``amq.rabbitmq.reply-to`` gets an address. When it publishes a request
whose ``reply_to`` is the pseudo-queue, RabbitMQ puts the address there instead. A reply that is published to the
address, through the default exchange, is delivered to the session at once.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from fakebroker.broker.queues.reply_address import PREFIX, ReplyAddress, read_address
from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.common import Common
    from fakebroker.broker.message import Message, MessageContent

REPLY_TO = "amq.rabbitmq.reply-to"
"""The name of the pseudo-queue."""


class ReplyConsumer(NamedTuple):
    """A consumer of replies. ``deliver`` is called with each reply and the consumer tag."""

    tag: str
    address: str
    deliver: Callable[[Message, str], None]


class ReplyConsumers:
    """The reply consumers of a virtual host, by address."""

    def __init__(self, common: Common) -> None:
        self._common = common
        self._made = 0
        self._by_address: dict[ReplyAddress, ReplyConsumer] = {}

    def add(self, tag: str, deliver: Callable[[Message, str], None]) -> ReplyConsumer:
        """Make a reply consumer with an address of its own, which looks like RabbitMQ's.

        :param tag: the consumer tag; if it is empty, one is made up.
        """
        tag = tag or self._common.make_name("amq.ctag-")
        self._made += 1
        address = ReplyAddress.make(self._made, self._common.make_name("") + "==")
        consumer = self._by_address[address] = ReplyConsumer(tag, str(address), deliver)
        return consumer

    def remove(self, consumer: ReplyConsumer) -> None:
        """Remove a reply consumer: its session has cancelled it, or ends."""
        address = read_address(consumer.address)
        if address is not None:
            self._by_address.pop(address, None)

    def __contains__(self, name: object) -> bool:
        """Can that name be declared passively? The pseudo-queue always can, an address while it is in use.

        :raises AMQPError: internal-error for a name that begins like an address and is none.
        """
        return name == REPLY_TO or (isinstance(name, str) and self._find(name) is not None)

    def deliver(self, message: Message) -> None:
        """Deliver a message to each reply consumer that its routing keys name. An address not in use is no error.

        :raises AMQPError: internal-error for a routing key that begins like an address and is none.
        """
        for key in sorted(set(message.routing_keys)):
            consumer = self._find(key)
            if consumer is not None:
                consumer.deliver(message, consumer.tag)

    def _find(self, name: str) -> ReplyConsumer | None:
        address = read_address(name) if name.startswith(PREFIX) else None
        return None if address is None else self._by_address.get(address)


class ReplySubscription:
    """A session's own subscription to replies. It has one at most, which is ``consumer``.

    :param replies: those of the virtual host.
    """

    __slots__ = ("_replies", "consumer")

    def __init__(self, replies: ReplyConsumers) -> None:
        self.consumer: ReplyConsumer | None = None
        self._replies = replies

    def begin(self, deliver: Callable[[Message, str], None], tag: str, no_ack: bool) -> str:
        """Subscribe.

        :param deliver: called with each reply, and the consumer tag.
        :param tag: the consumer tag; if it is empty, one is made up.
        :return: the consumer tag.
        :raises AMQPError: precondition-failed when there is a subscription, or acknowledgements are asked for.
        """
        if not no_ack:
            raise AMQPError("precondition-failed", "reply consumer cannot acknowledge")
        if self.consumer is not None:
            raise AMQPError("precondition-failed", "reply consumer already set")
        self.consumer = self._replies.add(tag, deliver)
        return self.consumer.tag

    def has(self, tag: str) -> bool:
        """Whether there is a subscription with this consumer tag."""
        return self.consumer is not None and self.consumer.tag == tag

    def end(self) -> None:
        """End the subscription. It is no error if there is none."""
        if self.consumer is not None:
            self._replies.remove(self.consumer)
            self.consumer = None


def address_replies(content: MessageContent, consumer: ReplyConsumer | None) -> MessageContent:
    """Content that asks for replies, with the reply consumer's address in place of the pseudo-queue's name.

    :raises AMQPError: precondition-failed when the session has no reply consumer.
    """
    if consumer is None:
        raise AMQPError("precondition-failed", "fast reply consumer does not exist")
    return content.with_properties(reply_to=consumer.address)

"""Small things that several handlers need."""

from __future__ import annotations

from typing import cast

from fakebroker.amqp.ports import HandlerChannel
from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Deliveries, Delivery
from fakebroker.errors import AMQPError
from fakebroker.wire.command import Content

WITH_LAST_QUEUE = frozenset(("basic.get", "basic.consume", "queue.delete", "queue.purge", "queue.bind", "queue.unbind"))
"""Methods for which an empty queue name means the queue last declared on the channel."""


def queue_name(channel: HandlerChannel, name: str) -> str:
    """The name; an empty one stands for the queue last declared on this channel.

    :raises AMQPError: not-found when the name is empty and none was declared.
    """
    if name:
        return name
    if not channel.current_queue:
        raise AMQPError("not-found", "no previously declared queue")
    return channel.current_queue


def queue_and_key(channel: HandlerChannel, name: str, routing_key: str) -> tuple[str, str]:
    """The same for a binding: when name and routing key are both empty, the key is the queue's name too.

    :raises AMQPError: not-found, as above.
    """
    queue = queue_name(channel, name)
    return queue, routing_key if name or routing_key else queue


def content_of(message: Message | Delivery | Deliveries) -> Content:
    """The content: the broker knows less of it than the wire does."""
    return cast(Content, message.content)

"""What several handlers need: the last declared queue, and the content of a delivery."""

from __future__ import annotations

from typing import cast

from fakebroker.amqp.ports import HandlerChannel
from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Delivery
from fakebroker.errors import AMQPError
from fakebroker.wire.command import Content

WITH_LAST_QUEUE = frozenset(("basic.get", "basic.consume", "queue.delete", "queue.purge", "queue.bind", "queue.unbind"))
"""Methods for which an empty queue name means the queue last declared on the channel."""


def queue_name(channel: HandlerChannel, name: str) -> str:
    """The name of the queue that a command means: an empty one means the queue last declared on this channel.

    :raises AMQPError: not-found when the name is empty and none was declared.
    """
    if name:
        return name
    if not channel.current_queue:
        raise AMQPError("not-found", "no previously declared queue")
    return channel.current_queue


def queue_and_key(channel: HandlerChannel, name: str, routing_key: str) -> tuple[str, str]:
    """The queue and the routing key of a binding. Where both are empty the routing key is the queue's name.

    :raises AMQPError: not-found, as above.
    """
    queue = queue_name(channel, name)
    return queue, routing_key if name or routing_key else queue


def content_of(message: Message | Delivery) -> Content:
    """The content, with the type that it has on the wire. The broker's types say less of it."""
    return cast(Content, message.content)

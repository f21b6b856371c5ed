"""Message TTL: ``x-message-ttl`` of a queue and ``expiration`` of a message (RabbitMQ 3.10: rabbit_amqqueue_process).

The time to live of a whole queue, ``x-expires``, is in :mod:`fakebroker.broker.queues.queue_ttl`.
"""

from __future__ import annotations

from fakebroker.broker.message import Message, parse_expiration
from fakebroker.broker.timer import milliseconds
from fakebroker.clock import Time


def expires_at(message: Message, ttl: int | None, clock: Time) -> int | None:
    """When a message that enters a queue now will be dead, in milliseconds of the clock; None for never.

    The shorter of the two times counts, the queue's and the message's own.

    :param ttl: the queue's, in milliseconds; None for no limit.
    :raises AMQPError: precondition-failed for an expiration that is no whole number in range.
    """
    expiration = message.content.properties.expiration
    if expiration is not None:
        own = parse_expiration(expiration)
        ttl = own if ttl is None else min(ttl, own)
    return None if ttl is None else milliseconds(clock) + ttl

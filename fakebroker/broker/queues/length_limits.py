"""The limits of a queue's length: ``x-max-length``, ``x-max-length-bytes`` and ``x-overflow``.

RabbitMQ 3.10: rabbit_amqqueue_process, and rabbit_fifo for quorum queues. Only messages that wait count; those that are
delivered and not yet settled do not.
"""

from __future__ import annotations

from fakebroker.broker.queues.settings import Settings


class LengthLimits:
    """How many messages, and how many octets of their bodies, may wait in one queue.

    ``are_set`` tells whether there is any limit. ``drop_head`` tells what happens to a queue that is too long: either
    its oldest messages are dropped, or new ones are refused.

    :param drop_head: what ``x-overflow`` means to this type of queue.
    """

    __slots__ = ("are_set", "drop_head", "max_length", "max_length_bytes")

    def __init__(self, settings: Settings, drop_head: bool) -> None:
        self.max_length = settings.max_length
        self.max_length_bytes = settings.max_length_bytes
        self.are_set = settings.limited
        self.drop_head = drop_head

    def exceeded(self, count: int, octets: int, share: float = 1) -> bool:
        """Are so many messages, with so many octets of bodies, more than the limits allow?

        :param share: the part of each limit that is allowed, 1 for all of it.
        """
        if self.max_length is not None and count > int(self.max_length * share):
            return True
        return self.max_length_bytes is not None and octets > int(self.max_length_bytes * share)

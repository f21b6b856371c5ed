"""Counts of what has happened to messages, RabbitMQ's ``message_stats``. Here they are exact at every moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

_PUBLISHED = ("publish", "confirm", "return_unroutable", "drop_unroutable")
_DELIVERED = ("get", "get_no_ack", "deliver", "deliver_no_ack", "redeliver", "ack", "get_empty")


class CountedQueue(Protocol):
    """What the counts need of a queue."""

    @property
    def counts(self) -> MessageStats: ...


class CountedExchange(Protocol):
    """What the counts need of an exchange."""

    @property
    def name(self) -> str: ...

    @property
    def counts(self) -> ExchangeStats: ...


class CountedDelivery(Protocol):
    """What the counts need of a delivery."""

    @property
    def queue(self) -> CountedQueue: ...


class MessageStats:
    """The counts of one channel, queue or virtual host.

    ``drop_unroutable`` counts messages that went to no queue and were not mandatory. A message that is delivered again
    counts under ``redeliver`` too.
    """

    __slots__ = (*_PUBLISHED, *_DELIVERED)

    def __init__(self) -> None:
        self.publish = self.confirm = self.return_unroutable = self.drop_unroutable = 0
        self.get = self.get_no_ack = self.get_empty = 0
        self.deliver = self.deliver_no_ack = self.redeliver = self.ack = 0

    def __repr__(self) -> str:
        return f"<MessageStats {self.as_dict()!r}>"

    def delivered(self, queue: MessageStats, fetched: bool, no_ack: bool, again: bool, count: int) -> None:
        """Count deliveries, here and at their queue.

        :param fetched: were they asked for by basic.get?
        :param again: were the messages delivered before?
        """
        if not fetched:
            if no_ack:
                self.deliver_no_ack += count
                queue.deliver_no_ack += count
            else:
                self.deliver += count
                queue.deliver += count
        elif no_ack:
            self.get_no_ack += count
            queue.get_no_ack += count
        else:
            self.get += count
            queue.get += count
        if again:
            self.redeliver += count
            queue.redeliver += count

    def published(
        self, exchange: CountedExchange | None, queues: Sequence[CountedQueue], mandatory: bool, count: int = 1
    ) -> None:
        """Count messages that were routed, here, at their exchange and at the queues they go to."""
        self.publish += count
        if exchange is not None:
            exchange.counts.publish_in += count
            # The default exchange counts a message whether its queue is there or not (RabbitMQ 3.10).
            exchange.counts.publish_out += count * len(queues) if exchange.name else count
        for queue in queues:
            queue.counts.publish += count
        if not queues:
            self.return_unroutable += count * mandatory
            self.drop_unroutable += count * (not mandatory)

    def acknowledged(self, deliveries: Sequence[CountedDelivery]) -> None:
        """Count acknowledgements, here and at the queues."""
        self.ack += len(deliveries)
        for delivery in deliveries:
            delivery.queue.counts.ack += 1

    def add(self, other: MessageStats) -> None:
        """Add another's counts to these."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    def as_dict(self) -> dict[str, int]:
        """By RabbitMQ's names. The counts of publishing are there once anything was published, others likewise."""
        return {**self._those(_PUBLISHED), **self._deliveries()}

    def of_queue(self) -> dict[str, int]:
        """The same for a queue, without confirms and returns, which queues do not know."""
        return {**self._those(("publish",)), **self._deliveries()}

    def _those(self, names: tuple[str, ...]) -> dict[str, int]:
        return _unless_zero({name: getattr(self, name) for name in names})

    def _deliveries(self) -> dict[str, int]:
        delivered = self._those(_DELIVERED)
        if delivered:
            delivered["deliver_get"] = self.get + self.get_no_ack + self.deliver + self.deliver_no_ack
        return delivered


class ExchangeStats:
    """The counts of one exchange: messages in, and copies out to queues."""

    __slots__ = ("publish_in", "publish_out")

    def __init__(self) -> None:
        self.publish_in = 0
        self.publish_out = 0

    def __repr__(self) -> str:
        return f"<ExchangeStats {self.publish_in} in, {self.publish_out} out>"

    def as_dict(self) -> dict[str, int]:
        """By RabbitMQ's names. Empty as long as nothing has come in."""
        return _unless_zero({"publish_in": self.publish_in, "publish_out": self.publish_out})


class Churn:
    """What has come and gone in one broker."""

    __slots__ = (
        "channel_closed",
        "channel_created",
        "connection_closed",
        "connection_created",
        "queue_created",
        "queue_declared",
        "queue_deleted",
    )

    def __init__(self) -> None:
        self.connection_created = 0
        self.connection_closed = 0
        self.channel_created = 0
        self.channel_closed = 0
        self.queue_declared = 0
        self.queue_created = 0
        self.queue_deleted = 0

    def as_dict(self) -> dict[str, int]:
        """By RabbitMQ's names."""
        return {name: getattr(self, name) for name in self.__slots__}


def _unless_zero(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(counts) if any(counts.values()) else {}

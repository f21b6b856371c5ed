"""Telling queues what became of their deliveries."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fakebroker.broker.consumer import Delivery
from fakebroker.broker.terms import as_bytes

if TYPE_CHECKING:
    from fakebroker.broker.queue import Queue


class Settlement(enum.Enum):
    """What a client can make of a delivery."""

    ACK = "ack"
    REQUEUE = "requeue"
    DISCARD = "discard"


def apply(how: Settlement, deliveries: Sequence[Delivery]) -> None:
    """Settle deliveries with their queues, one queue and consumer after the other.

    RabbitMQ 3.10 goes by the queue's name and then by the consumer's tag; what was fetched by basic.get goes first, and
    each on its own.
    """
    if len(deliveries) == 1:
        _tell(deliveries[0].queue, how, deliveries)
        return
    groups: dict[tuple[bytes, int, int, bytes], list[Delivery]] = {}
    for delivery in deliveries:
        consumer = delivery.consumer
        who = (0, delivery.tag, b"") if consumer is None else (1, 0, as_bytes(consumer.tag))
        groups.setdefault((as_bytes(delivery.queue.name), *who), []).append(delivery)
    for key in sorted(groups):
        _tell(groups[key][0].queue, how, groups[key])


def _tell(queue: Queue, how: Settlement, deliveries: Sequence[Delivery]) -> None:
    if queue.deleted:
        return
    if how is Settlement.ACK:
        queue.acked(deliveries)
    elif how is Settlement.REQUEUE:
        queue.requeue(deliveries)
    else:
        queue.discard(deliveries)

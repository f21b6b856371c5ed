"""Finding the deliveries a client means, and telling queues what became of them."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fakebroker.broker.queues.consumer import Delivery
from fakebroker.erlang.compare import as_bytes
from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.queues.classic import Queue


class Settlement(enum.Enum):
    """What a client can make of a delivery."""

    ACK = "ack"
    REQUEUE = "requeue"
    DISCARD = "discard"


def take(outstanding: dict[int, Delivery], tag: int, multiple: bool) -> list[Delivery]:
    """Take out the delivery with that tag, or all up to it; 0 with ``multiple`` means all there are.

    :param outstanding: by tag, in the order of the tags.
    :raises AMQPError: precondition-failed for a tag that is not outstanding.
    """
    if multiple and tag == 0:
        taken = list(outstanding.values())
        outstanding.clear()
        return taken
    if tag not in outstanding:
        raise AMQPError("precondition-failed", f"unknown delivery tag {tag}")
    if not multiple:
        return [outstanding.pop(tag)]
    taken = []
    for delivery in outstanding.values():
        taken.append(delivery)
        if delivery.tag == tag:
            break
    for delivery in taken:
        del outstanding[delivery.tag]
    return taken


def apply(how: Settlement, deliveries: Sequence[Delivery]) -> None:
    """Settle deliveries with their queues, one queue and consumer after the other.

    RabbitMQ 3.10 goes by the queue's name and then by the consumer's tag; what was fetched by basic.get goes first, and
    each on its own.
    """
    if not deliveries:
        return
    consumer = deliveries[0].consumer
    if len(deliveries) == 1 or (consumer is not None and all(each.consumer is consumer for each in deliveries)):
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

"""Settlement: finding the deliveries that a client acks or rejects, and telling their queues, in RabbitMQ's order."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from typing import TYPE_CHECKING

from fakebroker.broker.queues.consumer import Delivery
from fakebroker.erlang.compare import as_bytes
from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.queues.base import Queue


class Settlement(enum.Enum):
    """What becomes of a delivery: it is acknowledged, requeued, or dropped (and perhaps dead-lettered)."""

    ACK = enum.auto()
    REQUEUE = enum.auto()
    DISCARD = enum.auto()


def take_deliveries(outstanding: dict[int, Delivery], tag: int, multiple: bool) -> list[Delivery]:
    """Take the deliveries that a client means out of those that are unacked.

    :param outstanding: the unacked deliveries by tag, in the order of the tags.
    :param multiple: also all deliveries before the one with the tag; with tag 0, all deliveries.
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


def settle(how: Settlement, deliveries: Sequence[Delivery]) -> None:
    """Tell queues what became of their deliveries. Each queue hears of those of one consumer together.

    The order is that of RabbitMQ 3.10: by the names of the queues, then by the consumer tags. In each queue, what
    basic.get took comes before that, each delivery by itself.
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

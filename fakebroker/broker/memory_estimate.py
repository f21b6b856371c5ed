"""An estimate of the memory, in octets, that messages take, and whatever else clients make.

It counts what CPython takes, in round figures that are the same on every machine, so that the same messages always
give the same number. A message takes 230 octets beside its body, its names and its properties. A message in two
queues counts twice.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Delivery, DirectReply
from fakebroker.broker.queues.message_batch import DeliveryBatch, MessageBatch
from fakebroker.values import weight

if TYPE_CHECKING:
    from fakebroker.broker.channel.session import Session
    from fakebroker.broker.queues.base import Queue
    from fakebroker.broker.vhost import VirtualHost

MESSAGE = 230
"""A message beside its body, its names and its properties."""

PROPERTIES = 340
"""Its properties beside their octets, if it has any."""

BODY = 50
"""A body beside its octets, where messages are kept as a batch."""

DELIVERY = 250
"""A message that is delivered and not yet acknowledged, beside what it takes in its queue."""

PUBLICATION = 250
"""A message that waits for tx.commit, beside what it takes itself."""

QUEUE, EXCHANGE, BINDING, CONSUMER, CHANNEL = 3000, 1000, 1500, 1000, 3000
"""Each beside its arguments."""


def of_vhost(vhost: VirtualHost) -> int:
    """The memory of a virtual host, without what its channels hold."""
    total = sum(map(_of_queue, vhost.queues.values()))
    total += sum(EXCHANGE + weight(exchange.arguments) for exchange in vhost.exchanges.values())
    return total + sum(BINDING + len(each.routing_key) + weight(each.arguments) for each in vhost.bindings)


def of_session(session: Session) -> int:
    """The memory of a channel: messages that are not acknowledged or on their way, and its transaction."""
    total = CHANNEL + sum(CONSUMER + weight(each.arguments) for each in session.consumers.values())
    total += _of_deliveries(session.outstanding)
    for item in session.mailbox.items:
        if isinstance(item, DeliveryBatch):
            total += of_messages((item.messages,)) + DELIVERY * len(item.singles)
        elif isinstance(item, Delivery):
            total += _of_deliveries((item,))
        elif isinstance(item, DirectReply):
            total += of_messages((item.message,))
    if session.transaction is not None:
        publications = session.transaction.publications
        total += PUBLICATION * len(publications) + of_messages(each.message for each in publications)
        total += _of_deliveries(session.transaction.deliveries)
    return total


def of_messages(messages: Iterable[Message | Iterable[Message]]) -> int:
    """The memory of messages, each alone or in a batch."""
    total = 0
    for each in messages:
        if isinstance(each, Message):
            total += _beside_body(each) + len(each.content.body)
        elif isinstance(each, MessageBatch):
            total += _beside_body(each.first) + BODY * len(each.bodies) + sum(map(len, each.bodies))
    return total


def _beside_body(message: Message) -> int:
    header = len(message.content.header)
    names = len(message.routing_key) + (weight(list(message.more_keys)) if message.more_keys else 0)
    return MESSAGE + names + (PROPERTIES + header if header > 2 else 0)  # two octets: there are none


def _of_queue(queue: Queue) -> int:
    return QUEUE + weight(queue.arguments) + of_messages(queue.entries)


def _of_deliveries(deliveries: Iterable[Delivery]) -> int:
    return sum(DELIVERY + _beside_body(each.common) + each.octets for each in deliveries)

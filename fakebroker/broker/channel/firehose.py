"""The firehose (RabbitMQ 3.10: rabbit_trace). Where tracing is on, messages are copied to ``amq.rabbitmq.trace``.

Each message is copied when it is published and when it is delivered. A copy has the message's body. It has no property
but headers, which tell the rest, the properties of the message among them. What is published to
``amq.rabbitmq.trace`` is not copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from fakebroker.broker.message import Message, MessageContent
from fakebroker.broker.queues.consumer import Delivery
from fakebroker.broker.queues.direct_reply_to import REPLY_TO
from fakebroker.values import Table, Value

if TYPE_CHECKING:
    from fakebroker.broker.channel.port import ChannelPort
    from fakebroker.broker.queues.base import Queue

TRACE = "amq.rabbitmq.trace"
NODE = "rabbit@localhost"


def trace_publish(peer: ChannelPort, message: Message, queues: Sequence[Queue]) -> None:
    """Copy a message that a client has published. The copy's routing key is ``publish.EXCHANGE``.

    For the default exchange, RabbitMQ names the routing keys as the queues, even if there are no such queues.

    :param queues: where the message goes.
    """
    routed = [queue.name for queue in queues]
    if message.exchange == "":
        routed = sorted({key for key in message.routing_keys if not key.startswith(REPLY_TO)})
    _tell(peer, message, message.content, f"publish.{message.exchange}", {}, {"routed_queues": [*routed]})


def trace_delivery(peer: ChannelPort, delivery: Delivery) -> None:
    """Copy a message that a client gets, or each of a batch. The copy's routing key is ``deliver.QUEUE``."""
    for each in delivery.unbatched():
        again: Table = {"redelivered": int(each.redelivered)}
        _tell(peer, each.message, each.content, f"deliver.{each.queue.name}", again, {})


def _tell(peer: ChannelPort, message: Message, content: MessageContent, key: str, before: Table, behind: Table) -> None:
    if message.exchange == TRACE:
        return
    connection, channel, user = peer.origin
    headers: Table = {
        "exchange_name": message.exchange,
        "routing_keys": [*message.routing_keys],
        "properties": _table(content.properties),
        "node": NODE,
        **before,
        "vhost": peer.vhost.name,
        "connection": connection,
        "channel": channel,
        "user": user,
        **behind,
    }
    none = dict.fromkeys(_names(content.properties))
    copy = Message(TRACE, key, content.with_properties(**{**none, "headers": headers}))
    for queue in peer.vhost.route(copy):
        queue.publish(copy.copy())


def _names(properties: Any) -> tuple[str, ...]:
    names: tuple[str, ...] = properties._fields
    return names


def _table(properties: object) -> Table:
    """Write properties as RabbitMQ does: only those that are set, the last first, and numbers in 32 bits."""
    there = ((name, getattr(properties, name)) for name in reversed(_names(properties)))
    return {name: _value(value) for name, value in there if value is not None}


def _value(value: Value) -> Value:
    return int(value) if isinstance(value, int) else value

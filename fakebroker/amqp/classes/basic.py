"""``basic.*``: publishing, getting, acknowledging, limiting (RabbitMQ 3.10: rabbit_channel)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from fakebroker.amqp.classes import consuming
from fakebroker.amqp.classes.shortcuts import content_of, queue_name
from fakebroker.amqp.ports import BatchHandler, ChannelHandler, HandlerChannel
from fakebroker.broker.channel.batching import publication
from fakebroker.broker.channel.firehose import trace_delivery
from fakebroker.broker.message import Message, Properties, make_message, parse_expiration
from fakebroker.broker.queues.direct_reply_to import REPLY_TO, address_replies
from fakebroker.errors import AMQPError, DecodeError, crash
from fakebroker.wire.command import Command, Content, Taken

if TYPE_CHECKING:
    from fakebroker.wire.methods import (
        BasicAck,
        BasicGet,
        BasicNack,
        BasicPublish,
        BasicQos,
        BasicRecover,
        BasicRecoverAsync,
        BasicReject,
    )


def publish(channel: HandlerChannel, command: Command[BasicPublish]) -> None:
    """Check a message, then route it."""
    content = command.content
    assert content is not None, "basic.publish carries content"
    if type(content) is Taken:
        channel.session.publisher.count_taken()
        return
    message = _message(channel, command.args, content, len(content.body))
    channel.session.publisher.publish(message, partial(_return, channel) if command.args.mandatory else None)


def publish_batch(
    channel: HandlerChannel, first: Command[BasicPublish], bodies: Sequence[bytes]
) -> Callable[[], None] | None:
    """A function that publishes a batch as one; None where the messages have to be published one by one."""

    def make() -> Message:
        """Make the first message. Its checks hold for all, but for the size."""
        channel.wake()
        assert first.content is not None, "basic.publish carries content"
        return _message(channel, first.args, first.content, max(map(len, bodies)))

    return publication(channel.session.publisher, make, bodies, first.args.mandatory)


def _message(channel: HandlerChannel, args: BasicPublish, content: Content, size: int) -> Message:
    if args.immediate:
        raise AMQPError("not-implemented", "immediate=true")
    limit = channel.broker.tuning.max_message_size
    if size > limit:
        text = f"message size {size} is larger than configured max size {limit}"
        raise AMQPError("precondition-failed", text)
    channel.check("write", "exchange", args.exchange)
    exchange = channel.vhost.exchanges.find(args.exchange)
    if exchange.internal:
        raise AMQPError("access-refused", f"cannot publish to internal {exchange.resource}")
    if exchange.type == "topic":
        channel.check_topic("write", exchange.name, args.routing_key)
    properties = _properties_of(content)
    if properties.reply_to == REPLY_TO:
        content = cast(Content, address_replies(content, channel.session.replies.consumer))
    _check_properties(channel, properties)
    return make_message(args.exchange, args.routing_key, content)


def _properties_of(content: Content) -> Properties:
    """The properties. RabbitMQ 3.10 crashes on properties that can't be decoded."""
    try:
        return cast(Properties, content.properties)
    except DecodeError as error:
        raise crash() from error


def _check_properties(channel: HandlerChannel, properties: Properties) -> None:
    user = properties.user_id
    if user is not None and user != channel.user.name and "impersonator" not in channel.user.tags:
        text = f"user_id property set to '{user}' but authenticated user was '{channel.user.name}'"
        raise AMQPError("precondition-failed", text)
    if properties.expiration is not None:
        parse_expiration(properties.expiration)


def _return(channel: HandlerChannel, message: Message) -> None:
    channel.send(
        "basic.return",
        content_of(message),
        reply_code=312,
        reply_text="NO_ROUTE",
        exchange=message.exchange,
        routing_key=message.routing_key,
    )


def get(channel: HandlerChannel, command: Command[BasicGet]) -> None:
    """Fetch one message."""
    args = command.args
    name = queue_name(channel, args.queue)
    channel.check("read", "queue", name)
    queue = channel.vhost.queues.find(name)
    queue.check_access(channel.connection)
    delivery = queue.get(channel.session, args.no_ack)
    if delivery is None:
        for counts in (channel.session.counts, queue.counts):
            counts.get_empty += 1
        channel.send("basic.get-empty")
        return
    channel.send(
        "basic.get-ok",
        content_of(delivery),
        delivery_tag=delivery.tag,
        redelivered=delivery.redelivered,
        exchange=delivery.message.exchange,
        routing_key=delivery.message.routing_key,
        message_count=queue.message_count,
    )
    if channel.vhost.tracing:
        trace_delivery(channel, delivery)


def ack(channel: HandlerChannel, command: Command[BasicAck]) -> None:
    """Acknowledge one delivery or several."""
    channel.session.ack(command.args.delivery_tag, command.args.multiple)


def nack(channel: HandlerChannel, command: Command[BasicNack]) -> None:
    """Reject one delivery or several (RabbitMQ's extension)."""
    args = command.args
    channel.session.reject(args.delivery_tag, args.multiple, args.requeue)


def reject(channel: HandlerChannel, command: Command[BasicReject]) -> None:
    """Reject one delivery."""
    channel.session.reject(command.args.delivery_tag, requeue=command.args.requeue)


def recover(channel: HandlerChannel, command: Command[BasicRecover]) -> None:
    """Requeue all that is not acknowledged. The answer comes before anything is delivered again."""
    _check_requeue(command.args.requeue)
    channel.session.recover(partial(channel.send, "basic.recover-ok"))


def recover_async(channel: HandlerChannel, command: Command[BasicRecoverAsync]) -> None:
    """The same without an answer. In 0-8 basic.recover is without one too."""
    _check_requeue(command.args.requeue)
    channel.session.recover(lambda: None)


def _check_requeue(requeue: bool) -> None:
    if not requeue:
        raise AMQPError("not-implemented", "requeue=false")


def qos(channel: HandlerChannel, command: Command[BasicQos]) -> None:
    """Set the prefetch limit. The answer comes before anything is delivered because of it."""
    args = command.args
    if args.prefetch_size:
        raise AMQPError("not-implemented", f"prefetch_size!=0 ({args.prefetch_size})")
    channel.send("basic.qos-ok")
    channel.session.set_prefetch(args.prefetch_count, args.global_)


BATCHES: dict[str, BatchHandler] = {"basic.publish": publish_batch}

HANDLERS: dict[str, ChannelHandler] = {
    "basic.publish": publish,
    "basic.get": get,
    "basic.ack": ack,
    "basic.nack": nack,
    "basic.reject": reject,
    "basic.recover": recover,
    "basic.recover-async": recover_async,
    "basic.qos": qos,
    **consuming.HANDLERS,
}

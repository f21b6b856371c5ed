"""``basic.consume``, ``basic.cancel`` and what they lead to: ``basic.deliver``, the server's ``basic.cancel``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fakebroker.amqp.classes.shortcuts import content_of, queue_name
from fakebroker.amqp.ports import ChannelHandler, HandlerChannel
from fakebroker.broker.channel.firehose import trace_delivery
from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Consumer, Delivery
from fakebroker.broker.queues.direct_reply_to import REPLY_TO
from fakebroker.errors import crash
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicCancel, BasicConsume, BasicCredit


def consume(channel: HandlerChannel, command: Command[BasicConsume]) -> None:
    """Subscribe to a queue. ``no_local`` is ignored, as by RabbitMQ."""
    args = command.args
    name = queue_name(channel, args.queue)
    session = channel.session
    if name == REPLY_TO:
        tag = session.consume_replies(partial(_deliver_reply, channel), args.consumer_tag, args.no_ack)
        channel.reply(command, "basic.consume-ok", consumer_tag=tag)
        return
    session.check_tag(args.consumer_tag)
    channel.check("read", "queue", name)
    queue = channel.vhost.queues.find(name)
    queue.check_access(channel.connection)
    consumer = session.consume(
        queue,
        deliver=partial(_deliver, channel),
        cancelled=partial(_cancelled, channel),
        tag=args.consumer_tag,
        no_ack=args.no_ack,
        exclusive=args.exclusive,
        arguments=getattr(args, "arguments", None),
    )
    session.mailbox.put(partial(channel.reply, command, "basic.consume-ok", consumer_tag=consumer.tag))
    queue.run()


def _deliver(channel: HandlerChannel, delivery: Delivery) -> None:
    consumer, message, content = delivery.consumer, delivery.message, content_of(delivery)
    assert consumer is not None
    method = channel.connection.spec.methods["basic.deliver"]
    args = method.make(consumer.tag, delivery.tag, delivery.redelivered, message.exchange, message.routing_key)
    channel.pass_on(Command(channel.number, method, args, content), delivery.bodies)
    if channel.vhost.tracing:
        trace_delivery(channel, delivery)


def _deliver_reply(channel: HandlerChannel, message: Message, consumer_tag: str, delivery_tag: int) -> None:
    channel.send(
        "basic.deliver",
        content_of(message),
        consumer_tag=consumer_tag,
        delivery_tag=delivery_tag,
        exchange=message.exchange,
        routing_key=message.routing_key,
    )


def _cancelled(channel: HandlerChannel, consumer: Consumer) -> None:
    """Send ``basic.cancel`` to a client that announced ``consumer_cancel_notify`` (in any version of the protocol)."""
    if channel.connection.capable("consumer_cancel_notify"):
        channel.send("basic.cancel", consumer_tag=consumer.tag, no_wait=True)


def cancel(channel: HandlerChannel, command: Command[BasicCancel]) -> None:
    """End a subscription. An unknown tag gets the same answer."""
    tag = command.args.consumer_tag
    channel.session.cancel(tag, partial(channel.reply, command, "basic.cancel-ok", consumer_tag=tag))


def credit(channel: HandlerChannel, command: Command[BasicCredit]) -> None:
    """Give a consumer credit for so many messages (RabbitMQ's extension).

    With ``drain``, an empty queue crashes a channel of RabbitMQ 3.10.
    """
    args = command.args
    answer = partial(channel.send, "basic.credit-ok")
    queue = channel.session.credit(args.consumer_tag, args.credit, lambda count: answer(available=count))
    if args.drain and not queue.message_count:
        channel.session.mailbox.put(partial(channel.fail, crash()))


HANDLERS: dict[str, ChannelHandler] = {
    "basic.consume": consume,
    "basic.cancel": cancel,
    "basic.credit": credit,
}

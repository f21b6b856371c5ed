"""``queue.*``: the handlers check in RabbitMQ's order, and answer (RabbitMQ 3.10: rabbit_channel)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from fakebroker.amqp.classes.binding import change_binding
from fakebroker.amqp.classes.shortcuts import queue_and_key, queue_name
from fakebroker.amqp.ports import ChannelHandler, HandlerChannel
from fakebroker.broker.exchanges import Destination
from fakebroker.broker.queues.arguments import queue_type
from fakebroker.broker.queues.base import Queue
from fakebroker.broker.queues.direct_reply_to import REPLY_TO
from fakebroker.broker.resource_names import check_reserved, clean, not_found
from fakebroker.erlang.compare import type_name
from fakebroker.errors import AMQPError
from fakebroker.values import Table
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import QueueBind, QueueDeclare, QueueDelete, QueuePurge, QueueUnbind


def declare(channel: HandlerChannel, command: Command[QueueDeclare]) -> None:
    """Create a queue, or check that an existing one is the same. Passive: check only that there is one."""
    args = command.args
    queues = channel.vhost.queues
    name = clean(args.queue)
    if args.queue.startswith(REPLY_TO):
        _declare_replies(channel, command, name)
        return
    if args.passive:
        queue = queues.find(name)
        queue.check_access(channel.connection)
    else:
        queue = _declare(channel, name, args)
    if not args.no_wait:
        queue.touch()
    channel.current_queue = queue.name
    channel.reply(
        command,
        "queue.declare-ok",
        queue=queue.name,
        message_count=queue.message_count,
        consumer_count=queue.consumer_count,
    )


def _declare_replies(channel: HandlerChannel, command: Command[QueueDeclare], name: str) -> None:
    """Declare the pseudo-queue of direct reply-to or a reply address: check only that it is there."""
    if name not in channel.vhost.queues.replies:
        raise not_found("queue", name, channel.vhost.name)
    channel.current_queue = name
    channel.reply(command, "queue.declare-ok", queue=name, message_count=0, consumer_count=1)


def _declare(channel: HandlerChannel, name: str, args: QueueDeclare) -> Queue:
    queues = channel.vhost.queues
    owner = channel.connection if args.exclusive else None
    arguments = channel.vhost.with_queue_type(args.arguments, args.durable, args.exclusive, args.auto_delete)
    if not name:
        kind = queue_type(arguments)
        if kind != "classic":
            text = f"Cannot declare a server-named queue for type rabbit_{kind}_queue"
            raise AMQPError("precondition-failed", text)
        name = channel.broker.make_name("amq.gen-")
    else:
        check_reserved("queue", name)
    channel.check("configure", "queue", name)
    queue = queues.get(name)
    if queue is None:
        queues.check_limit(name)
        _check_dead_letter_exchange(channel, name, arguments)
        return queues.create(name, args.durable, args.auto_delete, arguments, owner)
    queue.check_alive()
    queues.check_equivalent(queue, args.durable, args.auto_delete, arguments, owner)
    return queue


def _check_dead_letter_exchange(channel: HandlerChannel, name: str, arguments: Table) -> None:
    key = "x-dead-letter-exchange"
    if key not in arguments:
        return
    exchange = arguments[key]
    if not isinstance(exchange, str):
        text = f"invalid type '{type_name(exchange)}' for arg '{key}' in queue '{name}' in vhost '{channel.vhost.name}'"
        raise AMQPError("precondition-failed", text)
    channel.check("read", "queue", name)
    channel.check("write", "exchange", exchange)


def delete(channel: HandlerChannel, command: Command[QueueDelete]) -> None:
    """Delete a queue. One that does not exist is no error. Consumers are cancelled after the answer."""
    args = command.args
    name = clean(queue_name(channel, args.queue))
    channel.check("configure", "queue", name)
    queue = channel.vhost.queues.get(name)
    if queue is None:
        channel.reply(command, "queue.delete-ok", message_count=0)
        return
    queue.check_access(channel.connection)
    count = channel.vhost.queues.remove(queue, args.if_unused, args.if_empty)
    channel.reply(command, "queue.delete-ok", message_count=count)
    queue.abandon()


def purge(channel: HandlerChannel, command: Command[QueuePurge]) -> None:
    """Remove the messages that are ready."""
    name = queue_name(channel, command.args.queue)
    channel.check("read", "queue", name)
    queue = channel.vhost.queues.find(name)
    queue.check_access(channel.connection)
    channel.reply(command, "queue.purge-ok", message_count=queue.purge())


def bind(channel: HandlerChannel, command: Command[QueueBind]) -> None:
    """Bind a queue to an exchange."""
    _change(channel, "bind", command.args)
    channel.reply(command, "queue.bind-ok")


def unbind(channel: HandlerChannel, command: Command[QueueUnbind]) -> None:
    """Remove a binding. queue.unbind has no no-wait, so that it is always answered."""
    _change(channel, "unbind", command.args)
    channel.send("queue.unbind-ok")


def _change(channel: HandlerChannel, action: Literal["bind", "unbind"], args: QueueBind | QueueUnbind) -> None:
    name, key = queue_and_key(channel, args.queue, args.routing_key)

    def check(queue: Destination) -> None:
        assert isinstance(queue, Queue)
        queue.check_access(channel.connection)

    change_binding(channel, action, args.exchange, ("queue", name), key, args.arguments, check)


HANDLERS: dict[str, ChannelHandler] = {
    "queue.declare": declare,
    "queue.delete": delete,
    "queue.purge": purge,
    "queue.bind": bind,
    "queue.unbind": unbind,
}

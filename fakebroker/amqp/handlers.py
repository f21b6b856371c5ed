"""Method -> handler, for both kinds of channel: 0 belongs to the connection, the others to channels."""

from __future__ import annotations

from fakebroker.amqp.classes import access, basic, channel, confirm, connection, exchange, queue, tx
from fakebroker.amqp.ports import ChannelHandler, HandlerChannel, Handlers
from fakebroker.wire.command import Command


def _waits(handler: ChannelHandler) -> ChannelHandler:
    """The handler of a command for which a channel of RabbitMQ waits: dead letters on their way arrive meanwhile."""

    def handle(channel: HandlerChannel, command: Command) -> None:
        handler(channel, command)
        channel.vhost.queues.dead_letters.deliver()

    return handle


_QUICK = frozenset(("basic.publish", "basic.ack", "basic.nack", "basic.reject", "basic.qos", "basic.recover",
                    "basic.recover-async", "basic.credit"))  # fmt: skip
"""Of exchanges, queues and messages, the commands that a channel passes on and does not wait for."""

HANDLERS = Handlers(
    connection=connection.HANDLERS,
    channel={
        **channel.HANDLERS,
        **access.HANDLERS,
        **{
            name: handler if name in _QUICK else _waits(handler)
            for name, handler in {**exchange.HANDLERS, **queue.HANDLERS, **basic.HANDLERS}.items()
        },
        **tx.HANDLERS,
        **confirm.HANDLERS,
    },
    batches=basic.BATCHES,
)
"""What a connection and its channels are given when they are made."""

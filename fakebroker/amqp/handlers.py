"""The handler of each method: on channel 0 the connection's, on the others the channels'."""

from __future__ import annotations

from fakebroker.amqp.classes import access, basic, channel, confirm, connection, exchange, queue, tx
from fakebroker.amqp.ports import ChannelHandler, HandlerChannel, Handlers
from fakebroker.wire.command import Command


def _waits(handler: ChannelHandler) -> ChannelHandler:
    """The same, and dead letters on their way arrive behind it: a channel of RabbitMQ waits for such a command."""

    def handle(channel: HandlerChannel, command: Command) -> None:
        handler(channel, command)
        channel.vhost.queues.dead_letters.deliver()

    return handle


_QUICK = frozenset(("basic.publish", "basic.ack", "basic.nack", "basic.reject", "basic.qos", "basic.recover",
                    "basic.recover-async", "basic.credit"))  # fmt: skip
"""Commands that a channel of RabbitMQ passes on to exchanges or queues without waiting for the outcome."""

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
"""Given to each connection when it is made, and by it to its channels."""

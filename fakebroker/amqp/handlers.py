"""Method -> handler, for both kinds of channel: 0 belongs to the connection, the others to channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.amqp.classes import access, basic, channel, confirm, connection, exchange, queue, tx
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fakebroker.amqp.channel import Channel
    from fakebroker.amqp.connection import Connection


def _waits(handler: Callable[[Channel, Command], None]) -> Callable[[Channel, Command], None]:
    """The handler of a command for which a channel of RabbitMQ waits: dead letters on their way arrive meanwhile."""

    def handle(channel: Channel, command: Command) -> None:
        handler(channel, command)
        channel.vhost.queues.dead_letters.deliver()

    return handle


_QUICK = frozenset(("basic.publish", "basic.ack", "basic.nack", "basic.reject", "basic.qos", "basic.recover",
                    "basic.recover-async", "basic.credit"))  # fmt: skip
"""Of exchanges, queues and messages, the commands that a channel passes on and does not wait for."""

CONNECTION_HANDLERS: Mapping[str, Callable[[Connection, Command], None]] = connection.HANDLERS

CHANNEL_HANDLERS: Mapping[str, Callable[[Channel, Command], None]] = {
    **channel.HANDLERS,
    **access.HANDLERS,
    **{
        name: handler if name in _QUICK else _waits(handler)
        for name, handler in {**exchange.HANDLERS, **queue.HANDLERS, **basic.HANDLERS}.items()
    },
    **tx.HANDLERS,
    **confirm.HANDLERS,
}

"""Method -> handler, for both kinds of channel: 0 belongs to the connection, the others to channels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.amqp.classes import access, basic, channel, confirm, connection, exchange, queue, tx
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from fakebroker.amqp.channel import Channel
    from fakebroker.amqp.connection import Connection

CONNECTION_HANDLERS: Mapping[str, Callable[[Connection, Command], None]] = connection.HANDLERS

CHANNEL_HANDLERS: Mapping[str, Callable[[Channel, Command], None]] = {
    **channel.HANDLERS,
    **access.HANDLERS,
    **exchange.HANDLERS,
    **queue.HANDLERS,
    **basic.HANDLERS,
    **tx.HANDLERS,
    **confirm.HANDLERS,
}

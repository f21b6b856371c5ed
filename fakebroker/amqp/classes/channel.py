"""``channel.*`` on an open channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.errors import AMQPError
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebroker.amqp.channel import Channel


def open_again(channel: Channel, command: Command) -> None:
    """A channel is opened once."""
    raise AMQPError("channel-error", "second 'channel.open' seen")


def close(channel: Channel, command: Command) -> None:
    """Give everything back, and free the number."""
    channel.finish()


def flow(channel: Channel, command: Command) -> None:
    """RabbitMQ lets a client start the flow, never stop it."""
    if not command.args.active:
        raise AMQPError("not-implemented", "active=false")
    channel.send("channel.flow-ok", active=True)


HANDLERS: dict[str, Callable[[Channel, Command], None]] = {
    "channel.open": open_again,
    "channel.close": close,
    "channel.flow": flow,
}

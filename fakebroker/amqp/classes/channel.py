"""``channel.*`` on an open channel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.amqp.endings import ChannelCause
from fakebroker.amqp.ports import ChannelHandler, HandlerChannel
from fakebroker.errors import AMQPError
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import ChannelClose, ChannelFlow, ChannelOpen


def open_again(channel: HandlerChannel, command: Command[ChannelOpen]) -> None:
    """A channel is opened once."""
    raise AMQPError("channel-error", "second 'channel.open' seen")


def close(channel: HandlerChannel, command: Command[ChannelClose]) -> None:
    """Give everything back, and free the number."""
    channel.end_because(ChannelCause.CLIENT_CLOSES)


def flow(channel: HandlerChannel, command: Command[ChannelFlow]) -> None:
    """RabbitMQ lets a client start the flow, never stop it."""
    if not command.args.active:
        raise AMQPError("not-implemented", "active=false")
    channel.send("channel.flow-ok", active=True)


HANDLERS: dict[str, ChannelHandler] = {
    "channel.open": open_again,
    "channel.close": close,
    "channel.flow": flow,
}

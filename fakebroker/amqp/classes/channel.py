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
    """Refuse to open a channel that is open."""
    raise AMQPError("channel-error", "second 'channel.open' seen")


def close(channel: HandlerChannel, command: Command[ChannelClose]) -> None:
    """End the channel: it gives back all that it holds, and its number is free."""
    channel.end_because(ChannelCause.CLIENT_CLOSES)


def flow(channel: HandlerChannel, command: Command[ChannelFlow]) -> None:
    """Start the flow, which is never stopped. RabbitMQ refuses a client that wants to stop it."""
    if not command.args.active:
        raise AMQPError("not-implemented", "active=false")
    channel.send("channel.flow-ok", active=True)


HANDLERS: dict[str, ChannelHandler] = {
    "channel.open": open_again,
    "channel.close": close,
    "channel.flow": flow,
}

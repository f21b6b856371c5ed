"""``access.request`` of AMQP 0-8 and 0-9, which had realms. RabbitMQ answers it, and ignores tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.amqp.ports import ChannelHandler, HandlerChannel
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import AccessRequest


def request(channel: HandlerChannel, command: Command[AccessRequest]) -> None:
    """Grant whatever is asked; the ticket is always 1."""
    channel.send("access.request-ok", ticket=1)


HANDLERS: dict[str, ChannelHandler] = {"access.request": request}

"""``access.request``, which AMQP 0-8 and 0-9 have: realms, long gone. RabbitMQ answers, and ignores tickets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebroker.amqp.channel import Channel


def request(channel: Channel, command: Command) -> None:
    """Grant whatever is asked; the ticket is always 1."""
    channel.send("access.request-ok", ticket=1)


HANDLERS: dict[str, Callable[[Channel, Command], None]] = {"access.request": request}

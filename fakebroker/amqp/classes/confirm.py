"""``confirm.select`` and what it leads to: the broker's ``basic.ack`` and ``basic.nack``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fakebroker.amqp.ports import ChannelHandler, HandlerChannel
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import ConfirmSelect


def select(channel: HandlerChannel, command: Command[ConfirmSelect]) -> None:
    """Confirm each message from now on. A second confirm.select changes nothing."""
    output = channel.connection.output
    channel.session.publisher.select_confirms(partial(_confirm, channel), lambda: output.confirms_one_by_one)
    channel.reply(command, "confirm.select-ok")


def _confirm(channel: HandlerChannel, taken: bool, number: int, multiple: bool) -> None:
    """Send a confirm: an ack, or a nack. RabbitMQ 3.10 sets ``requeue`` in its nacks."""
    if taken:
        channel.send("basic.ack", delivery_tag=number, multiple=multiple)
    else:
        channel.send("basic.nack", delivery_tag=number, multiple=multiple, requeue=True)


HANDLERS: dict[str, ChannelHandler] = {"confirm.select": select}

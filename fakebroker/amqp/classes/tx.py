"""``tx.*``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from collections.abc import Callable

    from fakebroker.amqp.channel import Channel


def select(channel: Channel, command: Command) -> None:
    """Make the channel transactional; once more changes nothing."""
    channel.session.select_tx()
    channel.send("tx.select-ok")


def commit(channel: Channel, command: Command) -> None:
    """Hand out and settle; returned messages come before the answer."""
    channel.session.commit(partial(channel.send, "tx.commit-ok"))


def rollback(channel: Channel, command: Command) -> None:
    """Forget what was published and settled."""
    channel.session.rollback()
    channel.send("tx.rollback-ok")


HANDLERS: dict[str, Callable[[Channel, Command], None]] = {
    "tx.select": select,
    "tx.commit": commit,
    "tx.rollback": rollback,
}

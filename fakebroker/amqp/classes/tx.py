"""``tx.*``: transactions."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from fakebroker.amqp.ports import ChannelHandler, HandlerChannel
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import TxCommit, TxRollback, TxSelect


def select(channel: HandlerChannel, command: Command[TxSelect]) -> None:
    """Make the channel transactional. A second tx.select changes nothing."""
    channel.session.select_tx()
    channel.send("tx.select-ok")


def commit(channel: HandlerChannel, command: Command[TxCommit]) -> None:
    """Give what was published to its queues, and apply the acks. Returned messages come before the answer."""
    channel.session.commit(partial(channel.send, "tx.commit-ok"))


def rollback(channel: HandlerChannel, command: Command[TxRollback]) -> None:
    """Forget what was published, and the acks."""
    channel.session.rollback()
    channel.send("tx.rollback-ok")


HANDLERS: dict[str, ChannelHandler] = {
    "tx.select": select,
    "tx.commit": commit,
    "tx.rollback": rollback,
}

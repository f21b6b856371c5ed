"""Confirms that a rule keeps back for a while, so that one with ``multiple`` stands for all of them."""

from __future__ import annotations

from collections.abc import Callable

from fakebroker.faults import steps as do
from fakebroker.wire.command import Command


class KeptConfirms:
    """The confirms of one connection that are kept back.

    :param put: puts steps into the lane to the client.
    """

    def __init__(self, put: Callable[[do.Step], None]) -> None:
        self._put = put
        self._kept: dict[int, list[do.Pass]] = {}

    def keep(self, channel: int) -> bool:
        """Keep all from now on that the broker confirms on a channel; False where that is so already."""
        if channel in self._kept:
            return False
        self._kept[channel] = []
        return True

    def takes(self, step: do.Pass) -> bool:
        """Whether a step lets a confirm go that has to be kept. It is kept then."""
        command = step.item
        if not self._kept or not isinstance(command, Command) or command.name != "basic.ack":
            return False
        kept = self._kept.get(command.channel)
        if kept is None:
            return False
        kept.append(step)
        return True

    def tell(self, channel: int) -> None:
        """Let one confirm stand for all that were kept."""
        kept = self._kept.pop(channel, [])
        if not kept:
            return
        last = kept[-1]
        command = last.item
        if len(kept) > 1 and isinstance(command, Command):
            highest = max(step.item.args.delivery_tag for step in kept if isinstance(step.item, Command))
            args = command.args._replace(delivery_tag=highest, multiple=True)
            last = last._replace(item=Command(channel, command.method, args))
        self._put(last)

    def forget(self, channel: int) -> None:
        """Keep nothing more of a channel that has ended."""
        self._kept.pop(channel, None)

    def stop(self) -> None:
        """The connection is gone: keep nothing, and hold nobody."""
        self._kept.clear()
        self._put = _nothing


def _nothing(step: do.Step) -> None:
    """What puts steps when the connection is gone."""

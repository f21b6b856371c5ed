"""Deliveries that a client has and will settle, and that the broker does not wait for, because of rules."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from fakebroker.faults.actions.commands import changed
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import HasDeliveryTag

SETTLES = ("basic.ack", "basic.nack", "basic.reject")
FORGETS = ("channel.open", "basic.recover", "basic.recover-async")
"""After these the client holds no deliveries."""
ENDS_TRANSACTION = ("tx.commit", "tx.rollback", "channel.open")


class ExtraDeliveries:
    """The extra deliveries of one connection: copies, those that a rule has made up, those that a rule had requeued.

    When the client settles such a delivery, the broker must not hear of it. When a client settles some of these and
    some of the broker's with one command, the broker hears of its own.
    """

    def __init__(self) -> None:
        self._tags: dict[int, dict[int, int]] = {}  # by channel: how many with each tag
        self._settled: dict[int, list[int]] = {}  # by channel, in a transaction: what a rollback takes back

    def add(self, channel: int, tag: int) -> None:
        """The client has been sent one more extra delivery."""
        tags = self._tags.setdefault(channel, {})
        tags[tag] = tags.get(tag, 0) + 1

    def heard(self, command: Command, outstanding: Collection[int], transactional: bool) -> Command | None:
        """What the broker is to hear of a command of the client; None when it is about extra deliveries only.

        :param outstanding: the tags of the deliveries that the broker waits for on this channel.
        :param transactional: whether the channel is transactional.
        """
        channel, name = command.channel, command.name
        if name in ENDS_TRANSACTION:
            settled = self._settled.pop(channel, ())
            for tag in settled if name == "tx.rollback" else ():
                self.add(channel, tag)
        tags = self._tags.get(channel)
        if not tags:
            return command
        if name in FORGETS:
            del self._tags[channel]
        if name not in SETTLES:
            return command
        left = self._settle(command, tags, outstanding, self._settled.setdefault(channel, []))
        if not transactional:
            del self._settled[channel]
        return left

    def _settle(
        self, command: Command, tags: dict[int, int], outstanding: Collection[int], settled: list[int]
    ) -> Command | None:
        answer: HasDeliveryTag = command.args
        tag = answer.delivery_tag
        if getattr(answer, "multiple", False):
            return self._up_to(tag, tags, command, outstanding, settled)
        if tag in outstanding or tag not in tags:
            return command
        settled.append(tag)
        tags[tag] -= 1
        if not tags[tag]:
            del tags[tag]
        return None

    def _up_to(
        self, tag: int, tags: dict[int, int], command: Command, outstanding: Collection[int], settled: list[int]
    ) -> Command | None:
        meant = [each for each in tags if tag == 0 or each <= tag]
        for each in meant:
            settled += [each] * tags.pop(each)
        if tag == 0 or tag in outstanding or tag not in meant:
            return command
        before = [each for each in outstanding if each < tag]
        return changed(command, {"delivery_tag": max(before)}) if before else None

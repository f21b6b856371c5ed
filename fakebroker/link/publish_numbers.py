"""The numbers by which a client in confirm mode knows its publishes; and which of several steps sends a copy.

Rules drop, hold and copy publishes, so that the broker gets others than the client has sent. It is told each number.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fakebroker.faults import steps as do
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import HasDeliveryTag

COPY = 0
"""Stands for a number: the item is a copy, of which the side that it comes from knows nothing."""

UNSETTLED = -1
"""The same for a copy of a delivery that needs no ack."""

DELIVERIES = ("basic.deliver", "basic.get-ok")


class PublishNumbers:
    """Counts what a client publishes on channels in confirm mode, whatever rules make of it.

    :param published: tells how many publishes the broker has counted on a channel; None when it confirms none there.
    """

    def __init__(self, published: Callable[[int], int | None]) -> None:
        self._published = published
        self._last: dict[int, int] = {}

    def mark(self, item: do.Item, steps: Sequence[do.Step]) -> Sequence[do.Step]:
        """The steps that rules have made of a command of the client; a publish gets its number."""
        if not isinstance(item, Command):
            return steps
        name, channel = item.name, item.channel
        if name == "channel.open":
            self._last.pop(channel, None)
        elif name == "confirm.select" and any(_goes_on(step, item) for step in steps):
            # The client counts from here on, even if a rule delays the command.
            self._last.setdefault(channel, self._published(channel) or 0)
        if name != "basic.publish":
            return steps
        counted = self._last.get(channel, self._published(channel))
        if counted is None:
            return numbered(steps, item, COPY)  # even if a rule holds it until the channel confirms
        self._last[channel] = counted + 1
        return numbered(steps, item, counted + 1)


def unsettled(steps: Sequence[do.Step], item: Command) -> list[do.Step]:
    """The steps that rules have made of a delivery that needs no ack; copies of it need none either."""
    marked = numbered(steps, item, None, UNSETTLED)
    return [step._replace(copied=False) if isinstance(step, do.Write) else step for step in marked]


def numbered(steps: Sequence[do.Step], item: Command, number: int | None, copy: int = COPY) -> list[do.Step]:
    """The steps that rules have made of a command, with numbers. The first step that lets it go on gets its own number;
    the others make copies.

    :param number: the command's own.
    :param copy: what stands for the number of a copy.
    """
    found: list[do.Step] = []
    for step in steps:
        if isinstance(step, (do.Pass, do.Hold, do.Behind)) and _goes_on(step, item):
            if number != copy and _tag(step.item) != _tag(item):
                step = step._replace(number=copy)
            else:
                step, number = step._replace(number=number), copy
        elif isinstance(step, do.Write) and step.of is not None and _tag(step.of) != _tag(item):
            step = step._replace(copied=True)
        found.append(step)
    return found


def _goes_on(step: do.Step, item: Command) -> bool:
    """Whether a step lets a command go on, now or later."""
    going = step.item if isinstance(step, (do.Pass, do.Hold, do.Behind)) else None
    return isinstance(going, Command) and going.name == item.name


def _tag(command: do.Item) -> int | None:
    if not isinstance(command, Command):
        return None
    if command.name not in DELIVERIES:
        return None
    delivery: HasDeliveryTag = command.args
    return delivery.delivery_tag

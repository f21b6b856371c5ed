"""What is the how many-th: the numbers by which a client in confirm mode knows its publishes, and copies of things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fakebroker.faults import steps as do
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import HasDeliveryTag

COPY = 0
"""In the place of a number: the other side knows of no such thing."""

UNSETTLED = -1
"""The same for a copy of a delivery that nobody acknowledges."""

DELIVERIES = ("basic.deliver", "basic.get-ok")


class PublishNumbers:
    """Counts what a client has published on channels in confirm mode, whatever rules let the broker have of it.

    :param published: how many the broker has counted on a channel; None when it does not confirm.
    """

    def __init__(self, published: Callable[[int], int | None]) -> None:
        self._published = published
        self._last: dict[int, int] = {}

    def mark(self, item: do.Item, steps: Sequence[do.Step]) -> Sequence[do.Step]:
        """What rules have made of a command of the client, with its number where it is a publish to be confirmed."""
        if not isinstance(item, Command):
            return steps
        name, channel = item.name, item.channel
        if name == "channel.open":
            self._last.pop(channel, None)
        elif name == "confirm.select" and any(_goes_on(step, item) for step in steps):
            # The client counts from here on, however late the broker hears of it.
            self._last.setdefault(channel, self._published(channel) or 0)
        if name != "basic.publish":
            return steps
        counted = self._last.get(channel, self._published(channel))
        if counted is None:
            return numbered(steps, item, COPY)  # not to be confirmed, if it is held until the others are
        self._last[channel] = counted + 1
        return numbered(steps, item, counted + 1)


def unsettled(steps: Sequence[do.Step], item: Command) -> list[do.Step]:
    """The steps with a delivery that nobody settles: nor does anybody settle copies of it."""
    marked = numbered(steps, item, None, UNSETTLED)
    return [step._replace(copied=False) if isinstance(step, do.Write) else step for step in marked]


def numbered(steps: Sequence[do.Step], item: Command, number: int | None, copy: int = COPY) -> list[do.Step]:
    """Give the first step that lets a command go on its number, the others that do that of a copy."""
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
    """Whether a command goes on with a step, now or later."""
    going = step.item if isinstance(step, (do.Pass, do.Hold, do.Behind)) else None
    return isinstance(going, Command) and going.name == item.name


def _tag(command: do.Item) -> int | None:
    if not isinstance(command, Command):
        return None
    if command.name not in DELIVERIES:
        return None
    delivery: HasDeliveryTag = command.args
    return delivery.delivery_tag

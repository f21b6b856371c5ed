"""What is the how many-th: the numbers by which a client in confirm mode knows its publishes, and copies of things."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from fakebroker.faults import steps as do
from fakebroker.wire.command import Command

COPY = 0
"""In the place of a number: the other side knows of no such thing."""

DELIVERIES = ("basic.deliver", "basic.get-ok")


class Numbers:
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
        if item.name == "channel.open":
            self._last.pop(item.channel, None)
        if item.name != "basic.publish":
            return steps
        counted = self._published(item.channel)
        if counted is None:
            return steps
        number = self._last[item.channel] = self._last.get(item.channel, counted) + 1
        return numbered(steps, item, number)


def without_copies(steps: Sequence[do.Step]) -> list[do.Step]:
    """The steps with a delivery that nobody settles: copies of it need no telling apart."""
    return [step._replace(copy_of=None) if isinstance(step, do.Write) else step for step in steps]


def numbered(steps: Sequence[do.Step], item: Command, number: int | None) -> list[do.Step]:
    """Give the first step that lets a command go on its number, the others that do that of a copy."""
    found: list[do.Step] = []
    for step in steps:
        if isinstance(step, (do.Pass, do.Hold, do.Behind)) and isinstance(step.item, Command):
            if step.item.name == item.name:
                if number != COPY and _tag(step.item) != _tag(item):
                    step = step._replace(number=COPY)
                else:
                    step, number = step._replace(number=number), COPY
        found.append(step)
    return found


def _tag(command: Command) -> int | None:
    return command.args.delivery_tag if command.name in DELIVERIES else None

"""What is set aside until something else has gone the same way, and what comes of it when its channel has ended."""

from __future__ import annotations

from collections import Counter

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Direction
from fakebroker.wire.command import Command

ENDS = ("channel.close", "channel.close-ok")


class Behind:
    """The commands of one connection that come behind others of their channels."""

    def __init__(self) -> None:
        self._waiting: dict[Direction, list[do.Behind]] = {"in": [], "out": []}

    def add(self, direction: Direction, step: do.Behind) -> None:
        """Set one aside."""
        self._waiting[direction].append(step)

    def due(self, direction: Direction, item: Command) -> list[do.Pass]:
        """A command has gone: what was to come behind it."""
        waiting = self._waiting[direction]
        if not waiting:
            return []
        due = [step for step in waiting if _ends_wait(step, item)]
        self._waiting[direction] = [step for step in waiting if not _ends_wait(step, item)]
        return [do.Pass(step.item, step.number) for step in due]

    def clear(self) -> None:
        """Forget all."""
        self._waiting = {"in": [], "out": []}


def _ends_wait(step: do.Behind, item: Command) -> bool:
    waiting = step.item
    if not isinstance(waiting, Command) or waiting.channel != item.channel:
        return False
    return step.command is None or step.command == item.name


class Lives:
    """Which channel of a number it is: one that is opened again is another."""

    def __init__(self) -> None:
        self._ends: Counter[int] = Counter()
        self._openings: Counter[int] = Counter()

    def passed(self, command: Command) -> None:
        """A command has passed, either way."""
        if command.name in ENDS:
            self._ends[command.channel] += 1
        elif command.name == "channel.open":
            self._openings[command.channel] += 1

    def ends(self, channel: int) -> int:
        """How often the channel has been said to end."""
        return self._ends[channel]

    def opened(self, item: do.Item) -> int:
        """How often the channel of a command has been opened."""
        return self._openings[item.channel] if isinstance(item, Command) else 0

"""Commands that a rule lets others overtake. Each waits for another command of its channel to go the same way."""

from __future__ import annotations

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Way
from fakebroker.wire.command import Command


class ReorderBuffer:
    """The commands of one connection that are to be overtaken."""

    def __init__(self) -> None:
        self._waiting: dict[Way, list[do.Behind]] = {"in": [], "out": []}

    def add(self, direction: Way, step: do.Behind) -> None:
        """Set a command aside."""
        self._waiting[direction].append(step)

    def due(self, direction: Way, item: Command) -> list[do.Pass]:
        """A command has gone. Returned is what was to come behind it."""
        waiting = self._waiting[direction]
        if not waiting:
            return []
        due = [step for step in waiting if _ends_wait(step, item)]
        self._waiting[direction] = [step for step in waiting if not _ends_wait(step, item)]
        return [do.Pass(step.item, step.number, step.crossing) for step in due]

    def clear(self) -> None:
        """Forget every command."""
        self._waiting = {"in": [], "out": []}


def _ends_wait(step: do.Behind, item: Command) -> bool:
    waiting = step.item
    if not isinstance(waiting, Command) or waiting.channel != item.channel:
        return False
    return step.command is None or step.command == item.name

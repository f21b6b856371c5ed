"""Commands that a rule has set aside until another command of their channel has gone the same way."""

from __future__ import annotations

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Way
from fakebroker.wire.command import Command


class ReorderBuffer:
    """The commands of one connection that come behind others of their channels."""

    def __init__(self) -> None:
        self._waiting: dict[Way, list[do.Behind]] = {"in": [], "out": []}

    def add(self, direction: Way, step: do.Behind) -> None:
        """Set one aside."""
        self._waiting[direction].append(step)

    def due(self, direction: Way, item: Command) -> list[do.Pass]:
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

"""Items of one connection that are to pass once more, behind others."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Way


class Replays:
    """Counts the items that pass, and knows what comes behind which."""

    def __init__(self) -> None:
        self._waiting: dict[Way, list[tuple[int, do.Pass]]] = {"in": [], "out": []}

    def add(self, direction: Way, items: int, copy: do.Pass) -> None:
        """Let a copy pass behind so many more items."""
        self._waiting[direction].append((items, copy))

    def due(self, direction: Way) -> Sequence[do.Pass]:
        """One more item passes.

        :returns: the copies that come behind it.
        """
        waiting = self._waiting[direction]
        if not waiting:
            return ()
        self._waiting[direction] = [(left - 1, copy) for left, copy in waiting if left > 1]
        return [copy for left, copy in waiting if left <= 1]

    def clear(self) -> None:
        """Forget all copies."""
        self._waiting = {"in": [], "out": []}

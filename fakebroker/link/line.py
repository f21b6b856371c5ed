"""A line of steps: one for each direction of a connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable

from fakebroker.faults import steps as do


class Line:
    """The steps of one direction, in order; a wait holds up what is behind it."""

    def __init__(self, perform: Callable[[Line, do.Step], None]) -> None:
        self.pending: deque[do.Step] = deque()
        self.waiting = False
        self._perform = perform
        self._running = False

    def put(self, steps: Iterable[do.Step]) -> None:
        """Add steps behind all others."""
        self.pending.extend(steps)
        self.run()

    def run(self) -> None:
        """Carry out what is due."""
        if self._running:
            return
        self._running = True
        try:
            while self.pending and not self.waiting:
                self._perform(self, self.pending.popleft())
        finally:
            self._running = False

    def stop(self) -> None:
        """Nothing is carried out any more, nor held."""
        self.pending.clear()
        self._perform = _nothing

    def go_on(self) -> None:
        """The wait is over."""
        self.waiting = False
        self.run()


def _nothing(line: Line, step: do.Step) -> None:
    """What comes of a step when the connection is gone."""

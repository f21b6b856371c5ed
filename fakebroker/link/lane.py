"""A lane of steps: one for each direction of a connection."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from fakebroker.faults import steps as do


class Lane:
    """The steps of one direction, in order; a wait holds up what is behind it."""

    def __init__(self, perform: Callable[[Lane, do.Step], None]) -> None:
        self.waiting = False
        self._pending: deque[do.Step] = deque()
        self._ahead = 0  # how many of them were let go, and go before what stood in the lane
        self._perform = perform
        # A step may put others into this lane, such as what it releases: they wait until it has been carried out.
        self._running = False

    @property
    def pending(self) -> list[do.Step]:
        """What stands in the lane."""
        return list(self._pending)

    def put(self, steps: Iterable[do.Step]) -> None:
        """Add steps behind all others."""
        self._pending.extend(steps)
        self.run()

    def put_next(self, steps: Sequence[do.Step]) -> None:
        """Add steps before all others."""
        self._pending.extendleft(reversed(steps))
        self._ahead += len(steps)

    def put_back(self, steps: Iterable[do.Step]) -> None:
        """Put what was taken out into the lane again."""
        self._pending.extendleft(reversed([*steps]))

    def let_go(self, step: do.Step) -> None:
        """Add what was held: before what stands in the lane, behind what was let go before."""
        self._pending.insert(self._ahead, step)
        self._ahead += 1
        self.run()

    def take(self) -> list[do.Step]:
        """Take out all that stands in the lane."""
        taken = list(self._pending)
        self.clear()
        return taken

    def clear(self) -> None:
        """Forget all that stands in the lane."""
        self._pending.clear()
        self._ahead = 0

    def stop(self) -> None:
        """Nothing is carried out any more, nor held."""
        self.clear()
        self._perform = _nothing

    def run(self) -> None:
        """Carry out what is due."""
        if self._running:
            return
        self._running = True
        try:
            while self._pending and not self.waiting:
                self._ahead = max(0, self._ahead - 1)
                self._perform(self, self._pending.popleft())
        finally:
            self._running = False

    def go_on(self) -> None:
        """The wait is over."""
        self.waiting = False
        self.run()


def _nothing(lane: Lane, step: do.Step) -> None:
    """What comes of a step when the connection is gone."""

"""The steps of one direction of a connection, in their order."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from fakebroker.faults import steps as do


class Lane:
    """Carries out steps one after the other. While one of them waits, those behind it do, too.

    :param perform: carries out a step.
    """

    def __init__(self, perform: Callable[[Lane, do.Step], None]) -> None:
        self.waiting = False
        self._pending: deque[do.Step] = deque()
        self._shut: list[str] = []
        self._ahead = 0  # how many steps at the front overtake the rest: those that were held, and now go
        self._perform = perform
        # A step may put others into the same lane, such as one that releases what is held. They come after it.
        self._running = False

    @property
    def pending(self) -> list[do.Step]:
        """The steps that have yet to be carried out."""
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
        """Put steps that were taken out to the front again."""
        self._pending.extendleft(reversed([*steps]))

    def let_go(self, step: do.Step) -> None:
        """Add a step that was held. It comes before the others, but behind those that were let go before it."""
        self._pending.insert(self._ahead, step)
        self._ahead += 1
        self.run()

    def take(self) -> list[do.Step]:
        """Take out all steps."""
        taken = list(self._pending)
        self.clear()
        return taken

    def clear(self) -> None:
        """Forget all steps."""
        self._pending.clear()
        self._ahead = 0

    def stop(self) -> None:
        """Forget all steps, and carry out none from now on."""
        self.clear()
        self._perform = _nothing

    def run(self) -> None:
        """Carry out steps until one waits or none is left."""
        if self._running:
            return
        self._running = True
        try:
            while self._pending and not self.waiting and not self._shut:
                self._ahead = max(0, self._ahead - 1)
                self._perform(self, self._pending.popleft())
        finally:
            self._running = False

    @property
    def is_shut(self) -> bool:
        """Whether there is a reason to carry out nothing."""
        return bool(self._shut)

    def shut(self, why: str) -> None:
        """Carry out nothing, until :meth:`open` is called with the same reason."""
        if why not in self._shut:
            self._shut.append(why)

    def open(self, why: str) -> None:
        """One reason to carry out nothing is gone. Go on, if it was the last."""
        if why in self._shut:
            self._shut.remove(why)
            self.run()

    def go_on(self) -> None:
        """End the wait."""
        self.waiting = False
        self.run()


def _nothing(lane: Lane, step: do.Step) -> None:
    """What performs steps when the connection is gone."""

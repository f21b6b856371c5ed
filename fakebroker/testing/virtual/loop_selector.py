"""The selector of the virtual loop: it never waits for time."""

from __future__ import annotations

import selectors
from collections.abc import Callable, Mapping
from typing import Any

from fakebroker.testing.clock import VirtualClock

Events = list[tuple[selectors.SelectorKey, int]]

MOST_BUSY = 20
"""So many turns of a busy loop may go by before it looks whether it was woken up, by a signal for example."""


class RealSelector(selectors.DefaultSelector):
    """The system's best selector, in real time also where a block has replaced it for blocking code."""

    select = selectors.DefaultSelector.select
    if hasattr(selectors.DefaultSelector, "_selector_cls"):
        _selector_cls = selectors.DefaultSelector._selector_cls


class VirtualSelector(selectors.BaseSelector):
    """Looks at real descriptors, lets the brokers go on, and jumps over time in which nothing happens.

    :param turn: brings the brokers what blocking clients have written, and lets other threads go on; None where there
        are neither.
    :param clock: the time of the brokers.
    :param idle: called when nothing happens, with the seconds until the loop's next call, or None: waits for what
        comes from outside, or jumps. It returns descriptors that are ready.
    :param came: told of real descriptors that are ready.
    :param hear: brings the loop what other threads have told it, and returns whether there was something. It is asked
        when there is nothing else to do, and now and then, with True, by a loop that is busy all the time.
    :param spins: called each time the loop asks although it has calls that it can run at once.
    """

    def __init__(
        self,
        clock: VirtualClock,
        idle: Callable[[float | None], Events],
        came: Callable[[Events], None],
        hear: Callable[[bool], bool],
        spins: Callable[[], object],
        turn: Callable[[], object] | None = None,
    ) -> None:
        self.real = RealSelector()
        self._clock = clock
        self._idle = idle
        self._came = came
        self._hear = hear
        self._spins = spins
        self._turn = turn
        self._registered = 0
        self._busy = 0

    def select(self, timeout: float | None = None) -> Events:
        """Descriptors that are ready. An empty list means: look again at what is due."""
        if self._turn is not None:
            self._turn()
        looks = True
        if timeout == 0:  # there is work; often there is no descriptor but the one that wakes the loop up
            self._busy += 1
            looks = self._busy > MOST_BUSY or self._registered > 1
            if self._busy > MOST_BUSY:
                self._busy = 0
                self._hear(True)
        ready: Events = []
        if looks:
            ready = self.real.select(0)
            if ready:
                self._came(ready)
        calls = self._clock.calls
        if calls and calls[0].getTime() <= self._clock.seconds():
            self._clock.settle()
            return ready
        if ready or (timeout is not None and timeout <= 0):
            self._spins()
            return ready
        return [] if self._hear(False) else self._idle(timeout)

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As of each selector."""
        key = self.real.register(fileobj, events, data)
        self._registered += 1
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        """As of each selector."""
        key = self.real.unregister(fileobj)
        self._registered -= 1
        return key

    def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        """As of each selector."""
        return self.real.modify(fileobj, events, data)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        """As of each selector."""
        return self.real.get_map() or {}

    def get_key(self, fileobj: Any) -> selectors.SelectorKey:
        """As of each selector."""
        return self.real.get_key(fileobj)

    def close(self) -> None:
        """Let the real descriptors go."""
        self.real.close()

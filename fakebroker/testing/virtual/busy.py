"""Code that never waits, but looks again and again whether something has come, or whether it is time."""

from __future__ import annotations

from collections.abc import Callable
from threading import get_ident
from typing import Any, Protocol

from fakebroker.testing.clock import VirtualClock

FREE = 1000
"""So many looks in a row take no time. They are more than a client takes that knows how to wait."""

TICK = 0.001
"""The seconds that each takes after that; after as many again twice as long, and so on."""

LONGEST = 1.0
"""The seconds that each takes at most."""

FREE_TURNS = 10 * FREE
"""The same of an event loop's turns. Callbacks that make callbacks need many."""

POLITE = 10
"""After so many looks other threads may go on."""


class Waiter(Protocol):
    """What is asked of a simulation."""

    clock: VirtualClock

    def wait(
        self, ready: Callable[[], object], timeout: float | None, what: object, outside: Callable[[float], bool] | None
    ) -> object:
        """Let threads, brokers and time go on."""

    def give_way(self) -> None:
        """Let another thread go on."""


class BusyWaiting:
    """Counts the looks in a row after which no octet was moved, and the looks at a clock that stood still, so that
    ``while not over(): look()`` comes to an end.

    :param simulation: whose time passes, and whose other threads go on.
    """

    def __init__(self, simulation: Waiter) -> None:
        self._simulation = simulation
        self.looks = 0
        """The looks since octets have come or gone."""
        self.times = 0
        """The looks at a clock since it moved. Set it to 0 when it does."""
        self._waiting: list[int] = []
        """The threads that let a little time pass. What they look at meanwhile does not count."""
        self.is_asking = False
        """Whether the system is being asked for somebody whose look is counted."""

    def moved(self) -> None:
        """Octets have come or gone, or somebody waits who knows how to."""
        self.looks = self.times = 0

    def clock_read(self) -> None:
        """Somebody looks at a clock, or sleeps for no time: if again and again, a little time passes."""
        self.times += 1
        thread, times = get_ident(), self.times
        if times > FREE and thread not in self._waiting and not self._simulation.clock.frozen:
            self._waiting.append(thread)
            try:
                what = "a later time, which is asked for again and again,"
                self._simulation.wait(bool, self._tick(times), what, None)
            finally:
                self._waiting.remove(thread)
            self.times = times

    def one_look(self, ready: Callable[[], Any]) -> Callable[[], Any]:
        """A look that counts as one, although a selector asks its ``epoll`` within."""

        def ask() -> Any:
            before, self.is_asking = self.is_asking, True
            try:
                return ready()
            finally:
                self.is_asking = before

        return ask

    def looked(self) -> bool:
        """Somebody has looked who does not wait.

        :returns: whether :meth:`give_way` has to be called.
        """
        self.looks += 1
        return self.looks > FREE or self.looks % POLITE == 0

    def give_way(self, ready: Callable[[], object], outside: Callable[[float], bool]) -> None:
        """Let other threads go on, and if that was not enough, a little time pass.

        :param ready: looks.
        :param outside: what waits for real descriptors.
        """
        if self.looks <= FREE:
            self._simulation.give_way()
            return
        # What is ready all the time does not keep time from passing. Something else that becomes ready does.
        before = ready()
        tick = self._tick(self.looks)
        self._simulation.wait(lambda: ready() != before, tick, "what is asked for again and again", outside)

    def turned(self) -> float:
        """An event loop has had a turn, and can have the next one at once.

        :returns: the seconds that it takes, when it has had so many that somebody seems not to know how to wait.
        """
        self.looks += 1
        return self._tick(self.looks) if self.looks > FREE_TURNS else 0.0

    def _tick(self, looks: int) -> float:
        """The seconds that one more look takes, after so many."""
        return min(LONGEST, TICK * 2.0 ** min(looks // FREE - 1, 64))

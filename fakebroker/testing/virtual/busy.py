"""Code that never waits, but looks again and again whether something has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

FREE = 1000
"""So many looks in a row take no time. They are more than a client takes that knows how to wait."""

TICK = 0.001
"""The seconds that each takes after that."""

POLITE = 10
"""After so many looks other threads may go on."""


class Waiter(Protocol):
    """What is asked of a simulation."""

    def wait(
        self, ready: Callable[[], object], timeout: float | None, what: object, outside: Callable[[float], bool] | None
    ) -> object:
        """Let threads, brokers and time go on."""

    def give_way(self) -> None:
        """Let another thread go on."""


class BusyWaiting:
    """Counts the looks in a row after which no octet was moved, so that ``while not over(): look()`` comes to an end.

    :param simulation: whose time passes, and whose other threads go on.
    """

    def __init__(self, simulation: Waiter) -> None:
        self._simulation = simulation
        self.looks = 0
        """Set it to 0 when octets have come or gone."""

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
        # What is ready all the time does not keep time from passing.
        again = bool if ready() else ready
        self._simulation.wait(again, TICK, "what is asked for again and again", outside)

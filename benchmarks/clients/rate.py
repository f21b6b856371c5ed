"""How each client finds its rate."""

from __future__ import annotations

import sys
from time import perf_counter
from typing import NamedTuple


class Task(NamedTuple):
    """What the command line asks for."""

    what: str
    """``handshake``, or ``cycle``: with a queue, and a message that goes in and out."""
    host: str
    port: int
    seconds: float


def task() -> Task:
    """The command line."""
    _, what, host, port, seconds = sys.argv
    return Task(what, host, int(port), float(seconds))


class Rate:
    """Counts until the time is over; the first one does not count, for it loads modules and fills caches.

    ``while rate.goes_on(): ...``
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._count = -2
        self._begin = 0.0

    def goes_on(self) -> bool:
        """Whether there is time for one more."""
        self._count += 1
        if self._count <= 0:
            self._begin = perf_counter()
            return True
        return perf_counter() - self._begin < self._seconds

    def report(self) -> None:
        """Print how many there were a second."""
        print(self._count / (perf_counter() - self._begin))

"""Code that never waits, but looks again and again whether something has come."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FREE = 100
"""So many looks in a row take no time. They are more than a client takes that knows how to wait."""

TICK = 0.001
"""The seconds that each takes after that."""


class BusyWaiting:
    """Counts the looks in a row at which there was nothing, so that ``while not over(): look()`` comes to an end."""

    def __init__(self) -> None:
        self.looks = 0

    def look(self, wait: Callable[..., Any], ready: Callable[[], Any], outside: Callable[[float], bool]) -> Any:
        """Somebody has looked, and there was nothing.

        :param wait: ``Simulation.wait``.
        :param ready: looks.
        :param outside: what waits for real descriptors.
        :returns: what there is now.
        """
        self.looks += 1
        if self.looks <= FREE:
            return ready()
        found = wait(ready, TICK, "something that is asked for again and again", outside)
        if found:
            self.looks = 0
        return found

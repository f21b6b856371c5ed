"""What waits until a label is released."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fakebroker.faults import steps as do


class Gate:
    """Stands before one step from the moment a rule has made it: a release lets go all that is held under its label,
    what has yet to come to its turn as well."""

    def __init__(self) -> None:
        self.is_open = False
        self._then: Callable[[], None] | None = None

    def pass_through(self, then: Callable[[], None]) -> bool:
        """Whether it is open; if not, a call is made when what waits goes on."""
        if not self.is_open:
            self._then = then
        return self.is_open

    def unlock(self) -> None:
        """What has yet to come goes through."""
        self.is_open = True

    def go_on(self) -> None:
        """What waits goes on."""
        if self._then is not None:
            self._then()


class Gated(NamedTuple):
    """A step that holds something until its gate opens."""

    step: do.Wait | do.Hold | do.Stall
    gate: Gate

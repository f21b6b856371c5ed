"""Steps that wait until a label is released."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from fakebroker.faults import steps as do


class Gate:
    """Stands before one step from the moment when a rule makes the step.

    A release opens it, even before the lane has come to the step. The step then passes without a wait.
    """

    def __init__(self) -> None:
        self.is_open = False
        self._then: Callable[[], None] | None = None

    def pass_through(self, then: Callable[[], None]) -> bool:
        """Whether the gate is open. If it is not, ``then`` is called by :meth:`go_on`."""
        if not self.is_open:
            self._then = then
        return self.is_open

    def unlock(self) -> None:
        """Open the gate, for a step that the lane has not come to."""
        self.is_open = True

    def go_on(self) -> None:
        """Let the step go on, if it waits here."""
        if self._then is not None:
            self._then()


class Gated(NamedTuple):
    """A step that holds something until its gate opens."""

    step: do.Wait | do.Hold | do.Stall | do.Mute | do.Sever
    gate: Gate

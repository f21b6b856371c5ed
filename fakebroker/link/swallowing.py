"""What rules have a connection swallow: everything in both directions, what the broker says, or its heartbeats."""

from __future__ import annotations

from fakebroker.faults import steps as do
from fakebroker.faults.crossing import Way
from fakebroker.wire.command import Heartbeat

SAYS = (do.Pass, do.Send, do.Write)
"""The steps that say something to the peer."""


class Swallowing:
    """What one connection swallows now."""

    def __init__(self) -> None:
        self._everything = False
        self._whatever_goes_out = False
        self._heartbeats = False
        self._bursts: dict[Way, int] = {"in": 0, "out": 0}  # how many items are still to be lost
        self._end: do.End | None = None  # the end of the socket, which was swallowed, too

    def begin(self, what: do.Swallowed) -> None:
        """Swallow this from now on."""
        self._everything = self._everything or what == "everything"
        self._whatever_goes_out = self._whatever_goes_out or what == "out"
        self._heartbeats = self._heartbeats or what == "heartbeats"

    def lose(self, direction: Way, items: int) -> None:
        """Swallow the next items in a direction."""
        self._bursts[direction] += items

    def heal(self) -> do.End | None:
        """Swallow everything no longer.

        :returns: how the broker would have ended the socket meanwhile.
        """
        self._everything = False
        return self._end

    def takes(self, direction: Way, item: do.Item) -> bool:
        """Whether an item is swallowed that would go in this direction. Each is asked about once."""
        if self._bursts[direction]:
            self._bursts[direction] -= 1
            return True
        if direction == "in":
            return self._everything
        return self._everything or self._whatever_goes_out or (self._heartbeats and isinstance(item, Heartbeat))

    def takes_step(self, direction: Way, step: do.Step) -> bool:
        """Whether a step has no effect, because of what is swallowed."""
        if self._everything and isinstance(step, do.End):
            self._end = step
        return self._everything or (self._whatever_goes_out and direction == "out" and isinstance(step, SAYS))

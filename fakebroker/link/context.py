"""What all links of one broker share."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TypeVar

from fakebroker.faults.plan import Faults
from fakebroker.journal.journal import Journal
from fakebroker.turn import Owner, Turn, TurnClock

T = TypeVar("T")


class LinkContext:
    """What all links of one broker share."""

    def __init__(self, clock: TurnClock, turn: Turn, journal: Journal, faults: Faults) -> None:
        self.clock = clock
        self.turn = turn
        self.journal = journal
        self.faults = faults
        self._depth = 0
        self._settling = False
        self._later: deque[tuple[Callable[[], None], Owner]] = deque()

    def handling(self, handle: Callable[[T], object], event: T) -> None:
        """Let the broker handle something, then do what was put off until it has come to rest."""
        outer, self._depth = self._depth, self._depth + 1
        try:
            handle(event)
        finally:
            self._depth = outer
            if not outer and not self._settling:
                self._settle()

    def at_rest(self, call: Callable[[], None], owner: Owner) -> None:
        """Call when the broker is not in the middle of something: a queue that delivers must not lose its consumer.

        :param owner: who ends when the call raises.
        """
        if self._depth:
            self._later.append((call, owner))
        else:
            self.clock.of(owner).callLater(0, call)

    def _settle(self) -> None:
        self._settling = True
        try:
            while self._later:
                self.turn.run(*self._later.popleft())
        finally:
            self._settling = False

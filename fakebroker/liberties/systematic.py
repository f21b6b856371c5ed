"""Every schedule, those with the fewest liberties first."""

from __future__ import annotations

import sys
from collections import deque

from fakebroker.liberties.chooser import Decision
from fakebroker.liberties.names import LIBERTIES

RANK = {name: rank for rank, name in enumerate(LIBERTIES)}
"""Orders are tried before pieces and delays, of which there are many more."""


class Systematic:
    """Lists of choices to try, one after the other: none, then each single choice, then each two, and so on.

    For each list that :meth:`wave` gives, tell what was chosen in its run (:meth:`ran`): only a run shows which
    choices come behind the last one of the list.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Decision, ...]] = deque([()])

    def wave(self, most: int = 1) -> list[tuple[Decision, ...]]:
        """The next lists that take equally many liberties; at most so many. None when every schedule has been tried."""
        waiting = self._waiting
        found: list[tuple[Decision, ...]] = []
        while waiting and len(found) < most and len(waiting[0]) == len((found or waiting)[0]):
            found.append(waiting.popleft())
        return found

    @property
    def exhausted(self) -> bool:
        """Whether every schedule was given."""
        return not self._waiting

    @property
    def complete(self) -> int:
        """So many liberties taken, and no more, have all schedules that were given already."""
        return len(self._waiting[0]) - 1 if self._waiting else sys.maxsize

    def ran(self, listed: tuple[Decision, ...], choices: list[Decision]) -> None:
        """Take note of a run.

        :param listed: its list.
        :param choices: all choices of the run, in their order.
        """
        places = {choice[:2]: at for at, choice in enumerate(choices)}
        begin = places.get(listed[-1][:2], len(choices)) + 1 if listed else 0
        for choice in sorted(choices[begin:], key=lambda each: RANK[each.liberty]):
            for taken in range(1, choice.options):
                self._waiting.append((*listed, choice._replace(taken=taken)))

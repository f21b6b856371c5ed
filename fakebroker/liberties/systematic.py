"""Every schedule, those with the fewest liberties first."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from fakebroker.liberties.chooser import Decision


class Systematic:
    """Lists of choices to try, one after the other: none, then each single choice, then each two, and so on.

    For each list that :meth:`lists` gives, tell what was chosen in its run (:meth:`ran`): only a run shows which
    choices come behind the last one of the list.
    """

    def __init__(self) -> None:
        self._waiting: deque[tuple[Decision, ...]] = deque([()])

    def lists(self) -> Iterator[tuple[Decision, ...]]:
        """The lists. It ends when there are no more: every schedule has been tried."""
        while self._waiting:
            yield self._waiting.popleft()

    def ran(self, listed: tuple[Decision, ...], choices: list[Decision]) -> None:
        """Take note of a run.

        :param listed: its list.
        :param choices: all choices of the run, in their order.
        """
        places = {choice[:2]: at for at, choice in enumerate(choices)}
        begin = places.get(listed[-1][:2], len(choices)) + 1 if listed else 0
        for choice in choices[begin:]:
            for taken in range(1, choice.options):
                self._waiting.append((*listed, choice._replace(taken=taken)))

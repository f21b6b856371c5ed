"""Choosers: who says what the broker does where RabbitMQ may do this or that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fakebroker.liberties.names import LIBERTIES


class Decision(NamedTuple):
    """One choice of a run.

    :param liberty: the name of the liberty.
    :param number: the how manyth choice of this liberty it was, from 1.
    :param options: how many there were.
    :param taken: which was taken; 0 is what the broker does without a chooser.
    """

    liberty: str
    number: int
    options: int
    taken: int

    def __str__(self) -> str:
        return f"{self.liberty}.{self.number}={self.taken}"


class Chooser:
    """Chooses what the broker does today: always the first option. Others differ in what they override.

    :param takes: the names of the liberties that may be taken.
    :param record: whether to remember the choices: ``choices``, in order.
    """

    def __init__(self, takes: frozenset[str] = frozenset(LIBERTIES), record: bool = False) -> None:
        self.takes = takes
        self.choices: list[Decision] = []
        self._record = record
        self._numbers: dict[str, int] = {}

    def choose(self, liberty: str, options: int) -> int:
        """Choose one of so many options.

        :returns: its number, from 0.
        """
        if options < 2 or liberty not in self.takes:
            return 0
        number = self._numbers[liberty] = self._numbers.get(liberty, 0) + 1
        return self._note(liberty, number, options, self._choose(liberty, number, options))

    def pick(self, liberty: str, keys: Sequence[str]) -> int:
        """Choose who goes next.

        :param keys: their names, which are the same in the next run; first is whose turn it is without a chooser.
        :returns: the place of the chosen one, from 0.
        """
        if len(keys) < 2 or liberty not in self.takes:
            return 0
        number = self._numbers[liberty] = self._numbers.get(liberty, 0) + 1
        return self._note(liberty, number, len(keys), self._pick(liberty, number, keys))

    def _note(self, liberty: str, number: int, options: int, taken: int) -> int:
        if self._record:
            self.choices.append(Decision(liberty, number, options, taken))
        return taken

    def _choose(self, liberty: str, number: int, options: int) -> int:
        return 0

    def _pick(self, liberty: str, number: int, keys: Sequence[str]) -> int:
        return self._choose(liberty, number, len(keys))

    def again(self) -> Chooser:
        """A chooser that makes the same choices from the beginning."""
        return Chooser(self.takes, self._record)

    @property
    def taken(self) -> list[Decision]:
        """The choices that were another than the first; those that were remembered."""
        return [choice for choice in self.choices if choice.taken]

    def __str__(self) -> str:
        return ",".join(map(str, self.taken)) or "none"

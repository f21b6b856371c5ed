"""Choices from a list: those of a run before, or some of them."""

from __future__ import annotations

from collections.abc import Iterable

from fakebroker.liberties.chooser import Chooser, Decision
from fakebroker.liberties.names import LIBERTIES
from fakebroker.validation import near


class Listed(Chooser):
    """Takes the liberties of a list, and no others.

    :param choices: what is chosen where; the number of options does not matter.
    """

    def __init__(
        self, choices: Iterable[Decision], takes: frozenset[str] = frozenset(LIBERTIES), record: bool = False
    ) -> None:
        super().__init__(takes, record)
        self.listed = [choice for choice in choices if choice.taken]
        self._given = {(choice.liberty, choice.number): choice.taken for choice in self.listed}

    def _choose(self, liberty: str, number: int, options: int) -> int:
        return min(self._given.get((liberty, number), 0), options - 1)

    def again(self) -> Listed:
        """A chooser with the same list."""
        return Listed(self.listed, self.takes, self._record)

    def __str__(self) -> str:
        return ",".join(map(str, self.listed)) or "none"

    @classmethod
    def parse(cls, text: str, record: bool = False) -> Listed:
        """Read a list such as ``"channels.3=1,reads.2=4"``; ``"none"`` is an empty one.

        :raises ValueError: when it is not such a list. It says what would be right.
        """
        if text.strip() == "none":
            return cls((), record=record)
        return cls([_choice(part.strip(), text) for part in text.split(",")], record=record)


def _choice(part: str, text: str) -> Decision:
    place, _, taken = part.partition("=")
    liberty, _, number = place.partition(".")
    if not (number.isascii() and number.isdigit() and taken.isascii() and taken.isdigit() and int(number)):
        raise ValueError(f"{text!r} is neither a seed nor a list of choices such as 'channels.3=1,reads.2=4'")
    if liberty not in LIBERTIES:
        raise ValueError(f"{liberty!r} in {text!r} is no liberty{near(liberty, LIBERTIES)}; "
                         f"there are {', '.join(LIBERTIES)}")  # fmt: skip
    return Decision(liberty, int(number), int(taken) + 1, int(taken))

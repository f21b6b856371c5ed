"""What a user gives as liberties: a seed, a list of choices, or a chooser."""

from __future__ import annotations

import re

from fakebroker.liberties.chooser import Chooser
from fakebroker.liberties.listed import Listed
from fakebroker.liberties.names import LIBERTIES, chosen
from fakebroker.liberties.seeded import CHANGES, Seeded

_SEED = re.compile(r"\s*(-?\d+)(?:/(\d+))?\s*(?::(.*))?", re.DOTALL)


def chooser_of(given: object, name: str = "liberties", record: bool = False) -> Chooser | None:
    """The chooser that is meant.

    :param given: a seed; ``"7"``; ``"7:confirms,reads"``, a seed and the liberties that may be taken; ``"7/5"``, a seed
        and the most changes of priorities; a list such as ``"channels.3=1"``; a chooser; None for no liberties.
    :param name: what the user calls it, for errors.
    :param record: whether the chooser remembers what it has chosen.
    :raises TypeError: for something else.
    :raises ValueError: for a string that makes no sense.
    """
    if given is None or isinstance(given, Chooser):
        return given
    if isinstance(given, bool) or not isinstance(given, (int, str)):
        raise TypeError(f"{name} is a seed, or a list of choices such as 'channels.3=1', not {given!r}")
    if isinstance(given, int):
        return Seeded(given, record=record)
    seed = _SEED.fullmatch(given)
    try:
        if seed is None:
            return Listed.parse(given, record)
        takes = chosen(seed[3]) if seed[3] else frozenset(LIBERTIES)
        return Seeded(int(seed[1]), takes, int(seed[2] or CHANGES), record)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None

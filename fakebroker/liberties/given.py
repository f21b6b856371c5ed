"""What a user gives as liberties: a seed, a list of choices, or a chooser."""

from __future__ import annotations

import re

from fakebroker.liberties.chooser import Chooser
from fakebroker.liberties.listed import Listed
from fakebroker.liberties.names import chosen
from fakebroker.liberties.seeded import Seeded

_SEED = re.compile(r"\s*(-?\d+)\s*(?::(.*))?", re.DOTALL)


def chooser_of(given: object, name: str = "liberties") -> Chooser | None:
    """The chooser that is meant.

    :param given: a seed; ``"7"`` or ``"7:confirms,reads"``, a seed and the liberties that may be taken; a list such as
        ``"channels.3=1"``; a chooser; None for no liberties.
    :param name: what the user calls it, for errors.
    :raises TypeError: for something else.
    :raises ValueError: for a string that makes no sense.
    """
    if given is None or isinstance(given, Chooser):
        return given
    if isinstance(given, bool) or not isinstance(given, (int, str)):
        raise TypeError(f"{name} is a seed, or a list of choices such as 'channels.3=1', not {given!r}")
    if isinstance(given, int):
        return Seeded(given)
    seed = _SEED.fullmatch(given)
    try:
        if seed is None:
            return Listed.parse(given)
        return Seeded(int(seed[1]), chosen(seed[2])) if seed[2] else Seeded(int(seed[1]))
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from None

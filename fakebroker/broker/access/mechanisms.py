"""The authentication mechanisms that a broker offers, in a list that takes known mechanisms only."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, SupportsIndex

from fakebroker.validation import unknown

MECHANISMS = ("PLAIN", "AMQPLAIN", "EXTERNAL", "RABBIT-CR-DEMO")


class MechanismList(list[str]):
    """In the order in which they are offered.

    :raises ValueError: for an unknown mechanism.
    """

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__(_known(names))

    def append(self, name: str, /) -> None:
        super().append(*_known([name]))

    def insert(self, index: SupportsIndex, name: str, /) -> None:
        super().insert(index, *_known([name]))

    def extend(self, names: Iterable[str], /) -> None:
        super().extend(_known(names))

    def __iadd__(self, names: Iterable[str], /) -> MechanismList:  # type: ignore[override, misc]
        return super().__iadd__(_known(names))

    def __setitem__(self, index: Any, names: Any, /) -> None:
        known = _known(names if isinstance(index, slice) else [names])
        super().__setitem__(index, known if isinstance(index, slice) else known[0])


def _known(names: Iterable[Any]) -> list[str]:
    given = [names] if isinstance(names, str) else list(names)
    for name in given:
        if name not in MECHANISMS:
            raise ValueError(unknown("mechanism", name, MECHANISMS))
    return given

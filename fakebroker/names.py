"""Names that are written wrong: what may have been meant, and objects that have no attributes but their own."""

from __future__ import annotations

import difflib
from abc import ABCMeta
from collections.abc import Iterable
from typing import Any


def near(wrong: str, right: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` when something known looks like it, else nothing."""
    names = list(right)
    # "deliver" is as near to "basic.deliver" as a slip of the finger is to what was meant.
    ends = [name for name in names if name.rpartition(".")[2] == wrong]
    close = ends or difflib.get_close_matches(wrong, names, n=2)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


class _Sealing(ABCMeta):
    """Seals each object when all of its ``__init__`` is done, those of subclasses too."""

    def __call__(cls, *arguments: Any, **named: Any) -> Any:
        made = super().__call__(*arguments, **named)
        object.__setattr__(made, "_sealed", True)
        return made


class Sealed(metaclass=_Sealing):
    """Has the attributes that its class and ``__init__`` gave it; to set another one is an error.

    A misspelt name is found where it stands. Setting takes longer so: what sets attributes for each message has
    ``__slots__`` instead, which refuse the same.
    """

    _sealed = False

    def __setattr__(self, name: str, value: Any) -> None:
        if self._sealed and name not in vars(self) and not hasattr(type(self), name):
            known = [each for each in dir(self) if not each.startswith("_")]
            raise AttributeError(f"{type(self).__name__} has no attribute {name!r}{near(name, known)}")
        super().__setattr__(name, value)

"""Finding mistakes: names that are misspelled, attributes that do not exist, values of the wrong type."""

from __future__ import annotations

import difflib
from abc import ABCMeta
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from math import isfinite
from typing import Any, ClassVar

SHOWN = 10
"""How many names an error shows when none looks like the one that was asked for."""


def near(wrong: str, right: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` when a known name looks like the wrong one; else an empty text."""
    names = list(right)
    # The last part of a name is as near to it as a slip of the finger: "deliver" to "basic.deliver".
    ends = [name for name in names if name.rpartition(".")[2] == wrong]
    close = ends or difflib.get_close_matches(wrong, names, n=2)
    return f"; did you mean {' or '.join(map(repr, close))}?" if close else ""


class _Sealing(ABCMeta):
    """Seals each object when its ``__init__`` is done, those of subclasses included.

    To seal an object is to change its class: the new one is the same, but checks each attribute that is set. So making
    an object takes no longer than without it. That matters, since each test makes many.
    """

    def __call__(cls, *arguments: object, **named: object) -> Any:
        made = super().__call__(*arguments, **named)
        for name, check in cls._checks.items():  # type: ignore[attr-defined]
            check(name, getattr(made, name))
        made.__class__ = _sealed(cls)
        return made


@cache
def _sealed(cls: type) -> type:
    same = {name: getattr(cls, name) for name in ("__module__", "__qualname__", "__doc__")}
    return _Sealing(cls.__name__, (cls,), {**same, "__slots__": (), "__setattr__": _set})


def _set(self: Sealed, name: str, value: object) -> None:
    check_attribute(self, name)
    check = self._checks.get(name)
    if check is not None:
        check(name, value)
    object.__setattr__(self, name, value)


class Sealed(metaclass=_Sealing):
    """An object that has only the attributes which its class and ``__init__`` gave it. To set another is an error.

    ``_checks`` has functions by the names of attributes. Each is called with the name and the value when the attribute
    is set, and raises if the value is wrong. Setting takes longer then. So classes that set attributes for each message
    have ``__slots__`` instead.
    """

    _checks: ClassVar[Mapping[str, Callable[[str, object], None]]] = {}


def check_attribute(thing: object, name: str) -> None:
    """Check that an object has an attribute. Its value is not asked for.

    :raises AttributeError: when it has none. It says what may have been meant.
    """
    if hasattr(type(thing), name) or name in getattr(thing, "__dict__", ()):
        return
    known = [each for each in dir(thing) if not each.startswith("_")]
    raise AttributeError(f"{type(thing).__name__} has no attribute {name!r}{near(name, known)}")


def whole(least: int, most: int, *, otherwise: object = ...) -> Callable[[str, object], None]:
    """Make a check for ``Sealed``: the value is a whole number from ``least`` to ``most``.

    :param otherwise: one more value that is right.
    """

    def check(name: str, value: object) -> None:
        if otherwise is not ... and value is otherwise:
            return
        right = f"{name} is a whole number from {least} to {most}" + ("" if otherwise is ... else f", or {otherwise}")
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"{right}, not {value!r}")
        if not least <= value <= most:
            raise ValueError(f"{right}, not {value}")

    return check


def of_type(kind: type | tuple[type, ...], what: str) -> Callable[[str, object], None]:
    """Make a check for ``Sealed``: the value is of a type, which the error calls ``what``."""

    def check(name: str, value: object) -> None:
        if not isinstance(value, kind):
            raise TypeError(f"{name} is {what}, not {value!r}")

    return check


def text(name: str, value: Any) -> None:
    """A check: the value is a string that can be sent as UTF-8. Surrogate escapes stand for other octets."""
    of_type(str, "a string")(name, value)
    try:
        value.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError as error:
        raise ValueError(f"{name} can't be {value!r}: {error}") from None


def duration(name: str, value: Any) -> None:
    """A check: the value is a number of seconds, 0 or more."""
    of_type((int, float), "a number of seconds")(name, value)
    if not isfinite(value) or value < 0 or isinstance(value, bool):
        raise ValueError(f"{name} is a number of seconds from 0, not {value!r}")


def flags(**given: object) -> None:
    """Check that each value is True or False. Python would take any other value for one of the two.

    :raises TypeError: for the first value that is neither.
    """
    for name, value in given.items():
        of_type(bool, "True or False")(name, value)


def words(name: str, value: object) -> None:
    """A check for ``Sealed``: the value is a list of strings."""
    if not isinstance(value, (list, tuple)) or not all(isinstance(each, str) for each in value):
        raise TypeError(f"{name} is a list of strings, not {value!r}")


def unknown(what: str, name: object, known: Iterable[str]) -> str:
    """The text of an error: there is no ``what`` with this name. It says what may have been meant, or what there is."""
    there = list(known)
    hint = near(name, there) if isinstance(name, str) else ""
    if not hint:
        rest = f" and {len(there) - SHOWN} more" if len(there) > SHOWN else ""
        hint = f"; there are {', '.join(map(repr, there[:SHOWN]))}{rest}" if there else "; there is none at all"
    return f"there is no {what} {name!r}{hint}"

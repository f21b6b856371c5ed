"""Tests of a value: equal to another, like a pattern, one of several, between two. Each has a JSON form.

A function may be a test, too. It has no JSON form.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fakebroker.errors import RuleError

Scalar = bool | int | float | str | None


@dataclass(frozen=True)
class Like:
    """Fits a shell pattern: ``*`` is any characters, ``?`` is one, ``[ab]`` is a or b. Case counts."""

    pattern: str

    def holds(self, value: object) -> bool:
        return isinstance(value, str) and fnmatch.fnmatchcase(value, self.pattern)

    def examples(self) -> tuple[object, ...]:
        return (self.pattern,)

    def to_json(self) -> object:
        return {"like": self.pattern}


@dataclass(frozen=True)
class OneOf:
    """One of several values."""

    values: tuple[Scalar, ...]

    def holds(self, value: object) -> bool:
        return value in self.values

    def examples(self) -> tuple[object, ...]:
        return self.values

    def to_json(self) -> object:
        return {"one_of": list(self.values)}


@dataclass(frozen=True)
class Between:
    """A number from ``low`` to ``high``, both included."""

    low: float
    high: float

    def holds(self, value: object) -> bool:
        return isinstance(value, (int, float)) and self.low <= value <= self.high

    def examples(self) -> tuple[object, ...]:
        return (self.low, self.high)

    def to_json(self) -> object:
        return {"between": [self.low, self.high]}


@dataclass(frozen=True)
class Equal:
    """Is equal. A table is equal if it has at least these entries."""

    value: object

    def holds(self, value: object) -> bool:
        if isinstance(self.value, Mapping) and isinstance(value, Mapping):
            return all(name in value and value[name] == wanted for name, wanted in self.value.items())
        return bool(value == self.value)

    def examples(self) -> tuple[object, ...]:
        return (self.value,)

    def to_json(self) -> object:
        return dict(self.value) if isinstance(self.value, Mapping) else self.value


@dataclass(frozen=True)
class Passes:
    """Anything for which a function returns true."""

    function: Callable[[object], object]

    def holds(self, value: object) -> bool:
        return bool(self.function(value))

    def to_json(self) -> object:
        raise RuleError(f"{self} is a function, and has no JSON form")

    def __str__(self) -> str:
        return str(getattr(self.function, "__name__", type(self.function).__name__))


ValueTest = Like | OneOf | Between | Equal


def like(pattern: str) -> Like:
    """Test for a string that fits a shell pattern: ``when("basic.publish", routing_key=like("orders.*"))``."""
    if not isinstance(pattern, str):
        raise RuleError(f"like() takes a string, not {pattern!r}")
    return Like(pattern)


def one_of(*values: Scalar) -> OneOf:
    """Test for one of several values: ``when("basic.deliver", delivery_tag=one_of(2, 3, 5))``."""
    if not values:
        raise RuleError("one_of() of nothing can never match; give it at least one value")
    return OneOf(values)


def between(low: float, high: float) -> Between:
    """Test for a number from ``low`` to ``high``: ``when("basic.publish", priority=between(5, 9))``."""
    for bound in (low, high):
        if not isinstance(bound, (int, float)) or isinstance(bound, bool) or bound != bound:
            raise RuleError(f"between() takes two numbers, not {bound!r}")
    if low > high:
        raise RuleError(f"between({low}, {high}) can never match: the lower bound comes first")
    return Between(low, high)


def as_test(value: Any) -> ValueTest | Passes:
    """Make a test of what a rule gives: a test, a function, or a value to be equal to."""
    if isinstance(value, (Like, OneOf, Between, Equal, Passes)):
        return value
    holds = getattr(value, "holds", value)
    return Passes(holds) if callable(holds) else Equal(value)


def test_from_json(form: Any, place: str) -> ValueTest:
    """Read a test from its JSON form.

    :param place: where in the document the form is; errors name it.
    :raises RuleError: when the form is wrong.
    """
    if not isinstance(form, dict) or set(form) - {"like", "one_of", "between"} or len(form) != 1:
        return Equal(form)
    [(kind, value)] = form.items()
    try:
        if kind == "like" and isinstance(value, str):
            return like(value)
        if kind == "one_of" and isinstance(value, Sequence) and not isinstance(value, str):
            return one_of(*value)
        if kind == "between" and isinstance(value, Sequence) and len(value) == 2:
            return between(*value)
    except (RuleError, TypeError) as error:
        raise RuleError(f"{place}.{kind}: {error}") from error
    wanted = {"like": "a pattern", "one_of": "a list of values", "between": "[low, high]"}[kind]
    raise RuleError(f"{place}.{kind}: {value!r} is not {wanted}")

"""How often a rule acts, and how likely: checks of what a rule says of that."""

from __future__ import annotations

from typing import Literal, TypeGuard

from fakebroker.errors import RuleError
from fakebroker.faults.actions.action import Action
from fakebroker.faults.fields import MOST
from fakebroker.faults.match import When

Times = int | Literal["usual"] | None


def times_of(when: When, first: Action, times: Times, dot: str = "") -> int | None:
    """How often a rule acts. If it does not say so: always where its ``when`` repeats, else as its first action does.

    :param dot: what stands before the name of the part in errors.
    :raises RuleError: when it says so, and acts at a time.
    """
    if times != "usual":
        if when.at is not None and times is not None:
            raise RuleError(f"{dot}times: at={when.at} is one time; whatever fits then is acted on")
        return times
    repeats = when.every is not None or when.from_ is not None or when.at is not None
    return None if repeats else first.count()


def check_often(
    times: object, within: object, budget: object, probability: object, drawn: object, dot: str = ""
) -> None:
    """Check what a rule says of how often it acts.

    :param dot: what stands before the names of the parts in errors.
    :raises RuleError: when a part is wrong, or does not go with another.
    """
    for name, number in (("times", times), ("budget", budget)):
        if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
            unless = "nor None for always" if name == "times" else "nor None for no limit"
            raise RuleError(f"{dot}{name}: {number!r} is not a number from 1, {unless}")
    if within is not None and not (_is_number(within) and 0 < within <= MOST):
        raise RuleError(f"{dot}within: {within!r} is not a number of seconds above 0")
    if within is not None and times is None:
        raise RuleError(f"{dot}within: says in how many seconds the rule acts so many times; give times a number, too")
    if probability is not None and not (_is_number(probability) and 0 < probability <= 1):
        raise RuleError(f"{dot}probability: {probability!r} is not above 0 and up to 1, so the rule would never act")
    if drawn not in ("item", "connection"):
        raise RuleError(f"{dot}drawn: {drawn!r} is neither 'item' nor 'connection'")


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and not isinstance(value, bool)

"""Checks that a rule can match at all. A rule that can't is a mistake in the test, and is refused when it is made."""

from __future__ import annotations

from collections.abc import Iterator

from fakebroker.errors import RuleError
from fakebroker.faults.fields import MOST
from fakebroker.faults.match import SETTINGS, When
from fakebroker.predicates.checking import wrong_argument, wrong_direction, wrong_fact, wrong_name
from fakebroker.predicates.facts import FACTS
from fakebroker.predicates.value_tests import Passes


def check(when: When, place: str = "when") -> None:
    """Check that something can fit a ``When``.

    :param place: where it stands in a document; the error names it.
    :raises RuleError: when nothing ever can. It names the part that is wrong, and what may have been meant.
    """
    for wrong in _wrongs(when):
        if wrong:
            raise RuleError(f"{place}: {wrong}")


def _wrongs(when: When) -> Iterator[str]:
    if when.what is not None:
        yield wrong_name(when.what)
    yield wrong_direction(when.what, when.direction)
    yield from _wrong_numbers(when)
    yield from _wrong_time(when)
    for name in FACTS:
        test = getattr(when, name)
        if test is not None:
            yield wrong_fact(when.what, name, None if isinstance(test, Passes) else test)
    yield from _wrong_broker_facts(when)
    for name, test in when.arguments:
        yield wrong_argument(when.what, name, None if isinstance(test, Passes) else test, SETTINGS)


def _wrong_time(when: When) -> Iterator[str]:
    at = when.at
    if at is None:
        return
    if not isinstance(at, (int, float)) or isinstance(at, bool) or not 0 <= at <= MOST:
        yield f"at={at!r} is not a number of seconds from 0"
    for name, _ in when.parts():
        if name not in ("at", "state", "connection", "client", "user", "vhost"):
            yield f"at={at!r} and {name} exclude each other: it is a time, and no item is asked about"


def _wrong_broker_facts(when: When) -> Iterator[str]:
    for name, kind, wanted in (("state", str, "a name"), ("time", (int, float), "a number of seconds")):
        test = getattr(when, name)
        if test is None or isinstance(test, Passes):
            continue
        if not any(isinstance(each, kind) and not isinstance(each, bool) for each in test.examples()):
            yield f"{name}={test.to_json()!r} can never match; it is {wanted}"
        elif name == "time" and all(isinstance(each, (int, float)) and each < 0 for each in test.examples()):
            yield f"time={test.to_json()!r} can never match; seconds count from 0"


def _wrong_numbers(when: When) -> Iterator[str]:
    for name in ("nth", "from_", "every"):
        number = getattr(when, name)
        if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
            yield f"{name}={number!r} can never match; it counts from 1"
    for name in ("from_", "every"):
        if when.nth is not None and getattr(when, name) is not None:
            yield f"nth={when.nth} and {name}={getattr(when, name)} exclude each other"
    for name in ("nth", "from_", "every"):
        if when.crossing is not None and getattr(when, name) is not None:
            yield f"{name} and crossing exclude each other: there is one such crossing"
    if when.per not in ("broker", "connection", "channel"):
        yield f"per is 'broker', 'connection' or 'channel', not {when.per!r}"

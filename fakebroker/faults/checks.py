"""A rule that can never match is a mistake in the test; here it is found when the rule is made, and named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakebroker.errors import RuleError
from fakebroker.faults.match import FACTS, SETTINGS, When, has_queue
from fakebroker.faults.vocabulary import HANDSHAKE, KINDS, Known, commands, named, near

INTEGERS = ("octet", "short", "long", "longlong", "timestamp")

# The first step of the handshake that a fact is known at, and all that come before it.
BEFORE_USER = ("connect", "protocol-header", "connection.start")
BEFORE_VHOST = (
    *BEFORE_USER,
    *(f"connection.{step}" for step in ("start-ok", "secure", "secure-ok", "tune", "tune-ok")),
)


def check(when: When, place: str = "when") -> None:
    """Raise for a ``When`` that nothing can ever fit.

    :param place: where it stands, for the text.
    :raises RuleError: naming the part and, where something known looks like it, what may have been meant.
    """
    _check_what(when, place)
    _check_direction(when, place)
    _check_numbers(when, place)
    _check_facts(when, place)
    for name, _ in when.arguments:
        _check_argument(when, name, place)


def directions(what: str | None) -> tuple[str, ...]:
    """The ways that what a rule names goes."""
    if what is not None and what in KINDS:
        return KINDS[what]
    ways = {way for command in named(what) for way in command.directions}
    return tuple(way for way in ("in", "out") if way in ways)


def _check_what(when: When, place: str) -> None:
    what = when.what
    if what is None or what in KINDS or (isinstance(what, str) and named(what)):
        return
    known = [*commands(), *HANDSHAKE, *KINDS]
    raise RuleError(f"{place}: there is no command, kind of frame or handshake step {what!r}{near(str(what), known)}")


def _check_direction(when: When, place: str) -> None:
    if when.direction is None:
        return
    if when.direction not in ("in", "out"):
        raise RuleError(f"{place}: direction is 'in' (from the client) or 'out' (to it), not {when.direction!r}")
    ways = directions(when.what)
    if when.direction not in ways:
        who = {"in": "the client", "out": "the broker"}
        raise RuleError(f"{place}: {when.what} never goes {when.direction!r}, only {who[ways[0]]} sends it")


def _check_numbers(when: When, place: str) -> None:
    for name in ("nth", "every"):
        number = getattr(when, name)
        if number is not None and (not isinstance(number, int) or isinstance(number, bool) or number < 1):
            raise RuleError(f"{place}: {name}={number!r} can never match; it counts from 1")
    if when.nth is not None and when.every is not None:
        raise RuleError(f"{place}: nth={when.nth} and every={when.every} exclude each other")
    if when.per not in ("broker", "connection", "channel"):
        raise RuleError(f"{place}: per is 'broker', 'connection' or 'channel', not {when.per!r}")


def _check_facts(when: When, place: str) -> None:
    for name, kind in (("connection", int), ("channel", int), ("client", str), ("user", str), ("vhost", str)):
        test = getattr(when, name)
        if test is not None and not any(isinstance(value, (kind, float)) for value in test.examples()):
            raise RuleError(f"{place}: {name}={test.to_json()!r} can never match; it is {_kind_name(kind)}")
    if when.connection is not None and all(_below(value, 1) for value in when.connection.examples()):
        raise RuleError(f"{place}: connection={when.connection.to_json()!r} can never match; they count from 1")
    if when.user is not None or when.client is not None:
        _check_known(when, "user" if when.user is not None else "client", BEFORE_USER, "start-ok", place)
    if when.vhost is not None:
        _check_known(when, "vhost", BEFORE_VHOST, "open", place)
    if when.channel is not None:
        _check_channel(when, place)
    if when.queue is not None and not has_queue(when.what):
        raise RuleError(f"{place}: {when.what} is not about a queue, so queue={when.queue.to_json()!r} can never match")


def _check_known(when: When, name: str, before: tuple[str, ...], step: str, place: str) -> None:
    if when.what in before:
        raise RuleError(f"{place}: the {name} is not yet known at {when.what}; the earliest is {step!r}")


def _check_channel(when: When, place: str) -> None:
    assert when.channel is not None
    only_zero = when.what in ("heartbeat", "connect", "protocol-header", "malformed") or (
        when.what is not None and when.what.startswith("connection.")
    )
    if only_zero and not when.channel.holds(0):
        raise RuleError(f"{place}: {when.what} is always on channel 0, not {when.channel.to_json()!r}")


def _check_argument(when: When, name: str, place: str) -> None:
    covered = named(when.what)
    owners = [command for command in covered if name in command.arguments]
    if not owners:
        raise RuleError(f"{place}: {_lacks(when.what, name, covered)}")
    test = dict(when.arguments)[name]
    for command in owners:
        if any(_possible(value, command.arguments[name]) for value in test.examples()):
            return
    raise RuleError(f"{place}: {name}={test.to_json()!r} can never match; it is a {owners[0].arguments[name]}")


def _lacks(what: str | None, name: str, covered: tuple[Known, ...]) -> str:
    if not covered:
        return f"{what} has no arguments, so none named {name!r}"
    known = {argument: None for command in covered for argument in command.arguments}
    hint = near(name, [*known, *FACTS, *SETTINGS])
    if len(covered) == 1 and not hint:
        hint = f"; it has {', '.join(known) or 'none'}"
    whose = covered[0].name if len(covered) == 1 else "no command" if what is None else f"no command of {what!r}"
    return f"{whose} has {'no' if len(covered) == 1 else 'an'} argument {name!r}{hint}"


def _possible(value: Any, amqp_type: str) -> bool:
    """Whether an argument of this type can ever be the value."""
    if amqp_type == "bit":
        return isinstance(value, bool)
    if amqp_type in INTEGERS:
        return (isinstance(value, (int, float)) and not isinstance(value, bool)) or value is None
    if amqp_type == "table":
        return isinstance(value, Mapping) or value is None
    return isinstance(value, str) or value is None


def _below(value: Any, least: int) -> bool:
    return isinstance(value, (int, float)) and value < least


def _kind_name(kind: type) -> str:
    return "a number" if kind is int else "a string"

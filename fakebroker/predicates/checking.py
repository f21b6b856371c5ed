"""Checks that a predicate can hold at all. One that can't is a mistake in the test.

Each check returns a text that says what is wrong; it is empty when nothing is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import ceil

from fakebroker.predicates.facts import FACTS
from fakebroker.predicates.value_tests import Between, Like, ValueTest
from fakebroker.predicates.vocabulary import HANDSHAKE, KINDS, KnownCommand, commands, named
from fakebroker.validation import near
from fakebroker.wire.checked import LARGEST, LONGEST

# The steps of the handshake at which a fact is not known yet.
BEFORE_USER = ("connect", "protocol-header", "connection.start")
BEFORE_VHOST = (
    *BEFORE_USER,
    *(f"connection.{step}" for step in ("start-ok", "secure", "secure-ok", "tune", "tune-ok")),
)
TYPES: Mapping[str, type] = {"connection": int, "channel": int, "client": str, "user": str, "vhost": str, "queue": str}


def directions(what: str | None) -> tuple[str, ...]:
    """The directions in which an item of this name may go."""
    if what is not None and what in KINDS:
        return KINDS[what]
    ways = {way for command in named(what) for way in command.directions}
    return tuple(way for way in ("in", "out") if way in ways)


def wrong_name(what: object) -> str:
    """Check the name of a command, a class of commands (``"basic.*"``), a step of the handshake, or a kind of frame."""
    if isinstance(what, str) and (what in KINDS or named(what)):
        return ""
    known = [*commands(), *HANDSHAKE, *KINDS]
    return f"there is no command, kind of frame or handshake step {what!r}{near(str(what), known)}"


def wrong_direction(what: str | None, direction: object) -> str:
    """Check a direction; None stands for both."""
    if direction is None:
        return ""
    if direction not in ("in", "out"):
        return f"direction is 'in' (from the client) or 'out' (to it), not {direction!r}"
    ways = directions(what)
    if direction not in ways:
        who = {"in": "the client", "out": "the broker"}
        return f"{what} never goes {direction!r}, only {who[ways[0]]} sends it"
    return ""


def wrong_fact(what: str | None, name: str, test: ValueTest | None) -> str:
    """Check a test of one of the :data:`~fakebroker.predicates.facts.FACTS`.

    :param what: the name of the items.
    :param test: None when it can't be checked: it is a function.
    """
    return ("" if test is None else _wrong_value(what, name, test)) or _unknown_yet(what, name)


def _wrong_value(what: str | None, name: str, test: ValueTest) -> str:
    kind, form = TYPES[name], test.to_json()
    if not any(_is(value, kind) or (name == "queue" and value is None) for value in test.examples()):
        return f"{name}={form!r} can never match; it is {'a number' if kind is int else 'a string'}"
    if name == "connection" and all(_below(value, 1) for value in test.examples()):
        return f"connection={form!r} can never match; they count from 1"
    if name == "channel":
        return _wrong_channel(what, test)
    if name == "queue" and not has_queue(what):
        return f"{what} is not about a queue, so queue={form!r} can never match"
    return ""


def _unknown_yet(what: str | None, name: str) -> str:
    if name in ("user", "client") and what in BEFORE_USER:
        return f"the {name} is not yet known at {what}; the earliest is 'start-ok'"
    if name == "vhost" and what in BEFORE_VHOST:
        return f"the vhost is not yet known at {what}; the earliest is 'open'"
    if name == "queue" and not has_queue(what):
        return f"{what} is not about a queue"
    return ""


def has_queue(what: str | None) -> bool:
    """Whether a command that ``what`` covers is about a queue."""
    return any(
        command.name == "basic.publish" or "queue" in command.arguments or "consumer_tag" in command.arguments
        for command in named(what)
    )


def _is(value: object, kind: type) -> bool:
    return isinstance(value, (int, float) if kind is int else kind) and not isinstance(value, bool)


def _wrong_channel(what: str | None, test: ValueTest) -> str:
    only_zero = what in ("heartbeat", "connect", "protocol-header", "malformed") or (
        what is not None and what.startswith("connection.")
    )
    if only_zero and not test.holds(0):
        return f"{what} is always on channel 0, not {test.to_json()!r}"
    if not _may_hold(test, "short"):
        return f"channel={test.to_json()!r} can never match; channels are numbered from 0 to {LARGEST['short']}"
    return ""


def wrong_argument(what: str | None, name: str, test: ValueTest | None, others: Iterable[str] = ()) -> str:
    """Check a test of an argument or a property.

    :param what: the name of the items.
    :param test: None when it can't be checked: it is a function.
    :param others: other names that may be meant, for the hint.
    """
    covered = named(what)
    owners = [command for command in covered if name in command.arguments]
    if not owners:
        return _lacks(what, name, covered, others)
    if test is None:
        return ""
    if any(_may_hold(test, command.arguments[name]) for command in owners):
        return ""
    kind = owners[0].arguments[name]
    bounds = f", from 0 to {LARGEST[kind]}" if kind in LARGEST else ""
    bounds = f", of {LONGEST} octets at most" if kind == "shortstr" else bounds
    return f"{name}={test.to_json()!r} can never match; it is a {kind}{bounds}"


def _lacks(what: str | None, name: str, covered: Sequence[KnownCommand], others: Iterable[str]) -> str:
    if not covered:
        return f"{what} has no arguments, so none named {name!r}"
    known = {argument: None for command in covered for argument in command.arguments}
    hint = near(name, [*known, *FACTS, *others])
    if len(covered) == 1 and not hint:
        hint = f"; it has {', '.join(known) or 'none'}"
    whose = covered[0].name if len(covered) == 1 else "no command" if what is None else f"no command of {what!r}"
    return f"{whose} has {'no' if len(covered) == 1 else 'an'} argument {name!r}{hint}"


def _may_hold(test: ValueTest, amqp_type: str) -> bool:
    """Whether the test holds for some value of this AMQP type."""
    if isinstance(test, Between):
        return amqp_type in LARGEST and _whole_between(max(test.low, 0), min(test.high, LARGEST[amqp_type]))
    if isinstance(test, Like):
        return amqp_type in ("shortstr", "longstr")
    return any(_possible(value, amqp_type) for value in test.examples())


def _whole_between(low: float, high: float) -> bool:
    return low <= high and ceil(low) <= high


def _possible(value: object, amqp_type: str) -> bool:
    """Whether an argument of this AMQP type can have the value."""
    if amqp_type == "bit":
        return isinstance(value, bool)
    if value is None:
        return True
    if amqp_type in LARGEST:
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            return False
        return 0 <= value <= LARGEST[amqp_type] and value == int(value)
    if amqp_type == "table":
        return isinstance(value, Mapping)
    if not isinstance(value, str):
        return False
    return amqp_type != "shortstr" or len(value.encode("utf-8", "surrogatepass")) <= LONGEST


def _below(value: object, least: int) -> bool:
    return isinstance(value, (int, float)) and value < least

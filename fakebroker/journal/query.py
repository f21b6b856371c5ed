"""Queries: which entries fit, and which come nearest when none does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from fakebroker.errors import QueryError
from fakebroker.journal.entries import Direction, Entry, Lost, Opened
from fakebroker.journal.record import SECRETS, Hidden, record_of
from fakebroker.journal.seen import Connections, Seen
from fakebroker.journal.text import line
from fakebroker.predicates.checking import wrong_argument, wrong_direction, wrong_fact, wrong_name
from fakebroker.predicates.facts import FACTS, queue_of
from fakebroker.predicates.value_tests import Equal, ValueTest
from fakebroker.predicates.vocabulary import HANDSHAKE, commands
from fakebroker.wire.command import Command, Heartbeat, Malformed, ProtocolHeader

NEAR_MISSES = 5
"""How many near misses an error shows."""

REMEMBERED = ("client", "user", "vhost", "queue")
"""Facts that only earlier entries of the connection tell."""


@runtime_checkable
class Holds(Protocol):
    """A test of a value, such as ``like``, ``one_of`` and ``between`` make."""

    def holds(self, value: object) -> bool: ...


@dataclass(frozen=True)
class Query:
    """A query. :func:`query` makes one, and refuses it if nothing can ever fit.

    :param names: the names of commands, as rules have them; empty for any command.
    """

    names: tuple[str, ...]
    direction: Direction | None
    predicates: Mapping[str, object]

    @property
    def remembers(self) -> bool:
        """Whether it asks for facts that only earlier entries tell."""
        return any(name in REMEMBERED for name in self.predicates)

    def fits(self, entry: Entry, seen: Seen | None = None) -> bool:
        """Whether an entry fits.

        :param seen: what is known of its connection. Needed if the query :attr:`remembers`.
        """
        return self.is_kind(entry) and not self.misses(entry, seen)

    def is_kind(self, entry: Entry) -> bool:
        """Whether an entry has the right name and direction. Predicates are not asked."""
        if self.direction is not None and (entry.direction or "in") != self.direction:  # it is the client that connects
            return False
        if not self.names:
            return bool(entry.name)
        return any(_is_meant(name, entry) for name in self.names)

    def misses(self, entry: Entry, seen: Seen | None = None) -> list[str]:
        """The names of the predicates that do not hold."""
        return [name for name, wanted in self.predicates.items() if not holds(wanted, value(entry, name, seen))]

    def __str__(self) -> str:
        what = " or ".join(self.names) or "command"
        way = {"in": " from a client", "out": " to a client"}.get(self.direction or "", "")
        given = " with " + ", ".join(f"{name}={value!r}" for name, value in self.predicates.items())
        return what + way + (given if self.predicates else "")


class Search:
    """Runs a query over entries. Show it every entry, in order.

    :param before: what was known of the connections before the first entry.
    """

    def __init__(self, query: Query, before: Connections) -> None:
        self.query = query
        self._known = before.copy() if query.remembers else None

    def fits(self, entry: Entry) -> bool:
        """Whether the entry fits."""
        return self.query.fits(entry, self._note(entry))

    def misses(self, entry: Entry) -> list[tuple[str, object]]:
        """The names of the predicates that do not hold, each with the entry's value."""
        seen = self._note(entry)
        return [(name, _shown(entry, name, seen)) for name in self.query.misses(entry, seen)]

    def _note(self, entry: Entry) -> Seen | None:
        return None if self._known is None else self._known.note(entry)


def query(names: Iterable[Any], direction: Any, predicates: Mapping[str, object]) -> Query:
    """Make a query. It is checked as the ``when`` of a rule is.

    :param names: commands, classes of commands, steps of the handshake, or kinds of frames; empty for any command.
    :raises QueryError: when nothing can ever fit. It says why, and what may have been meant.
    """
    whats = tuple(HANDSHAKE.get(name, name) if isinstance(name, str) else name for name in names)
    for what in whats:
        _refuse(wrong_name(what))
    wrong = [wrong_direction(what, direction) for what in whats or (None,)]
    _refuse(wrong[0] if all(wrong) else "")
    for name, wanted in predicates.items():
        if name == "name" and not whats:
            _refuse(_wrong_command(wanted))
            continue
        wrong = [_wrong_predicate(what, name, wanted) for what in whats or (None,)]
        _refuse(wrong[0] if all(wrong) else "")
    return Query(whats, direction, dict(predicates))


def wrong_number(name: str, given: Any, least: float, kind: type = int) -> str:
    """Say what is wrong with a number in a query; empty when nothing is."""
    right = isinstance(given, (int, float) if kind is float else int) and not isinstance(given, bool)
    if right and given >= least:
        return ""
    return f"{name} is a {'number' if kind is float else 'whole number'} from {least}, not {given!r}"


def check_number(name: str, given: object, least: float, kind: type = int) -> None:
    """Check a number in a query.

    :raises QueryError: when it is not a number, or too small.
    """
    _refuse(wrong_number(name, given, least, kind))


def _refuse(wrong: str) -> None:
    if wrong:
        raise QueryError(wrong)


def _wrong_command(wanted: object) -> str:
    """Check a command's name that is given as a predicate. It may be a pattern."""
    test = as_rule_test(wanted)
    if test is None or any(test.holds(name) for name in commands()):
        return ""
    if isinstance(wanted, str):
        return wrong_name(wanted) or f"name={wanted!r} can never match: it is no command's"
    return f"name={wanted!r} can never match; it is the name of a command"


def _wrong_predicate(what: str | None, name: str, wanted: object) -> str:
    test = as_rule_test(wanted)
    if name not in FACTS:
        return wrong_argument(what, name, test, ("name",) if what is None else ())
    return "" if test is None else wrong_fact(what, name, test)


def as_rule_test(wanted: object) -> ValueTest | None:
    """Make a test as rules have them; None for a function, which can't be checked."""
    if isinstance(wanted, ValueTest):
        return wanted
    if callable(wanted) or isinstance(wanted, Holds):
        return None
    return Equal(wanted.decode("utf-8", "surrogateescape") if isinstance(wanted, bytes) else wanted)


def _is_meant(name: str, entry: Entry) -> bool:
    item = entry.item
    if isinstance(item, Command):
        if name in ("header", "body"):
            return item.content is not None and (name == "header" or bool(item.content.body))
        return name in ("method", item.name) or (name.endswith(".*") and item.name.startswith(name[:-1]))
    kinds = {
        "heartbeat": Heartbeat,
        "protocol-header": ProtocolHeader,
        "malformed": Malformed,
        "connect": Opened,
        "end": Lost,
    }
    return name in kinds and isinstance(item, kinds[name])


def value(entry: Entry, name: str, seen: Seen | None) -> Any:
    """The value that a predicate is about: a fact, an argument, a property, or the body. None when there is none."""
    if name in REMEMBERED and seen is not None:
        return queue_of(entry.command, seen) if name == "queue" else getattr(seen, name)
    return entry.value(name)


def _shown(entry: Entry, name: str, seen: Seen | None) -> object:
    found = value(entry, name, seen)
    return Hidden(len(found)) if SECRETS.get(entry.name) == name else found


def holds(wanted: object, value: object) -> bool:
    """Whether a value is equal to what is wanted, or passes the test or function that is."""
    if isinstance(wanted, Holds):
        return wanted.holds(value)
    if callable(wanted):
        return bool(wanted(value))
    if isinstance(wanted, bytes) and isinstance(value, str):
        return wanted == value.encode("utf-8", "surrogateescape")
    return bool(wanted == value)


def assert_count(
    query: Query, found: Sequence[Entry], count: int | None, entries: Sequence[Entry], before: Connections
) -> None:
    """Assert that as many entries were found as expected.

    :param before: what was known of the connections before the first entry.
    :raises AssertionError: when not. It shows what came instead, the nearest first.
    """
    if len(found) == count or (count is None and found):
        return
    expected = "at least one" if count is None else str(count)
    lines = [f"expected {expected} {query}, found {len(found) or 'none'}"]
    if found:
        lines += ["found:", *(f"  {line(record_of(entry))}" for entry in found)]
    else:
        lines += near_misses(query, entries, before)
    raise AssertionError("\n".join(lines))


def near_misses(query: Query, entries: Iterable[Entry], before: Connections) -> list[str]:
    """Describe the entries that come nearest, and in what each differs."""
    search = Search(query, before)
    passed = [(entry, search.misses(entry)) for entry in entries]
    same = [(entry, misses) for entry, misses in passed if query.is_kind(entry)]
    if not same:
        names = list(dict.fromkeys(entry.name for entry, _ in passed if entry.name))
        came = "\n  ".join(names) if names else "nothing"
        return ["no such command passed; these did:" if names else "no such command passed;", f"  {came}"]
    nearest = sorted(same, key=lambda each: len(each[1]))[:NEAR_MISSES]
    lines = ["nearest:"]
    for entry, misses in nearest:
        lines.append(f"  {line(record_of(entry))}")
        lines += [f"      {name} is {found!r}" for name, found in misses]
    if len(same) > len(nearest):
        lines.append(f"  and {len(same) - len(nearest)} more")
    return lines

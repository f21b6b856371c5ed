"""Which entries fit, and which came nearest when none does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from fakebroker.journal.entries import Direction, Entry
from fakebroker.journal.record import record_of
from fakebroker.journal.text import line

NEAR_MISSES = 5
"""How many an error shows."""


@runtime_checkable
class Test(Protocol):
    """Something that says whether a value will do: what ``like``, ``one_of`` and ``between`` make."""

    def holds(self, value: Any) -> bool: ...


@dataclass(frozen=True)
class Query:
    """What is asked for.

    :param names: of commands; empty for any command.
    """

    names: tuple[str, ...]
    direction: Direction | None
    predicates: Mapping[str, Any]

    def fits(self, entry: Entry) -> bool:
        """Whether it is what is asked for."""
        return self.is_kind(entry) and not self.misses(entry)

    def is_kind(self, entry: Entry) -> bool:
        """Whether it is such a command at all, whatever its arguments."""
        if not entry.name or (self.names and entry.name not in self.names):
            return False
        return self.direction is None or entry.direction == self.direction

    def misses(self, entry: Entry) -> list[str]:
        """The predicates that do not hold."""
        return [name for name, wanted in self.predicates.items() if not holds(wanted, entry.value(name))]

    def __str__(self) -> str:
        what = " or ".join(self.names) or "command"
        way = {"in": " from a client", "out": " to a client"}.get(self.direction or "", "")
        given = " with " + ", ".join(f"{name}={value!r}" for name, value in self.predicates.items())
        return what + way + (given if self.predicates else "")


def holds(wanted: Any, value: Any) -> bool:
    """Whether a value is as wanted: equal, or passing the test or function."""
    if isinstance(wanted, Test):
        return wanted.holds(value)
    if callable(wanted):
        return bool(wanted(value))
    if isinstance(wanted, bytes) and isinstance(value, str):
        return wanted == value.encode("utf-8", "surrogateescape")
    return bool(wanted == value)


def assert_count(query: Query, found: Sequence[Entry], count: int | None, entries: Sequence[Entry]) -> None:
    """Raise unless there are as many as expected.

    :raises AssertionError: telling what came instead, nearest first.
    """
    if len(found) == count or (count is None and found):
        return
    expected = "at least one" if count is None else str(count)
    lines = [f"expected {expected} {query}, found {len(found) or 'none'}"]
    if found:
        lines += ["found:", *(f"  {line(record_of(entry))}" for entry in found)]
    else:
        lines += near_misses(query, entries)
    raise AssertionError("\n".join(lines))


def near_misses(query: Query, entries: Sequence[Entry]) -> list[str]:
    """The entries that fit best, and in what they differ."""
    same = [entry for entry in entries if query.is_kind(entry)]
    if not same:
        names = list(dict.fromkeys(entry.name for entry in entries if entry.name))
        came = "\n  ".join(names) if names else "nothing"
        return ["no such command passed; these did:" if names else "no such command passed;", f"  {came}"]
    nearest = sorted(same, key=lambda entry: len(query.misses(entry)))[:NEAR_MISSES]
    lines = ["nearest:"]
    for entry in nearest:
        lines.append(f"  {line(record_of(entry))}")
        lines += [f"      {name} is {entry.value(name)!r}" for name in query.misses(entry)]
    if len(same) > len(nearest):
        lines.append(f"  and {len(same) - len(nearest)} more")
    return lines

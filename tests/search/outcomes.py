"""Reports made up for tests: cases and outcomes as a search would give them."""

from __future__ import annotations

from collections.abc import Mapping

from fakebroker.predicates.addresses import Address
from fakebroker.search.case import Case
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.points import Point
from fakebroker.search.report import Report


def points(*addresses: str) -> list[Point]:
    """The points of a run with these crossings."""
    found = []
    for number, text in enumerate(addresses, 1):
        address = Address.parse(text)
        found.append(
            Point(number, address, address.name, "in" if address.direction == "in" else "out", address.connection, 1)
        )
    return found


def outcome(case: str, kind: Kind = Kind.PASSED, error: str = "", **fields: object) -> Outcome:
    return Outcome(Case.parse(case), kind, error, **fields)  # type: ignore[arg-type]


def report(addresses: tuple[str, ...], faults: tuple[str, ...], found: Mapping[str, Kind]) -> Report:
    """A report of every crossing with every fault; all pass but those that are named."""
    cases = [f"{address} {fault}" for address in addresses for fault in faults]
    outcomes = [outcome(case, found.get(case, Kind.PASSED), "it failed" if case in found else "") for case in cases]
    return Report("a test", points(*addresses), faults, outcomes)

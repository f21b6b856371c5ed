"""Cuts a case down that has failed: to the fewest faults, the earliest crossing, the simplest fault that fail alike."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence

from fakebroker.predicates.addresses import Address
from fakebroker.search.case import Case
from fakebroker.search.groups import normalised
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.points import Point

MOST_RUNS = 300
"""So many runs a case is worth."""

Runs = Callable[[Case], Outcome]
Part = tuple[Address, str]


def shrink_all(told: Sequence[Outcome], run: Runs, points: Sequence[Point], faults: Sequence[str]) -> list[Outcome]:
    """Cut down the cases of several faults that have failed: the first of each kind of failure. Where one fault alone
    fails alike, those of several stay as they are: the small case is there already.

    :param run: runs a case.
    :param points: the crossings of the plain run.
    :param faults: the names of the faults, the simplest first.
    """
    known: dict[tuple[Kind, str, str], None] = {}
    for outcome in told:
        if outcome.kind.found and len(outcome.case.faults) == 1:
            known[key(outcome)] = None
    found = []
    for outcome in told:
        if outcome.kind.found and len(outcome.case.faults) > 1 and key(outcome) not in known:
            known[key(outcome)] = None
            outcome = shrink(outcome, run, points, faults)
        found.append(outcome)
    return found


def shrink(outcome: Outcome, run: Runs, points: Sequence[Point], faults: Sequence[str]) -> Outcome:
    """Cut one case down.

    :returns: the outcome of the smallest case that was found to fail alike. ``why`` says how much was left out.
    """
    wanted, left = key(outcome), [MOST_RUNS]

    def fails(case: Case) -> Outcome | None:
        if left[0] <= 0:
            return None
        left[0] -= 1
        tried = run(case)
        return tried if tried.kind.found and key(tried) == wanted else None

    best = outcome
    smaller: Outcome | None = outcome
    while smaller is not None:
        best = smaller
        smaller = next((each for case in _smaller(best.case, points, faults) if (each := fails(case))), None)
    if best is outcome:
        return outcome
    gone = len(outcome.case.faults) - len(best.case.faults)
    told = f"cut down from {outcome.case}: {gone} of {len(outcome.case.faults)} faults left out"
    return dataclasses.replace(best, why=f"{told}, {MOST_RUNS - left[0]} runs")


def key(outcome: Outcome) -> tuple[Kind, str, str]:
    """What outcomes have in common that fail alike."""
    return outcome.kind, normalised(outcome.error), outcome.place


def _smaller(case: Case, points: Sequence[Point], faults: Sequence[str]) -> Iterator[Case]:
    """Cases that are smaller than this one, the smallest first: half of the faults, all but one, one of them earlier,
    one of them simpler.
    """
    parts = case.faults
    half = len(parts) // 2
    if half > 1:
        yield dataclasses.replace(case, faults=parts[:half])
        yield dataclasses.replace(case, faults=parts[half:])
    for index in range(len(parts)) if len(parts) > 1 else ():
        yield dataclasses.replace(case, faults=(*parts[:index], *parts[index + 1 :]))
    for index, (address, fault) in enumerate(parts):
        for part in _simpler(address, fault, points, faults):
            if all(part[0] != other for place, (other, _) in enumerate(parts) if place != index):
                yield dataclasses.replace(case, faults=(*parts[:index], part, *parts[index + 1 :]))


def _simpler(address: Address, fault: str, points: Sequence[Point], faults: Sequence[str]) -> Iterator[Part]:
    all_of_them = [point.address for point in points]
    for earlier in all_of_them[: all_of_them.index(address)] if address in all_of_them else ():
        yield earlier, fault
    for simpler in faults[: faults.index(fault)] if fault in faults else ():
        yield address, simpler

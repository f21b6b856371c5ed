"""Which faults are tried at which crossings, and why the others are not."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from fakebroker.faults.named import Known, NamedFault
from fakebroker.journal.entries import Entry
from fakebroker.search.case import Case
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.points import Point

FEW = 8
"""So many crossings of one name in one direction of a connection are all tried."""

LEAST_CHAOS, MOST_CHAOS = 3, 6
"""How many faults a case of several has."""

SAMPLED = (
    "{left} of {all} crossings were not tried, because they are in long rows of crossings that are alike: the first "
    "two, the last one and those beside a change were; exhaustive tries all"
)

DRAWS = 50
"""So many draws for each pair that is wanted, before no new one is expected any more."""


@dataclass
class SweepPlan:
    """What is tried.

    :param points: the crossings, in order. Of those that are left out because they are alike, the first of each run.
    :param steps: cases to run, and the outcomes of those that are not run, in the order of the report.
    :param notes: what else should be said.
    """

    points: list[Point] = field(default_factory=list)
    steps: list[Case | Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def cases(self) -> list[Case]:
        """The cases to run."""
        return [step for step in self.steps if isinstance(step, Case)]


def make_plan(
    points: Sequence[Point],
    entries: Sequence[Entry],
    faults: Sequence[NamedFault],
    *,
    exhaustive: bool = False,
    pairs: int = 0,
    pairs_below: int = 0,
    chaos: int = 0,
    seed: int = 0,
) -> SweepPlan:
    """SweepPlan a sweep.

    :param points: the crossings of the plain run.
    :param entries: its journal.
    :param exhaustive: try every crossing, however many are alike.
    :param pairs: so many pairs of faults, drawn by the seed.
    :param pairs_below: all pairs of faults, if there are no more than this.
    :param chaos: so many cases of several faults, drawn by the seed.
    """
    plan, alike = SweepPlan(), {} if exhaustive else left_out(points)
    _add_singles(plan, points, entries, faults, alike)
    if alike:
        plan.notes.append(SAMPLED.format(left=len(alike), all=len(points)))
    single = plan.cases
    _add_pairs(plan, single, pairs, pairs_below, seed)
    _add_chaos(plan, single, chaos, seed)
    return plan


def _add_singles(
    plan: SweepPlan,
    points: Sequence[Point],
    entries: Sequence[Entry],
    faults: Sequence[NamedFault],
    alike: Mapping[int, tuple[int, int]],
) -> None:
    """Add every crossing with every fault."""
    known, at = Known.of(entries), {entry.address: entry for entry in entries if entry.number is not None}
    for point in points:
        row = alike.get(point.number)
        if row is not None and row[0] != point.number:
            continue
        plan.points.append(point)
        for fault in faults:
            case, why = Case.of(point.address, fault.name), fault.unable(at[str(point.address)], known)
            if why:
                plan.steps.append(Outcome(case, Kind.NOT_APPLICABLE, why=why))
            elif row is not None:
                plan.steps.append(Outcome(case, Kind.SKIPPED, why=_alike(row)))
            else:
                plan.steps.append(case)


def left_out(points: Sequence[Point]) -> dict[int, tuple[int, int]]:
    """The crossings that need not be tried: those in the middle of a long row of crossings that are alike.

    Where there are more than :data:`FEW` of one name in one direction of a connection, these are tried: the first two,
    the last one, and the ones before and after each crossing of another kind that is rare on any connection.

    :returns: by the number of a crossing: the number of the first of those that are left out in one row with it, and
        how many they are.
    """
    groups: dict[tuple[int, str, str, int], list[Point]] = {}
    for point in points:
        groups.setdefault((point.connection, point.direction, point.name, point.channel), []).append(point)
    rare = sorted(point.number for alike in groups.values() if len(alike) <= FEW for point in alike)
    found: dict[int, tuple[int, int]] = {}
    for alike in groups.values():
        if len(alike) > FEW:
            found.update(_rows(alike, _kept(alike, rare)))
    return found


def _kept(alike: Sequence[Point], rare: Sequence[int]) -> list[bool]:
    kept = [False] * len(alike)
    for index in (0, 1, len(alike) - 1):
        kept[index] = True
    at = 0
    for number in rare:
        while at < len(alike) and alike[at].number < number:
            at += 1
        for index in (at - 1, at):
            if 0 <= index < len(alike):
                kept[index] = True
    return kept


def _rows(alike: Sequence[Point], kept: Sequence[bool]) -> dict[int, tuple[int, int]]:
    found: dict[int, tuple[int, int]] = {}
    row: list[int] = []
    for point, keep in zip((*alike, None), (*kept, True), strict=True):
        if not keep and point is not None:
            row.append(point.number)
        elif row:
            found.update((number, (row[0], len(row))) for number in row)
            row = []
    return found


def _alike(row: tuple[int, int]) -> str:
    return f"one of {row[1]} crossings in a row that are alike" if row[1] > 1 else "between two that are alike"


def _add_pairs(plan: SweepPlan, single: Sequence[Case], wanted: int, below: int, seed: int) -> None:
    """Add pairs of the cases that are tried, at two crossings."""
    here: dict[object, int] = {}
    for case in single:
        here[case.faults[0][0]] = here.get(case.faults[0][0], 0) + 1
    count = (len(single) ** 2 - sum(each**2 for each in here.values())) // 2
    if not (wanted or below) or not count:
        return
    if count <= below or count <= wanted:
        every = (_both(one, two) for index, one in enumerate(single) for two in single[index + 1 :])
        plan.steps += [pair for pair in every if pair is not None]
        plan.notes.append(f"all {count} pairs of faults were tried")
        return
    if not wanted:
        plan.notes.append(f"no pair of faults was tried: there are {count}, more than {below}")
        return
    rng = random.Random(f"{seed}-pairs")
    drawn: dict[tuple[int, int], Case] = {}
    for _ in range(wanted * DRAWS):
        if len(drawn) == wanted:
            break
        one, two = sorted((rng.randrange(len(single)), rng.randrange(len(single))))
        pair = _both(single[one], single[two])
        if pair is not None:
            drawn[one, two] = pair
    plan.steps += [drawn[key] for key in sorted(drawn)]
    plan.notes.append(f"{len(drawn)} of {count} pairs of faults were tried, drawn by seed {seed}")


def _add_chaos(plan: SweepPlan, single: Sequence[Case], wanted: int, seed: int) -> None:
    """Add cases of several faults, each at another crossing, in the order of the crossings."""
    rng = random.Random(f"{seed}-chaos")
    drawn: dict[Case, None] = {}
    for _ in range(wanted * DRAWS if single else 0):
        if len(drawn) == wanted:
            break
        chosen = sorted(rng.randrange(len(single)) for _ in range(rng.randint(LEAST_CHAOS, MOST_CHAOS)))
        faults = {single[index].faults[0][0]: single[index].faults[0] for index in chosen}
        if len(faults) >= LEAST_CHAOS:
            drawn[Case(tuple(faults.values()))] = None
    if wanted:
        plan.steps += drawn
        plan.notes.append(f"{len(drawn)} cases of several faults were tried, drawn by seed {seed}")


def _both(one: Case, two: Case) -> Case | None:
    """The case with the faults of both; None when they are at one crossing."""
    return Case((*one.faults, *two.faults)) if one.faults[0][0] != two.faults[0][0] else None

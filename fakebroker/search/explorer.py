"""Runs a scenario again and again, each time with another schedule, and cuts down those that fail."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

from fakebroker.liberties import Decision, Listed, Seeded, Systematic
from fakebroker.search.case import Case
from fakebroker.search.engine import INSIDE, Engine
from fakebroker.search.explored import ExploreReport
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.points import points_of
from fakebroker.search.schedules import Tally, read
from fakebroker.search.shrink import key
from fakebroker.search.watching import collecting_by_hand, silence
from fakebroker.search.workers import outcomes, usual_jobs
from fakebroker.testing.virtual.simulation import joined

MOST_RUNS = 300
"""So many runs a schedule is worth that is cut down."""


@dataclasses.dataclass(frozen=True)
class WantedSchedules:
    """What is to be tried. The parameters are those of :func:`fakebroker.search.explore.explore`."""

    runs: int
    seed: int
    changes: int
    exhaustive_below: int
    takes: frozenset[str]
    jobs: int | None = None
    only: tuple[Case, ...] = ()
    progress: Callable[[int, Outcome | None], object] = lambda total, outcome: None


class Explorer(Engine):
    """Runs the schedules of one scenario."""

    def explore(self, title: str, wanted: WantedSchedules, again: Callable[[Case], str]) -> ExploreReport:
        """Run everything.

        :raises CannotSweep: when the run without liberties does not end well.
        :raises RuntimeError: inside the block of another broker in memory.
        """
        if joined() is not None:
            raise RuntimeError(INSIDE)
        with ExitStack() as stack:
            if not wanted.only:
                stack.enter_context(silence())
            stack.enter_context(collecting_by_hand())
            first, entries, notes = self._plain()
            wanted.progress(wanted.runs, None)
            tally = Tally()
            told = list(self._explored(wanted, tally))
            if not wanted.only:
                told = cut_down(told, self.run)
        return ExploreReport(title, points_of(entries), [], [first, *told], again, notes, tally)

    def _explored(self, wanted: WantedSchedules, tally: Tally) -> Iterator[Outcome]:
        if wanted.only:
            yield from self._ran(list(wanted.only), wanted, tally)
            return
        yield from self._in_turn(wanted, tally)
        left = 0 if tally.exhausted else wanted.runs - tally.runs
        if left > 0:
            tally.seeds = (wanted.seed, wanted.seed + left - 1)
            seeds = (Seeded(seed, wanted.takes, wanted.changes) for seed in range(wanted.seed, wanted.seed + left))
            yield from self._ran([Case(liberties=str(each)) for each in seeds], wanted, tally)

    def _in_turn(self, wanted: WantedSchedules, tally: Tally) -> Iterator[Outcome]:
        """Every schedule, those with the fewest liberties first, as far as that goes."""
        systematic, most = Systematic(), min(wanted.exhaustive_below, (wanted.runs + 1) // 2)
        while tally.systematic < most and (wave := systematic.wave(most - tally.systematic)):
            cases = [Case(liberties=str(Listed(listed))) for listed in wave]
            for listed, outcome in zip(wave, self._outcomes(cases, wanted), strict=True):
                decisions = [each for each in tally.note(outcome) if each.liberty in wanted.takes]
                systematic.ran(listed, decisions)
                yield self._note(outcome, wanted)
            tally.systematic += len(wave)
        tally.complete = systematic.complete if tally.systematic else -1
        tally.exhausted = tally.systematic > 0 and systematic.exhausted

    def _ran(self, cases: Sequence[Case], wanted: WantedSchedules, tally: Tally) -> Iterator[Outcome]:
        for outcome in self._outcomes(cases, wanted):
            tally.note(outcome)
            yield self._note(outcome, wanted)

    def _outcomes(self, cases: Sequence[Case], wanted: WantedSchedules) -> Iterator[Outcome]:
        return outcomes(cases, self.run, usual_jobs() if wanted.jobs is None else wanted.jobs)

    def _note(self, outcome: Outcome, wanted: WantedSchedules) -> Outcome:
        wanted.progress(wanted.runs, outcome)
        return outcome if outcome.kind.found else dataclasses.replace(outcome, schedule="")


def cut_down(told: Sequence[Outcome], run: Callable[[Case], Outcome]) -> list[Outcome]:
    """Cut down the schedules that have failed: the smallest of each kind of failure.

    :param run: runs a case.
    """
    smallest: dict[tuple[Kind, str, str], Outcome] = {}
    for outcome in told:
        if outcome.kind.found:
            before = smallest.setdefault(key(outcome), outcome)
            if taken(outcome) < taken(before):
                smallest[key(outcome)] = outcome
    smaller = {outcome.case: smallest_like(outcome, run) for outcome in smallest.values()}
    return [smaller.get(outcome.case, outcome) for outcome in told]


def taken(outcome: Outcome) -> int:
    """How many liberties were taken."""
    return sum(each.taken > 0 for each in read(outcome.schedule))


def smallest_like(outcome: Outcome, run: Callable[[Case], Outcome]) -> Outcome:
    """Leave out as many of the liberties of a run as possible, so that it fails alike.

    :returns: its outcome. ``why`` says how much was left out.
    """
    wanted, left, runs = key(outcome), [each for each in read(outcome.schedule) if each.taken], 0
    best, before, size = outcome, len(left), max(1, len(left) // 2)

    def fails(decisions: Sequence[Decision]) -> Outcome | None:
        nonlocal runs
        runs += 1
        tried = run(Case(outcome.case.faults, str(Listed(decisions))))
        return tried if tried.kind.found and key(tried) == wanted else None

    as_list = fails(left)
    if as_list is None:
        return outcome
    best = as_list
    while left and runs < MOST_RUNS:
        place, removed = 0, False
        while place < len(left) and runs < MOST_RUNS:
            fewer = [*left[:place], *left[place + size :]]
            tried = fails(fewer)
            if tried is None:
                place += size
            else:
                best, left, removed = tried, fewer, True
        if size == 1 and not removed:
            break
        size = max(1, size // 2)
    gone = before - len(left)
    if not gone:
        return best
    told = f"cut down from {outcome.case}: {gone} of {before} liberties left out, {runs} runs"
    return dataclasses.replace(best, why=told)

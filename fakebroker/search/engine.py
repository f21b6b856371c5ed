"""Runs a scenario without a fault, counts its crossings, and runs it again for each crossing and fault."""

from __future__ import annotations

import dataclasses
import gc
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from unittest import SkipTest

from fakebroker.errors import RuleError
from fakebroker.fake import FakeBroker
from fakebroker.faults.active_rule import ActiveRule
from fakebroker.faults.named import NAMED, NamedFault
from fakebroker.faults.rule import Rule
from fakebroker.journal.entries import Entry
from fakebroker.liberties import chooser_of
from fakebroker.predicates.addresses import Address
from fakebroker.search.case import Case
from fakebroker.search.endless import PROCESSOR_SECONDS, Endless, limited
from fakebroker.search.excerpt import excerpt
from fakebroker.search.judge import Judge
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.plan import SweepPlan, make_plan
from fakebroker.search.points import Point, points_of
from fakebroker.search.report import Report
from fakebroker.search.run import Run, ScenarioWorld, WrongWorld
from fakebroker.search.schedules import said, take_liberties
from fakebroker.search.shrink import shrink_all
from fakebroker.search.watching import Watching, collecting_by_hand, forget_frames, silence
from fakebroker.search.workers import outcomes, usual_jobs
from fakebroker.testing.virtual.simulation import joined

MOST_ENTRIES = 2_000_000
"""How many entries the journal of the run without a fault may have."""

INSIDE = (
    "sweep() makes a broker for each run, and can't be called inside another one's block: call it outside of "
    "`with fakebroker.memory()`, or make the test itself a sweep with @sweep()"
)


class CannotSweep(AssertionError):
    """The run without a fault does not end well, so that nothing can be said of others. The text says how it ends."""


@dataclasses.dataclass(frozen=True)
class Wanted:
    """What is to be tried. The parameters are those of :func:`fakebroker.search.sweep.sweep`."""

    faults: Sequence[NamedFault]
    seed: int = 0
    jobs: int | None = None
    exhaustive: bool = False
    pairs: int = 0
    pairs_below: int = 0
    chaos: int = 0
    only: tuple[Case, ...] = ()
    progress: Callable[[int, Outcome | None], object] = lambda total, outcome: None
    liberties: str = ""


class Engine:
    """Runs the cases of one scenario.

    :param world: runs the scenario.
    :param judge: says what a run comes to.
    :param other: another world to try when the scenario can't run in this one.
    """

    def __init__(self, world: ScenarioWorld, judge: Judge, other: Callable[[], ScenarioWorld] | None = None) -> None:
        self._world = world
        self._judge = judge
        self._other = other
        self._liberties = ""
        """Those of every run, the one without a fault included."""

    def sweep(self, title: str, wanted: Wanted, again: Callable[[Case], str]) -> Report:
        """Run everything.

        :raises CannotSweep: when the run without a fault does not end well, or a case that was named did not come.
        :raises RuntimeError: inside the block of another broker in memory.
        """
        if joined() is not None:
            raise RuntimeError(INSIDE)
        self._liberties = wanted.liberties
        with ExitStack() as stack:
            if not wanted.only:
                stack.enter_context(silence())
            stack.enter_context(collecting_by_hand())
            first, entries, notes = self._plain()
            points = points_of(entries)
            plan = self._plan(points, entries, wanted)
            wanted.progress(len(plan.cases), None)
            told = list(self._told(plan, wanted))
            if wanted.only:
                _check_only(told, points)
            else:
                told = shrink_all(told, self.run, points, [fault.name for fault in wanted.faults])
        names = _names(wanted, told)
        return Report(title, plan.points, names, [first, *told], again, (*notes, *plan.notes))

    def run(self, case: Case) -> Outcome:
        """Run one case."""
        outcome = self._outcome(case)
        if outcome.kind is Kind.HUNG:
            gc.collect()  # it may have taken all the memory that there is for the next one, too
        return outcome

    def _outcome(self, case: Case) -> Outcome:
        try:
            rules = [NAMED[fault].rules(address) for address, fault in case.faults]
        except RuleError as error:
            return Outcome(case, Kind.NOT_APPLICABLE, why=str(error))
        loaded: list[list[ActiveRule]] = []
        case = dataclasses.replace(case, liberties=case.liberties or self._liberties)
        chooser = chooser_of(case.liberties or None, record=True)

        def load(broker: FakeBroker) -> None:
            take_liberties(broker, chooser)
            loaded.extend(_load(broker, each) for each in rules)

        run = self._run(load)
        if run.skipped:
            return Outcome(case, Kind.BROKEN, why=run.skipped)
        acted = all(any(rule.acted for rule in each) for each in loaded) if loaded else not rules
        outcome = self._judge.outcome(case, run, acted)
        return outcome if chooser is None else dataclasses.replace(outcome, schedule=said(chooser.choices))

    def _run(self, load: Callable[[FakeBroker], object]) -> Run:
        made: list[FakeBroker] = []

        def note(broker: FakeBroker) -> None:
            made.append(broker)
            load(broker)

        try:
            with Watching() as watching, limited(PROCESSOR_SECONDS):
                run = self._world.run(note)
                early = len(watching.errors)
                forget_frames((run.error, run.wrong, *run.unhandled, *(run.told or ())))
        except Endless as error:
            return Run(made[-1] if made else None, error, hung="it goes on and on, and no time passes")
        if isinstance(run.error, MemoryError):
            run.hung = "it takes more and more memory, and no time passes"
        if run.told is None:
            run.unhandled += [each for each in watching.errors if each is not run.error]
        else:
            _sort_out(run, watching.errors, early)
        return run

    def _plain(self) -> tuple[Outcome, list[Entry], list[str]]:
        """The run without a fault: its outcome, its crossings, and what should be said of it."""
        run = self._first()
        if run.skipped:
            raise SkipTest(run.skipped)
        messages = run.broker.ledger.messages if run.broker is not None and run.broker.keeps_ledger else ()
        whole = self._world.ends_the_program
        self._judge = dataclasses.replace(self._judge, left=run.left, ends_the_program=whole, plain=messages)
        outcome = self._judge.outcome(Case(), run, True)
        self._judge = dataclasses.replace(self._judge, known=tuple(text.partition(":")[0] for text in outcome.verdicts))
        if outcome.kind not in (Kind.PASSED, Kind.VERDICT):
            text = f"without a fault, the scenario does not end well: {outcome.error}"
            place = f" ({outcome.place})" if outcome.place else ""
            shown = [*outcome.verdicts, *excerpt(outcome.transcript, Case())]
            raise CannotSweep("\n".join([text + place, *(f"  {line}" for line in shown)])) from run.error
        if run.broker is None:
            raise CannotSweep("the scenario has ended before it had a broker")
        entries = list(run.broker.journal)[: run.end]
        if not any(entry.number for entry in entries):
            raise CannotSweep("nothing has crossed between a client and the broker: does the scenario use this one?")
        told = [f"no failure, but told, in the run without any fault: {each}" for each in self._judge.told(run.broker)]
        return outcome, entries, [*told, *self._differs(entries)]

    def _first(self) -> Run:
        try:
            return self._run(self._load_plain)
        except WrongWorld:
            if self._other is None:
                raise
            self._world, self._other = self._other(), None
            return self._run(self._load_plain)

    def _load_plain(self, broker: FakeBroker) -> None:
        """Crossings that the journal forgets could not be tried."""
        broker.journal.limit(max_entries=MOST_ENTRIES)
        take_liberties(broker, chooser_of(self._liberties or None))

    def _differs(self, entries: Sequence[Entry]) -> list[str]:
        """Run it once more: two runs in which nothing goes wrong are to be the same."""
        run = self._run(self._load_plain)
        again = [] if run.broker is None else list(run.broker.journal)[: run.end]
        for one, two in zip((*entries, None), (*again, None), strict=False):
            here, there = (None if each is None else each.address for each in (one, two))
            if here != there:
                where = f"from {here or 'its end'} on, where the other has {there or 'its end'}"
                return [f"two runs without a fault differ {where}: what was found may not be found again"]
        return []

    def _plan(self, points: Sequence[Point], entries: Sequence[Entry], wanted: Wanted) -> SweepPlan:
        if wanted.only:
            return SweepPlan(list(points), list(wanted.only))
        return make_plan(
            points,
            entries,
            wanted.faults,
            exhaustive=wanted.exhaustive,
            pairs=wanted.pairs,
            pairs_below=wanted.pairs_below,
            chaos=wanted.chaos,
            seed=wanted.seed,
        )

    def _told(self, plan: SweepPlan, wanted: Wanted) -> Iterator[Outcome]:
        """The outcomes in the order of the plan."""
        cases = plan.cases
        jobs = usual_jobs() if wanted.jobs is None else wanted.jobs
        ran = outcomes(cases, self.run, jobs)
        for step in plan.steps:
            if isinstance(step, Outcome):
                yield step
                continue
            outcome = next(ran)
            wanted.progress(len(cases), outcome)
            yield outcome


def _load(broker: FakeBroker, rules: Iterable[Rule]) -> list[ActiveRule]:
    return [broker.faults.add(rule) for rule in rules]


def _sort_out(run: Run, logged: Sequence[BaseException], early: int) -> None:
    """Which of the errors that a test runner was told of is the test's own. Others were logged, or came after.

    :param early: how many were logged before the test had ended, and so were the test runner's to judge.
    """
    told = run.told or []
    own = [each for each in told if not any(each is other for other in logged)]
    run.error = own[0] if own else None
    run.unhandled += [each for each in told if each is not run.error]
    run.unhandled += [each for each in logged[early:] if not any(each is other for other in told)]


def _check_only(told: Iterable[Outcome], points: Sequence[Point]) -> None:
    """Whoever names a case wants to see it: a run in which it did not come is no answer."""
    for outcome in told:
        if outcome.kind is not Kind.NOT_APPLICABLE:
            continue
        missing = [address for address, _ in outcome.case.faults if all(each.address != address for each in points)]
        why = [f"; without a fault there is no crossing {each}{_others(each, points)}" for each in missing]
        raise CannotSweep(f"{outcome.case}: {outcome.why}{''.join(why)}")


def _others(address: Address, points: Iterable[Point]) -> str:
    """How many there are of the name that is meant."""
    like = [each for each in points if (each.name, each.direction) == (address.name, address.direction)]
    if not like:
        return ""
    return f", but {len(like)} of {address.name} {address.direction}, the last of them {like[-1].address}"


def _names(wanted: Wanted, told: Iterable[Outcome]) -> list[str]:
    """The names of the faults, in the order of the catalogue."""
    used = {fault.name: None for fault in wanted.faults}
    if wanted.only:
        used = {name: None for outcome in told for _, name in outcome.case.faults}
    return [name for name in NAMED if name in used]

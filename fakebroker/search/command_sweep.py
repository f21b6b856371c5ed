"""Sweeps a command: runs it once without a fault, then once for each crossing and fault, some at a time."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.python.failure import Failure

from fakebroker.errors import FakeBrokerError
from fakebroker.faults.named import NAMED, NamedFault
from fakebroker.faults.rule import Rule
from fakebroker.journal.entries import Entry
from fakebroker.search.case import Case
from fakebroker.search.command_judge import CommandJudge, verdict_name
from fakebroker.search.command_run import BrokerSite, CommandRun, EndedRun, Work
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.plan import SweepPlan, make_plan
from fakebroker.search.points import Point, points_of
from fakebroker.search.progress import Progress
from fakebroker.search.reactor import Reactor
from fakebroker.search.report import Report
from fakebroker.server.awaitable import Steps

WAITING = 8
"""For each run that may work at once, so many may be under way: most of them only wait. Not with one at a time."""

MORE_HANGS = 2
"""Where a fault at a command has hung, so many others of that fault at that command are tried, and no more."""

MARGIN = 3
"""How many times longer than in the plain run nothing may pass, and a run may take, at least."""

NOT_SWEPT = ("heartbeat",)
"""Crossings that come when they come: no case names them."""


class PlainRunFailed(FakeBrokerError):
    """The command can't be swept, because its run without any fault fails, or says nothing to the broker."""

    def __init__(self, why: str, output: str = "") -> None:
        super().__init__(why)
        self.output = output


@dataclass(frozen=True)
class Tried:
    """What is tried.

    :param only: these cases and no others.
    :param jobs: how many runs may work at once; 1 is one after the other.
    :param pairs: so many pairs of faults, drawn by the seed.
    :param pairs_below: all pairs of faults, if there are no more than this.
    :param schedules: so many runs without a fault take liberties, each by another seed.
    """

    faults: Sequence[NamedFault]
    only: Sequence[Case] = ()
    exhaustive: bool = False
    pairs: int = 0
    seed: int = 0
    jobs: int = 1
    schedules: int = 0
    pairs_below: int = 0


@dataclass
class _Scheduled:
    index: int
    case: Case
    run: CommandRun | None = None
    idle: bool = False


@dataclass
class CommandSweep:
    """One sweep of a command.

    :param make_site: makes a broker for each run.
    :param again: a line that runs one case again.
    """

    reactor: Reactor
    title: str
    work: Work
    choice: Tried
    judge: CommandJudge
    make_site: Callable[[], BrokerSite]
    again: Callable[[Case], str]
    progress: Progress
    _outcomes: dict[int, Outcome] = field(default_factory=dict)
    _running: list[_Scheduled] = field(default_factory=list)
    _queue: deque[_Scheduled] = field(default_factory=deque)
    _told: dict[str, dict[int, tuple[Case, str]]] = field(default_factory=dict)  # verdicts that are no failures
    stopped: bool = False
    """Whether it was told to end before its time."""
    _entries: Sequence[Entry] = ()
    _points: Sequence[Point] = ()
    _setting_up: int = 0  # how many connections the plain run had before the command began
    _all_done: Deferred[None] | None = None

    def stop(self, grace: float = 1.0) -> None:
        """Have the sweep end soon: what runs is ended, and nothing else is begun. Its report tells what was found.

        :param grace: seconds for programs to end by themselves.
        """
        self.stopped = True
        for each in self._running:
            if each.run is not None:
                each.run.stop(grace)

    @inlineCallbacks
    def run(self) -> Steps[Report]:
        """Sweep.

        :returns: a Deferred of the report. It fails with :class:`PlainRunFailed` when the command can't be swept.
        """
        plain: Outcome = yield self._plain_run()
        if self.stopped:
            return Report(self.title, [], [], [], self.again, ["it was ended early, before anything was tried"])
        points = [each for each in self._points if each.connection > self._setting_up and each.name not in NOT_SWEPT]
        if not points:
            raise PlainRunFailed("the command says nothing to the broker; is it told to connect to $AMQP_URL?")
        plan = self._plan(points)
        yield self._run_all(plan.steps)
        self.progress.end()
        outcomes = [plain, *(self._outcome(index, step) for index, step in enumerate(plan.steps))]
        notes = [*plan.notes, *self._told_notes(), *(["it was ended early"] if self.stopped else [])]
        return Report(self.title, plan.points, self._names(plan.steps), outcomes, self.again, notes)

    # --- the run without a fault

    @inlineCallbacks
    def _plain_run(self) -> Steps[Outcome]:
        run = self._make_run(Case(), lambda idle: None)
        scheduled = _Scheduled(-1, Case(), run)
        self._running.append(scheduled)
        try:
            ended: EndedRun = yield run.run()
        finally:
            self._running.remove(scheduled)
        outcome = self.judge.outcome(Case(), ended)
        self._remember(-1, Case(), ended)
        if self.stopped:
            return outcome
        if outcome.kind in (Kind.BROKEN, Kind.HUNG, Kind.FAILED):
            raise PlainRunFailed(f"the run without any fault {_how(outcome)}", ended.output)
        self._setting_up, self._entries = ended.connections, ended.entries
        self._points = points_of(ended.entries)
        known = tuple(dict.fromkeys(map(verdict_name, outcome.verdicts)))
        self.judge = replace(self.judge, plain=ended.broker.ledger.messages, known=known)
        self.work = replace(
            self.work,
            quiet=_at_least(self.work.quiet, MARGIN * ended.longest),
            time_limit=_at_least(self.work.time_limit, MARGIN * ended.seconds),
        )
        return outcome

    def _plan(self, points: Sequence[Point]) -> SweepPlan:
        choice = self.choice
        if not choice.only:
            plan = make_plan(
                points,
                self._entries,
                choice.faults,
                exhaustive=choice.exhaustive,
                pairs=choice.pairs,
                pairs_below=choice.pairs_below,
                seed=choice.seed,
            )
            seeds = range(choice.seed, choice.seed + choice.schedules)
            plan.steps += [Case(liberties=str(seed)) for seed in seeds]
            return plan
        wanted = [address for case in choice.only for address, _ in case.faults]
        return SweepPlan(
            [point for point in points if point.address in wanted],
            [case for case in choice.only if case.faults or case.liberties],
        )

    def _names(self, steps: Iterable[Case | Outcome]) -> list[str]:
        """The faults of the report, the simplest first."""
        if not self.choice.only:
            return [fault.name for fault in self.choice.faults]
        used = [fault for step in steps if isinstance(step, Case) for _, fault in step.faults]
        return [name for name in NAMED if name in used]

    # --- the others

    @inlineCallbacks
    def _run_all(self, steps: Sequence[Case | Outcome]) -> Steps[None]:
        """Run all cases: first one of each fault at each command, then those that are like one that did not hang, and
        last a few of those that are like one that did.
        """
        cases = [_Scheduled(index, step) for index, step in enumerate(steps) if isinstance(step, Case)]
        self.progress.begin(len(cases))
        alike: dict[object, list[_Scheduled]] = {}
        for each in cases:
            alike.setdefault(_likeness(each.case), []).append(each)
        yield self._run_some([same[0] for same in alike.values()])
        hung = [key for key, same in alike.items() if self._has_hung(same[0])]
        yield self._run_some([each for each in cases if each.index not in self._outcomes
                              and _likeness(each.case) not in hung])  # fmt: skip
        last = []
        for key in hung:
            rest = alike[key][1:]
            tried = rest if self.choice.exhaustive or self.choice.only else _spread(rest, MORE_HANGS)
            last += tried
            for each in rest:
                if each not in tried:
                    why = f"{len(tried) + 1} like it were tried, and the first of them has hung"
                    self._note(each, Outcome(each.case, Kind.SKIPPED, why=why))
        yield self._run_some(sorted(last, key=lambda each: each.index))

    def _has_hung(self, each: _Scheduled) -> bool:
        outcome = self._outcomes.get(each.index)
        return outcome is not None and outcome.kind is Kind.HUNG

    def _run_some(self, cases: Sequence[_Scheduled]) -> Deferred[None]:
        self._queue.extend(cases)
        done: Deferred[None] = Deferred()
        self._all_done = done
        self._fill()
        return done

    def _fill(self) -> None:
        """Begin what there is room for."""
        while self._queue and not self.stopped and self._has_room():
            self._begin(self._queue.popleft())
        done = self._all_done
        if not self._running and (self.stopped or not self._queue) and done is not None:
            self._all_done = None
            self._queue.clear()
            done.callback(None)

    def _has_room(self) -> bool:
        jobs = self.choice.jobs
        if jobs == 1:
            return not self._running
        working = sum(not each.idle for each in self._running)
        return working < jobs and len(self._running) < jobs * WAITING

    def _begin(self, each: _Scheduled) -> None:
        def idle(is_idle: bool) -> None:
            each.idle = is_idle
            self._fill()

        def ended(result: EndedRun | Failure) -> None:
            self._running.remove(each)
            if isinstance(result, EndedRun):
                outcome = self.judge.outcome(each.case, result)
                self._remember(each.index, each.case, result)
            else:
                outcome = Outcome(each.case, Kind.BROKEN, f"{type(result.value).__name__}: {result.getErrorMessage()}")
            if not self.stopped:
                self._note(each, outcome)
            self._fill()

        each.run = self._make_run(each.case, idle)
        self._running.append(each)
        each.run.run().addBoth(ended)

    def _make_run(self, case: Case, on_idle: Callable[[bool], None]) -> CommandRun:
        def rules(connections: int) -> list[Rule]:
            # The set-up may take more connections or fewer than it did in the plain run: it may have to try again.
            more = connections - self._setting_up
            return [
                rule
                for address, fault in case.faults
                for rule in NAMED[fault].rules(replace(address, connection=address.connection + more))
            ]

        site = self.make_site()
        if case.liberties:
            site.broker.take_liberties(case.liberties)
        return CommandRun(self.reactor, self.work, site, rules, on_idle)

    def _note(self, each: _Scheduled, outcome: Outcome) -> None:
        self._outcomes[each.index] = outcome
        self.progress.note(outcome)

    def _remember(self, index: int, case: Case, ended: EndedRun) -> None:
        for verdict in self.judge.told(ended):
            self._told.setdefault(verdict.name, {})[index] = case, str(verdict)

    def _told_notes(self) -> Iterator[str]:
        """What the ledger has against the client, and is no failure: once for each name."""
        for _, cases in sorted(self._told.items()):
            case, text = cases[min(cases)]
            others = f" and {len(cases) - 1} more" if len(cases) > 1 else ""
            where = f"in the run without any fault{others}" if not case.faults else f"in {case}{others}"
            yield f"no failure, but told, {where}: {text}"

    def _outcome(self, index: int, step: Case | Outcome) -> Outcome:
        if isinstance(step, Outcome):
            return step
        return self._outcomes.get(index) or Outcome(step, Kind.SKIPPED, why="the sweep was ended before")


def _at_least(wanted: float, needed: float) -> float:
    """So many seconds, or whole seconds where more are needed."""
    return wanted if wanted >= needed else float(math.ceil(needed))


def _likeness(case: Case) -> object:
    """What cases have in common that are expected to end alike: the names of commands, and faults; or liberties."""
    return tuple((address.direction, address.name, fault) for address, fault in case.faults)


def _spread(cases: Sequence[_Scheduled], count: int) -> list[_Scheduled]:
    """Some of the cases, from the last one on evenly to the first."""
    if len(cases) <= count:
        return list(cases)
    return [cases[len(cases) * (index + 1) // count - 1] for index in range(count)]


def _how(outcome: Outcome) -> str:
    """How a run has failed, in words."""
    if outcome.kind is Kind.BROKEN:
        return f"can't begin: {outcome.error}"
    return f"does not end: {outcome.error}" if outcome.kind is Kind.HUNG else f"fails: {outcome.error}"

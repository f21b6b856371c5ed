"""``fakebroker.sweep``: a scenario, run once without a fault, and once for each crossing and each fault."""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from inspect import signature
from typing import TYPE_CHECKING, TypedDict, TypeVar, overload

from fakebroker.errors import RuleError
from fakebroker.faults.named import NAMED, NamedFault, chosen
from fakebroker.liberties import chooser_of
from fakebroker.search.case import Case
from fakebroker.search.engine import Engine, Wanted
from fakebroker.search.judge import Errors, Judge, errors, errors_for, verdict_levels
from fakebroker.search.outcome import Outcome
from fakebroker.search.progress import Progress
from fakebroker.search.report import Report
from fakebroker.search.run import ScenarioWorld
from fakebroker.search.scenario import Check, Scenario, check_scenario, world_of
from fakebroker.search.swept import FAULT, Again, CaseWorld, Swept, TestWorld, is_method, mark
from fakebroker.testing.case import BrokerTestCase
from fakebroker.testing.report import seed as given_seed
from fakebroker.validation import duration, flags, unknown, whole

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")


class SweepKeywords(TypedDict, total=False):
    """What a sweep can be given by name; :func:`sweep` tells of each."""

    faults: str | Iterable[str | NamedFault]
    allow: Errors
    allow_for: Mapping[str, Errors] | None
    check: Check | None
    within: float
    verdicts: bool | str | Sequence[str]
    seed: int | None
    jobs: int | None
    exhaustive: bool
    pairs: int
    pairs_below: int
    chaos: int
    only: str | Case | Iterable[str | Case] | None
    progress: bool | Callable[[Outcome], object] | None
    world: str
    liberties: int | str | None


class SweepOptions:
    """What a sweep is given, checked. See :func:`sweep`."""

    def __init__(
        self,
        *,
        faults: str | Iterable[str | NamedFault] = "network,broker",
        allow: Errors = (),
        allow_for: Mapping[str, Errors] | None = None,
        check: Check | None = None,
        within: float = 3600.0,
        verdicts: bool | str | Sequence[str] = True,
        seed: int | None = None,
        jobs: int | None = None,
        exhaustive: bool = False,
        pairs: int = 0,
        pairs_below: int = 0,
        chaos: int = 0,
        only: str | Case | Iterable[str | Case] | None = None,
        progress: bool | Callable[[Outcome], object] | None = None,
        world: str = "auto",
        liberties: int | str | None = None,
    ) -> None:
        flags(exhaustive=exhaustive)
        duration("within", within)
        if not within:
            raise ValueError("within is a number of seconds above 0: a scenario that has no time always hangs")
        whole(1, 1024, otherwise=None)("jobs", jobs)
        for name, number in {"pairs": pairs, "pairs_below": pairs_below, "chaos": chaos}.items():
            whole(0, 10**9)(name, number)
        if check is not None and not callable(check):
            raise TypeError(f"check is a function that takes the broker, and not {check!r}")
        self.judge = Judge(errors("allow", allow), errors_for(allow_for or {}), verdicts=verdict_levels(verdicts))
        self.check = check
        self.within = float(within)
        self.seed = given_seed() if seed is None else seed
        self.world = world
        self.liberties = "" if liberties is None else str(chooser_of(liberties))
        self._given = (faults, jobs, exhaustive, pairs, pairs_below, chaos, only, progress)
        self.wanted()

    def wanted(self) -> Wanted:
        """What is to be tried. The environment's ``FAKEBROKER_FAULT`` goes before all else."""
        faults, jobs, exhaustive, pairs, pairs_below, chaos, only, progress = self._given
        named = os.environ.get(FAULT) or None
        return Wanted(
            _faults(faults),
            self.seed,
            jobs,
            exhaustive,
            pairs,
            pairs_below,
            chaos,
            _only(only) if named is None else _only(named, FAULT),
            progress_of(progress),
            self.liberties,
        )


@overload
def sweep(scenario: Scenario, **options: Unpack[SweepKeywords]) -> Report: ...
@overload
def sweep(scenario: None = None, **options: Unpack[SweepKeywords]) -> Callable[[T], T]: ...
def sweep(scenario: object = None, **options: Unpack[SweepKeywords]) -> object:
    """Run a scenario once without a fault, and again for each of its crossings with each fault.

    ``sweep(scenario)`` runs it now, and returns what was found. ``@sweep()`` makes a test method, a class of tests or a
    pytest test a sweep: it fails with the report when anything was found.

    :param scenario: ``def f(broker)`` for clients that block, ``async def f(broker)`` for asyncio, for Twisted a
        function that returns a Deferred, one with ``inlineCallbacks``, or a coroutine of Deferreds. It is called with
        a :class:`~fakebroker.testing.MemoryBroker`. It sets up all that it needs, and it puts away what it has opened.
    :param faults: names and families: ``"network,broker,-stall"``, ``"all"``, or a list of them.
    :param allow: the errors with which the scenario may end.
    :param allow_for: more of them, for a fault or a family: ``{"protocol": ProtocolError}``.
    :param check: called with the broker when the scenario has ended without an error, or with one that is allowed; what
        it raises is a failure.
    :param within: seconds of virtual time after which the scenario counts as hung.
    :param verdicts: whether the ledger's verdicts on the client are failures, or the names of those that are.
    :param seed: of all chance; FAKEBROKER_SEED in the environment, else 0 by default.
    :param jobs: how many processes work; all cores by default. 1 for this process alone.
    :param exhaustive: try each crossing of long rows that are alike.
    :param pairs: so many pairs of faults, drawn by the seed.
    :param pairs_below: all pairs of faults, if there are no more than this.
    :param chaos: so many cases with three to six faults each, drawn by the seed.
    :param only: run these cases alone: ``"2:out:basic.deliver:7 reset"``. FAKEBROKER_FAULT in the environment goes
        before it.
    :param progress: True for a bar on standard error, or a function that is called with each outcome.
    :param liberties: where RabbitMQ may do this or that, who chooses in each run: a seed, or a list of choices.
    :param world: ``"twisted"``, ``"asyncio"`` or ``"blocking"``, where the guess is wrong.
    :returns: the report; with no scenario, a decorator.
    :raises CannotSweep: when the scenario does not end well without a fault.
    :raises RuleError: when a fault is unknown, or a case is none.
    :raises TypeError: for a value of a wrong type; ``ValueError`` for one that can't be.
    """
    check_names("sweep", options, SweepOptions)
    if scenario is None:
        swept = swept_with(**options)
        return lambda thing: mark(thing, swept)
    if isinstance(scenario, type) or is_method(scenario):
        return sweep(**options)(scenario)
    return run_sweep(check_scenario(scenario), SweepOptions(**options))


def swept_with(**options: Unpack[SweepKeywords]) -> Swept:
    """What marks a test as a sweep. The parameters are those of :func:`sweep`."""
    return Swept(partial(sweep_world, SweepOptions(**options)))


def run_sweep(scenario: Scenario, options: SweepOptions, title: str = "") -> Report:
    """Run a scenario with all that can go wrong."""
    world = partial(world_of, scenario=scenario, check=options.check, seed=options.seed, within=options.within)
    world = partial(world, ledger=options.judge.verdicts is not None)
    other = (lambda: world("twisted")) if options.world == "auto" else None
    name = title or str(getattr(scenario, "__qualname__", None) or "the scenario")
    return Engine(world(options.world), options.judge, other).sweep(name, options.wanted(), in_environment)


def sweep_world(options: SweepOptions, title: str, world: ScenarioWorld, again: Again) -> Report:
    """Run a test with all that can go wrong.

    :param again: tells how to run one case again.
    """
    wanted = options.wanted()
    if isinstance(world, TestWorld):
        world.ledger = options.judge.verdicts is not None
    if isinstance(world, CaseWorld) and issubclass(world.kind, BrokerTestCase) and wanted.jobs is None:
        wanted = dataclasses.replace(wanted, jobs=1)  # a reactor is not for two processes
    return Engine(world, options.judge).sweep(title, wanted, again)


def in_environment(case: Case) -> str:
    """How to run exactly one case again."""
    return f"{FAULT}='{case}', in the environment of what has run this; or sweep(..., only='{case}')"


def _faults(given: str | Iterable[str | NamedFault]) -> list[NamedFault]:
    if isinstance(given, str):
        return chosen(given)
    names = [each.name if isinstance(each, NamedFault) else each for each in given]
    if not all(isinstance(name, str) for name in names):
        raise TypeError(f"faults are names such as 'network' or 'reset', and not {given!r}")
    return chosen(",".join(names))


def _only(given: str | Case | Iterable[str | Case] | None, where: str = "only") -> tuple[Case, ...]:
    if given is None:
        return ()
    cases = [given] if isinstance(given, (str, Case)) else list(given)
    try:
        read = tuple(each if isinstance(each, Case) else Case.parse(each) for each in cases)
    except RuleError as error:
        raise RuleError(f"{where}: {error}") from None
    for name in (name for case in read for _, name in case.faults):
        if name not in NAMED:
            raise RuleError(f"{where}: {unknown('fault', name, NAMED)}")
    return read


def check_names(what: str, options: Mapping[str, object], kind: type) -> None:
    """Check that there are such options.

    :param what: whose options they are.
    :param kind: takes them, when it is made.
    :raises TypeError: when an option is unknown. It names the first one.
    """
    known = [name for name in signature(kind).parameters if name != "self"]
    for name in options:
        if name not in known:
            raise TypeError(f"{what}: {unknown('option', name, known)}")


def progress_of(given: object) -> Callable[[int, Outcome | None], object]:
    """What is called with the number of runs, and then with each outcome.

    :raises TypeError: when it can't be.
    """
    if given is True:
        shown = Progress(sys.stderr)
        left: list[int] = []

        def show(total: int, outcome: Outcome | None) -> None:
            if outcome is None:
                shown.begin(total)
                left.append(total)
                return
            shown.note(outcome)
            left[-1] -= 1
            if not left[-1]:
                shown.end()

        return show
    if given in (None, False):
        return lambda total, outcome: None
    if not callable(given):
        raise TypeError(f"progress is True, or a function that is called with each outcome, and not {given!r}")
    told: Callable[[Outcome], object] = given
    return lambda total, outcome: None if outcome is None else told(outcome)

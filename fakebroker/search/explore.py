"""``fakebroker.explore``: a scenario, run in every order that a RabbitMQ may choose."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypedDict, TypeVar, overload

from fakebroker.liberties import chooser_of, chosen
from fakebroker.liberties.seeded import CHANGES
from fakebroker.search.case import Case
from fakebroker.search.explored import ExploreReport
from fakebroker.search.explorer import Explorer, WantedSchedules
from fakebroker.search.judge import Errors, named_errors
from fakebroker.search.outcome import Outcome
from fakebroker.search.run import ScenarioWorld
from fakebroker.search.scenario import Check, Scenario, check_scenario, world_of
from fakebroker.search.sweep import SweepOptions, check_names, progress_of
from fakebroker.search.swept import Again, CaseWorld, Swept, is_method, mark, variable
from fakebroker.testing.case import BrokerTestCase
from fakebroker.testing.report import LIBERTIES
from fakebroker.validation import whole

if TYPE_CHECKING:
    from typing_extensions import Unpack

RUNS = 1000
"""How many schedules are tried, unless somebody says otherwise."""

IN_TURN = 200
"""How many of them in turn, those with the fewest liberties first."""

T = TypeVar("T")


class ExploreKeywords(TypedDict, total=False):
    """What an exploration can be given by name; :func:`explore` tells of each."""

    runs: int
    seed: int
    changes: int
    exhaustive_below: int
    liberties: str | Iterable[str]
    only: str | None
    allow: Errors
    check: Check | None
    within: float
    verdicts: bool | str | Sequence[str]
    jobs: int | None
    progress: bool | Callable[[Outcome], object] | None
    world: str


class ExploreOptions:
    """What an exploration is given, checked. See :func:`explore`."""

    def __init__(
        self,
        *,
        runs: int = RUNS,
        seed: int = 0,
        changes: int = CHANGES,
        exhaustive_below: int = IN_TURN,
        liberties: str | Iterable[str] = "all",
        only: str | None = None,
        allow: Errors = (),
        check: Check | None = None,
        within: float = 3600.0,
        verdicts: bool | str | Sequence[str] = True,
        jobs: int | None = None,
        progress: bool | Callable[[Outcome], object] | None = None,
        world: str = "auto",
    ) -> None:
        whole(1, 10**9)("runs", runs)
        for name, number in {"changes": changes, "exhaustive_below": exhaustive_below}.items():
            whole(0, 10**9)(name, number)
        whole(-(10**18), 10**18)("seed", seed)
        self.common = SweepOptions(allow=allow, check=check, within=within, verdicts=verdicts, jobs=jobs, world=world)
        chooser_of(only, "only")
        self._wanted = WantedSchedules(runs, seed, changes, exhaustive_below, chosen(liberties), jobs)
        self._only = only
        self._progress = progress

    def wanted(self) -> WantedSchedules:
        """What is to be tried. The environment's ``FAKEBROKER_LIBERTIES`` goes before all else."""
        only = os.environ.get(LIBERTIES) or self._only
        return dataclasses.replace(
            self._wanted,
            only=() if only is None else (Case(liberties=str(chooser_of(only, LIBERTIES))),),
            progress=progress_of(self._progress),
        )


@overload
def explore(  # type: ignore[overload-overlap] # a class is no scenario, though it can be called
    scenario: type[T], **options: Unpack[ExploreKeywords]
) -> type[T]: ...
@overload
def explore(scenario: Scenario, **options: Unpack[ExploreKeywords]) -> ExploreReport: ...
@overload
def explore(scenario: None = None, **options: Unpack[ExploreKeywords]) -> Callable[[T], T]: ...
def explore(scenario: object = None, **options: Unpack[ExploreKeywords]) -> object:
    """Run a scenario again and again, each time in another of the orders that a RabbitMQ may choose.

    ``explore(scenario)`` runs it now, and returns what was found. ``@explore()`` makes a test method, a class of tests
    or a pytest test an exploration: it fails with the report when anything was found.

    First come all schedules that differ from the usual one in nothing, then in one choice, then in two, and so on, as
    far as ``exhaustive_below`` goes; then schedules by seed. Those that fail are cut down to the fewest liberties.

    :param scenario: as for :func:`~fakebroker.search.sweep.sweep`.
    :param runs: how many schedules are tried; fewer where there are no more.
    :param seed: the first seed; each further run has the next one.
    :param changes: the most changes of priorities in a run by seed.
    :param exhaustive_below: so many schedules are tried in turn, and at most half of the runs. If there are no more,
        none is tried by seed.
    :param liberties: those that may be taken: ``"channels,confirms"``, ``"all,-latency"``.
    :param only: run this schedule alone, a seed or a list of choices: ``"channels.3=1,reads.2=4"``.
        FAKEBROKER_LIBERTIES in the environment goes before it.
    :param allow: the errors with which the scenario may end.
    :param check: called with the broker when the scenario has ended without an error, or with one that is allowed; what
        it raises is a failure.
    :param within: seconds of virtual time after which the scenario counts as hung.
    :param verdicts: whether the ledger's verdicts on the client are failures, or the names of those that are.
    :param jobs: how many processes work; all cores by default. 1 for this process alone.
    :param progress: True for a bar on standard error, or a function that is called with each outcome.
    :param world: ``"twisted"``, ``"asyncio"`` or ``"blocking"``, where the guess is wrong.
    :returns: the report; with no scenario, a decorator.
    :raises CannotSweep: when the scenario does not end well without liberties.
    :raises TypeError: for a value of a wrong type.
    :raises ValueError: for a value that can't be.
    """
    check_names("explore", options, ExploreOptions)
    if scenario is None:
        swept = explored_with(**options)
        return lambda thing: mark(thing, swept)
    if isinstance(scenario, type) or is_method(scenario):
        return explore(**options)(scenario)
    return run_exploration(check_scenario(scenario), ExploreOptions(**options))


def run_exploration(scenario: Scenario, options: ExploreOptions, title: str = "") -> ExploreReport:
    """Run a scenario in many orders."""
    common = options.common
    world = partial(world_of, scenario=scenario, check=common.check, seed=common.seed, within=common.within)
    other = (lambda: world("twisted")) if common.world == "auto" else None
    name = title or str(getattr(scenario, "__qualname__", None) or "the scenario")
    return Explorer(world(common.world), common.judge, other).explore(name, options.wanted(), in_environment)


def explored_with(**options: Unpack[ExploreKeywords]) -> Swept:
    """What marks a test as an exploration.

    The parameters are those of :func:`explore`; the errors of ``allow`` may be given by their dotted names.
    """
    options["allow"] = named_errors(options.get("allow", ()))
    return Swept(partial(explore_world, ExploreOptions(**options)))


def explore_world(options: ExploreOptions, title: str, world: ScenarioWorld, again: Again) -> ExploreReport:
    """Run a test in many orders.

    :param again: tells how to run one schedule again.
    """
    wanted = options.wanted()
    if isinstance(world, CaseWorld) and issubclass(world.kind, BrokerTestCase) and wanted.jobs is None:
        wanted = dataclasses.replace(wanted, jobs=1)  # a reactor is not for two processes
    return Explorer(world, options.common.judge).explore(title, wanted, again)


def in_environment(case: Case) -> str:
    """How to run exactly one schedule again."""
    return f"{variable(case)}, in the environment of what has run this; or explore(..., only='{case.liberties}')"

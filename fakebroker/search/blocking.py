"""Scenarios for clients that block: each run is in a block of ``with fakebroker.memory()``."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from twisted.internet.defer import Deferred

from fakebroker.search.places import chain, place_of
from fakebroker.search.reactive import GRACE, never
from fakebroker.search.run import Left, Load, Run, WrongWorld
from fakebroker.testing.clock import NeverSettles
from fakebroker.testing.memory_broker import MemoryBroker
from fakebroker.testing.virtual.memory import memory
from fakebroker.testing.virtual.simulation import Simulation, joined


class Blocking:
    """Runs a plain function.

    :param scenario: called with the broker.
    :param check: called with the broker when the scenario has ended.
    :param make: makes the block.
    """

    name = "blocking"
    ends_the_program = True

    def __init__(
        self,
        scenario: Callable[..., object],
        check: Callable[[MemoryBroker], object] | None,
        make: Callable[[], memory],
    ) -> None:
        self._scenario = scenario
        self._check = check
        self._make = make

    def run(self, load: Load) -> Run:
        """Run it once.

        :raises WrongWorld: when the function has returned what nobody waits for here.
        """
        run = Run()
        try:
            with self._make() as broker:
                run.broker = broker
                load(broker)
                self._inside(broker, run)
        except (WrongWorld, KeyboardInterrupt):
            raise
        except Exception as error:  # what the block tells at its end
            if run.error is None:
                run.error = error
        judge_hang(run)
        return run

    def _inside(self, broker: MemoryBroker, run: Run) -> None:
        run.error = _error_of(self._scenario, broker)
        run.over()
        judge_hang(run)
        if self._check is not None and not run.hung:
            run.wrong = _error_of(self._check, broker)
        simulation = joined()
        if simulation is not None and run.error is None:
            run.left = _left(broker, simulation)


def _error_of(function: Callable[[MemoryBroker], object], broker: MemoryBroker) -> BaseException | None:
    """What a function raises."""
    try:
        check_returned(function(broker), function)
    except WrongWorld:
        raise
    except (Exception, SystemExit) as error:
        return error
    return None


def _left(broker: MemoryBroker, simulation: Simulation) -> Left:
    simulation.turn()
    threads = simulation.threads
    if not threads.alone or broker.open_clients():
        with suppress(NeverSettles):
            simulation.wait(lambda: threads.alone and not broker.open_clients(), GRACE, "what is left")
    return Left(
        connections=[f"connection {number}" for number in broker.open_clients()],
        threads=[member.name for member in threads.members[1:]],
    )


def check_returned(returned: object, function: object) -> None:
    """Check that a function has not returned what somebody has to wait for.

    :raises WrongWorld: when it has.
    """
    name = getattr(function, "__name__", "the scenario")
    if isinstance(returned, Deferred):
        returned.addErrback(lambda _: None)
        raise WrongWorld(f"{name}() returned a Deferred: world='twisted' waits for it")
    if hasattr(returned, "__await__") or hasattr(returned, "send"):
        close = getattr(returned, "close", None)
        if close is not None:
            close()
        raise WrongWorld(
            f"{name}() returned a {type(returned).__name__}: world='asyncio' runs coroutines, and "
            "world='twisted' coroutines and generators of Deferreds"
        )


def judge_hang(run: Run) -> None:
    """Find out whether a run has ended because it would never have ended by itself: its error may be another's
    consequence."""
    if run.error is None or run.hung:
        return
    for each in chain(run.error):
        if isinstance(each, NeverSettles):
            run.hung, run.place = never(each), place_of(each)
            return

"""Scenarios for Twisted: they run on a broker in memory and its clock alone, and nothing is replaced for them."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet.defer import Deferred

from fakebroker.search.run import Left, Load, Run
from fakebroker.testing.case import as_deferred
from fakebroker.testing.clock import NeverSettles, VirtualClock
from fakebroker.testing.memory_broker import MemoryBroker

GRACE = 60.0
"""Seconds of virtual time for what is on its way when a scenario has ended."""


class Reactive:
    """Runs a function that returns a Deferred, or a coroutine or a generator of Deferreds.

    :param scenario: called with the broker.
    :param check: called with the broker when the scenario has ended.
    :param make: makes the broker.
    :param within: seconds of virtual time that it may take.
    """

    name = "twisted"
    ends_the_program = False

    def __init__(
        self,
        scenario: Callable[..., object],
        check: Callable[[MemoryBroker], object] | None,
        make: Callable[[], MemoryBroker],
        within: float,
    ) -> None:
        self._scenario = scenario
        self._check = check
        self._make = make
        self._within = within

    def run(self, load: Load) -> Run:
        """Run it once."""
        broker = self._make()
        load(broker)
        run = Run(broker)
        try:
            self._finish(broker, self._scenario)
        except NeverSettles as error:
            run.hung, run.error = never(error), error
        except Exception as error:
            run.error = error
        run.over()
        try:
            if self._check is not None and not run.hung:
                self._finish(broker, self._check)
        except Exception as error:
            run.wrong = error
        run.left = left(broker)
        return run

    def _finish(self, broker: MemoryBroker, function: Callable[[MemoryBroker], object]) -> None:
        made = as_deferred(function(broker), getattr(function, "__name__", "the scenario"))
        if isinstance(made, Deferred):
            broker.clock.result(made, self._within)


def left(broker: MemoryBroker) -> Left:
    """Stop a broker, and tell what its clients have left behind."""
    clock = broker.clock
    found = Left()
    try:
        clock.settle()
        if broker.open_clients():
            clock.advance(GRACE)
        found.connections = [f"connection {number}" for number in broker.open_clients()]
        broker.stop()
        clock.settle()
        if clock.calls:
            clock.advance(GRACE)
    except NeverSettles as error:
        found.calls.append(str(error).partition(";")[0])
    found.calls += due(clock)
    return found


def due(clock: VirtualClock) -> list[str]:
    """The calls that are due, each by the name of its function."""
    return [str(getattr(call.func, "__qualname__", type(call.func).__qualname__)) for call in clock.calls]


def never(error: NeverSettles) -> str:
    """Why something would never have ended: one line, which is the same wherever it hangs in the same way."""
    text = str(error)
    if "within" in text or "the limit of" in text:
        return "it is not over when the limit of virtual time is reached"
    if "no end" in text or "steps" in text:
        return "it goes on and on, and no time passes"
    if "frozen" in text:
        return "it waits, and time is frozen"
    return "it waits for what never comes"

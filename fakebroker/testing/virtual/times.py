"""Python's clocks in virtual time. ``time.process_time`` and ``time.thread_time`` stay real."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from functools import wraps
from math import inf

from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import Simulation, current
from fakebroker.testing.virtual.sites import Function

NANOSECONDS = 1_000_000_000


def install_times(patches: Patches) -> None:
    """Let Python's clocks and ``time.sleep`` follow the simulation of whoever calls them."""
    for real, replacement in REPLACED:
        patches.everywhere(real, replacement)


def wall(simulation: Simulation) -> float:
    """What ``time.time()`` says in a simulation."""
    return simulation.epoch + simulation.clock.seconds()


def wall_ns(simulation: Simulation) -> int:
    """What ``time.time_ns()`` says in a simulation."""
    return nanoseconds(simulation.epoch) + passed_ns(simulation)


def passed(simulation: Simulation) -> float:
    """What ``time.monotonic()`` says in a simulation: the seconds that have passed."""
    return float(simulation.clock.seconds())


def passed_ns(simulation: Simulation) -> int:
    """What ``time.monotonic_ns()`` says in a simulation."""
    return nanoseconds(simulation.clock.seconds())


def nanoseconds(seconds: float) -> int:
    """Seconds as a whole number of nanoseconds."""
    return round(seconds * NANOSECONDS)


CLOCKS: dict[str, Callable[[Simulation], float]] = {
    "time": wall,
    "time_ns": wall_ns,
    "monotonic": passed,
    "monotonic_ns": passed_ns,
    "perf_counter": passed,
    "perf_counter_ns": passed_ns,
}
"""The clocks of a simulation, by the functions of ``time`` that read them."""

SYSTEM_CLOCKS = {
    "CLOCK_REALTIME": "time",
    "CLOCK_REALTIME_COARSE": "time",
    "CLOCK_TAI": "time",
    "CLOCK_MONOTONIC": "monotonic",
    "CLOCK_MONOTONIC_RAW": "monotonic",
    "CLOCK_MONOTONIC_COARSE": "monotonic",
    "CLOCK_BOOTTIME": "monotonic",
    "CLOCK_UPTIME": "monotonic",
    "CLOCK_HIGHRES": "monotonic",
}
"""The same by the names that operating systems give to clocks. Those that count a processor's work stay real."""

MOMENTS = {"localtime": 0, "gmtime": 0, "ctime": 0, "asctime": 0, "strftime": 1}
"""Functions that tell the present time unless they are given another, and the position at which it is given."""


def _clock(real: Function, reading: Callable[[Simulation], float]) -> Function:
    @wraps(real)
    def clock() -> object:
        simulation = current()
        if simulation is None:
            return real()
        simulation.busy.clock_read()
        return reading(simulation)

    return clock


def _moment(real: Function, position: int) -> Function:
    """A function that tells the time it is given, or the present one. asctime and strftime want it in parts."""
    in_parts = real.__name__ in ("asctime", "strftime")
    localtime = time.localtime

    @wraps(real)
    def moment(*given: object) -> object:
        simulation = current()
        if simulation is None or len(given) != position + (given[position:] == (None,)):
            return real(*given)
        simulation.busy.clock_read()
        if in_parts:
            return real(*given, localtime(wall(simulation))) if len(given) == position else real(*given)
        return real(wall(simulation))

    return moment


def _system_clock(real: Function, suffix: str) -> Function:
    here = vars(time)
    numbers = {here[name]: CLOCKS[reads + suffix] for name, reads in SYSTEM_CLOCKS.items() if name in here}

    @wraps(real)
    def clock_gettime(number: int) -> object:
        simulation = current()
        if simulation is None or number not in numbers:
            return real(number)
        simulation.busy.clock_read()
        return numbers[number](simulation)

    return clock_gettime


def _sleeping(real: Function) -> Function:
    @wraps(real)
    def sleep(seconds: object) -> None:
        simulation = current()
        if simulation is not None and isinstance(seconds, (int, float)) and 0 <= seconds < inf:
            if seconds == 0:
                simulation.busy.clock_read()
            simulation.wait(lambda: False, float(seconds), "the end of time.sleep()")
        else:
            real(seconds)  # which knows what to say about a wrong value

    return sleep


def _replacements() -> Iterator[tuple[Function, Function]]:
    for name, reading in CLOCKS.items():
        yield vars(time)[name], _clock(vars(time)[name], reading)
    for name, position in MOMENTS.items():
        yield vars(time)[name], _moment(vars(time)[name], position)
    for name, suffix in (("clock_gettime", ""), ("clock_gettime_ns", "_ns")):
        if hasattr(time, name):  # not on Windows
            yield vars(time)[name], _system_clock(vars(time)[name], suffix)
    yield time.sleep, _sleeping(time.sleep)


REPLACED = tuple(_replacements())
"""Each function that tells the time or sleeps, and what stands for it in a block."""

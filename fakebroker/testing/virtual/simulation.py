"""What the brokers, the clients and the threads of a block have in common: one time, one network, one seed."""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from fakebroker.testing.clock import LONGEST_WAIT, NeverSettles, VirtualClock
from fakebroker.testing.virtual.busy import BusyWaiting
from fakebroker.testing.virtual.callers import Callers
from fakebroker.testing.virtual.connections import Pairs
from fakebroker.testing.virtual.members import Outside
from fakebroker.testing.virtual.network import Network
from fakebroker.testing.virtual.outside import RealDescriptors
from fakebroker.testing.virtual.threads import Threads

T = TypeVar("T")

EPOCH = 1_700_000_000.0
"""What ``time.time()`` says when a simulation begins: 14 November 2023, 22:13:20 UTC, the same in every run."""

OUTSIDE_SECONDS = 30.0
"""The real seconds that what is not in memory has to answer when there is nothing to jump to."""


class Simulation:
    """One time, one network and one seed for the brokers and the clients of a block.

    :param seed: decides all chance: what ``random``, ``uuid`` and ``os.urandom`` give, and which thread goes on.
    :param epoch: what ``time.time()`` says at the beginning, in seconds since 1970.
    :param limit: the most seconds that may pass.
    """

    def __init__(self, seed: int = 0, epoch: float = EPOCH, limit: float = LONGEST_WAIT) -> None:
        self.seed = seed
        self.epoch = epoch
        self.limit = limit
        self.clock = VirtualClock()
        self.network = Network(self.clock)
        self.threads = Threads(self, self.chance("threads"))
        self.connections = Pairs()
        self.outside = RealDescriptors()
        self.busy = BusyWaiting(self)
        self.pumps: list[Callable[[], bool]] = [self.connections.pump]
        """Each moves what clients have written towards the brokers, and tells whether there was something."""
        self.looks: list[Callable[[], bool]] = [self.connections.look]
        """The same for what clients have done in ways that nobody noticed. They are asked before time jumps."""
        self.stands_still = False
        """Whether there is no time to jump to: what is outside is waited for as long as it may take."""
        self.callers: Callers | None = None
        """For whose calls the block is; None for all."""
        self.patched = False
        """Whether a block has replaced clocks and chance for it; a block inside that one finds them replaced."""
        self.over = False
        """Whether its block has ended: the threads that took part live in real time again."""
        self.drawn: object = None
        """The generators of Python's own chance (chance.py)."""

    def chance(self, purpose: str) -> random.Random:
        """A generator of its own for one purpose, so that one that draws more does not change the others."""
        return random.Random(f"{self.seed}-{purpose}")

    def turn(self) -> bool:
        """Bring to the brokers what clients have written, and run all that is due now.

        :returns: whether something was on its way.
        """
        moved, again, clock = False, True, self.clock
        while again:
            again = False
            for pump in self.pumps:
                again = pump() or again
            moved = moved or again
            if clock.calls and clock.calls[0].getTime() <= clock.rightNow:
                clock.settle()
        return moved

    def wait(self, ready: Callable[[], T], timeout: float | None, what: object, outside: Outside | None = None) -> T:
        """Let brokers, threads and time go on until something is there. The calling thread waits for it.

        :param ready: gives something true when it is there. It is asked often, by whichever thread goes on; when it was
            true, the waiting thread goes on next.
        :param timeout: seconds of virtual time; None to wait until it is there.
        :param what: what is waited for, in words for an error: ``"octets from 127.0.0.1:5672"``.
        :param outside: really waits for what is not in memory, at most the seconds that it is given, and tells whether
            something came. Asked before time jumps, and given the seconds of the jump.
        :returns: what ``ready`` gave last; something false when the time is over.
        :raises NeverSettles: when nothing is due any more, or the limit is reached. With several threads the one that
            entered the block gets it.
        """
        if not self.threads.alone:
            return self.threads.wait(ready, timeout, what, outside)
        end = None if timeout is None else self.clock.seconds() + max(0.0, timeout)
        while True:
            self.turn()
            found = ready()
            if found or (end is not None and self.clock.seconds() >= end):
                return found
            self.jump(end, what, outside)

    def give_way(self) -> None:
        """Another thread may go on here; no time passes."""
        self.threads.pause()

    def jump(self, end: float | None, what: object, outside: Outside | None = None) -> None:
        """Nothing is ready: jump to the next due call, or to the end of the wait. Where a client has done something
        that nobody noticed, time does not move.

        :raises NeverSettles: when there is neither, when the limit is reached, or when time is frozen.
        """
        if [look for look in self.looks if look()]:
            return
        due = [call.getTime() for call in self.clock.calls[:1]] + ([] if end is None else [end])
        now = self.clock.seconds()
        self.stands_still = self.clock.frozen or not due
        if outside is not None and outside(OUTSIDE_SECONDS if self.stands_still else min(due) - now):
            return
        if not due:
            raise NeverSettles(f"all is quiet at {now:.3f} s, nothing is due, and {what} did not come")
        if self.clock.frozen:
            raise NeverSettles(f"time is frozen at {now:.3f} s, and {what} did not come; {self.clock.due()}")
        if min(due) > self.limit:
            raise NeverSettles(f"{what} did not come within {self.limit} s; {self.clock.due()}")
        self.busy.times = 0
        self.clock.advance(max(0.0, min(due) - now))


class _Here(threading.local):
    simulation: Simulation | None = None


_here = _Here()


def joined() -> Simulation | None:
    """The simulation that this thread takes part in; None in a thread that lives in real time."""
    simulation = _here.simulation
    return None if simulation is None or simulation.over else simulation


def current() -> Simulation | None:
    """The simulation that whoever calls takes part in, for what is put in place of a function: as :func:`joined`, but
    None also for modules that the block leaves alone."""
    simulation = _here.simulation
    if simulation is None or simulation.over:
        return None
    if simulation.callers is not None and not simulation.callers.has(sys._getframe(1)):
        return None
    return simulation


def enter(simulation: Simulation | None) -> None:
    """Let this thread take part in a simulation; None to take it back to real time."""
    _here.simulation = simulation

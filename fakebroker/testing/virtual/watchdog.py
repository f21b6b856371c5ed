"""Notices a thread that blocks for real while others wait for their turn, and tells which one, and where."""

from __future__ import annotations

import _thread
import sys
import threading
import time
from collections.abc import Callable

from fakebroker.testing.virtual.real_locks import RealLock
from fakebroker.testing.virtual.stacks import is_debugged, stack

_start = _thread.start_new_thread

PERIOD = 0.25
"""The real seconds between two looks."""

BLOCKED = 4
"""After so many looks at which a thread has neither waited nor used the processor, the others go on without it."""

LONG = 20
"""After so many looks at which it has not waited, it is told; and one that has blocked does not keep time from passing
any more."""

BLOCKS = """\
fakebroker: the thread {name} has blocked for real, at
{stack}
It waits for something that is not in memory, or for a lock that was made before the block of fakebroker.memory() and \
that another thread holds. {others}"""
RUNS = """\
fakebroker: the other threads wait for {name}, which has run for {seconds:g} real seconds and has not waited for \
anything. It is at
{stack}"""
GO_ON = "The other threads go on meanwhile: the order in which things happen may differ between runs."
WAIT = "No other thread can go on meanwhile."
TIME = "No other thread could go on meanwhile: now virtual time passes without it."


class Watchdog:
    """Looks at the running thread of a simulation, from a thread of its own in real time.

    :param look: the number of the running thread's last wait, its name and its identity; None when all wait.
    :param go_on: lets the other threads go on without the running one, when its number is still the same, and tells
        whether one could. Whether time may pass for it is the second argument.
    """

    def __init__(self, look: Callable[[], tuple[int, str, int] | None], go_on: Callable[[int, bool], bool]) -> None:
        self._look = look
        self._go_on = go_on
        self._stop = RealLock()
        self._stop.acquire()
        _start(self._run, ())

    def stop(self) -> None:
        """It looks no more."""
        if self._stop.locked():
            self._stop.release()

    def _run(self) -> None:
        sys.settrace(threading.gettrace())  # as threading does in its threads: for debuggers, and coverage
        self._watch()

    def _watch(self) -> None:
        before: tuple[int, str, int] | None = None
        used, looks, idle = 0.0, 0, 0
        while not self._stop.acquire(timeout=PERIOD):
            seen = self._look()
            if seen is None or seen != before:
                before, looks, idle = seen, 0, 0
                continue
            looks += 1
            now = _processor_time(seen[2])
            idle = idle + 1 if now == used and now >= 0 else 0
            used = now
            if looks == LONG or idle == BLOCKED:
                self._notice(*seen, idle >= BLOCKED, looks == LONG)

    def _notice(self, number: int, name: str, ident: int, blocked: bool, long: bool) -> None:
        frame = sys._current_frames().get(ident)
        if frame is None or is_debugged(frame):
            return
        where = stack(frame)
        if blocked:
            others = GO_ON if self._go_on(number, False) else (TIME if long else WAIT)
            _say(BLOCKS.format(name=name, stack=where, others=others))
            if others is TIME:
                self._go_on(number, True)
        else:
            _say(RUNS.format(name=name, stack=where, seconds=LONG * PERIOD))


def _say(text: str) -> None:
    sys.stderr.write(text + "\n")


def _processor_time(ident: int) -> float:
    """The seconds that a thread has used the processor; negative where the system does not tell."""
    try:
        return time.clock_gettime(time.pthread_getcpuclockid(ident))
    except (AttributeError, OSError):
        return -1.0

"""A thread that a thread of a simulation starts takes part in it, from its start to its end."""

from __future__ import annotations

import _thread
import itertools
import queue
import threading
from collections.abc import Callable
from typing import Any

from fakebroker.testing.virtual.executors import install_executors
from fakebroker.testing.virtual.greenlets import refuse_greenlets
from fakebroker.testing.virtual.locks import Lock, RLock, SimpleQueue
from fakebroker.testing.virtual.old_locks import install_old_locks
from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.process_threads import serves_processes
from fakebroker.testing.virtual.processes import install_processes
from fakebroker.testing.virtual.real_locks import really_join
from fakebroker.testing.virtual.simulation import Simulation, current, enter, joined

LOCKS = {_thread.allocate_lock: "a function", threading.Lock: "since Python 3.13 the class of what it gives"}
STARTS = [getattr(_thread, name) for name in ("start_new_thread", "start_joinable_thread") if hasattr(_thread, name)]
SIMPLE_QUEUE = queue.SimpleQueue

PATIENCE = 5.0
"""The real seconds that the operating system may need to end a thread that has done its work."""

_join = threading.Thread.join
_is_alive = threading.Thread.is_alive


def install_threads(simulation: Simulation, patches: Patches) -> None:
    """Let the threads of a block take turns, and wait for each other in virtual time.

    :raises RuntimeError: when gevent or eventlet have replaced threads.
    """
    refuse_greenlets("threads")
    install_processes(patches)
    simulation.threads.me()
    for start in STARTS:
        patches.everywhere(start, _starter(start))
    for real in LOCKS:
        patches.everywhere(real, Lock)
    patches.everywhere(_thread.RLock, RLock)
    install_old_locks(patches)
    patches.everywhere(SIMPLE_QUEUE, SimpleQueue)
    patches.attribute(threading.Thread, "join", join)
    patches.attribute(threading.Thread, "is_alive", is_alive)
    install_executors(simulation, patches)
    patches.attribute(threading, "_counter", itertools.count(1).__next__)


def _starter(real: Callable[..., Any]) -> Callable[..., Any]:
    def start(function: Any, *args: Any, **options: Any) -> Any:
        simulation = current()
        thread = getattr(function, "__self__", None)
        if simulation is None or not callable(function) or serves_processes(thread):
            return real(function, *args, **options)
        threads = simulation.threads
        member = threads.starting(thread if isinstance(thread, threading.Thread) else None)

        def run(*args: Any, **options: Any) -> None:
            enter(simulation)
            with threads.taking_part(member):
                function(*args, **options)

        if member.thread is not None:
            member.thread._fakebroker = member  # type: ignore[attr-defined]
        try:
            return real(run, *args, **options)
        except BaseException:
            threads.not_started(member)
            raise

    return start


def join(self: threading.Thread, timeout: float | None = None) -> None:
    """``Thread.join``: the other threads go on until this one has ended."""
    simulation, member = joined(), self.__dict__.get("_fakebroker")
    if simulation is None or self is threading.current_thread() or self.ident is None:
        return _join(self, timeout)
    what = f"{self.name} to end"
    if member is not None:
        if not member.left:
            simulation.wait(lambda: member.left, timeout, what)
        if member.left and simulation.threads.running is simulation.threads.me():  # else it may wait for this one
            really_join(self, PATIENCE)
        return None
    if _is_alive(self):  # it lives in real time
        simulation.wait(lambda: not _is_alive(self), timeout, what, lambda seconds: really_join(self, seconds))
    return _join(self, 0)


def is_alive(self: threading.Thread) -> bool:
    """``Thread.is_alive``: until it has ended in its turn, however long the operating system needs for it."""
    member = self.__dict__.get("_fakebroker")
    if joined() is None or member is None:
        return _is_alive(self)
    return not member.left

"""Locks that wait in virtual time.

Each has a real lock in it. A thread that takes part in a simulation never blocks on it: it lets the others go on until
the lock is free. Every other thread, and every thread after the block, uses the real one.
"""

from __future__ import annotations

import _thread
import queue
from types import TracebackType

from fakebroker.testing.virtual.real_locks import real_acquire
from fakebroker.testing.virtual.simulation import Simulation, joined

_allocate = _thread.allocate_lock
_acquire = real_acquire
_get_ident = _thread.get_ident


class Lock:
    """``threading.Lock``.

    :param real: the real lock in it; a new one by default.
    """

    __slots__ = ("__weakref__", "_owner", "_real", "_waiting")

    def __init__(self, real: _thread.LockType | None = None) -> None:
        self._real = _allocate() if real is None else real
        self._owner = 0
        self._waiting = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, or wait until it is free, at most ``timeout`` seconds."""
        if timeout != -1 and not (blocking and 0 <= timeout <= _thread.TIMEOUT_MAX):
            return _acquire(self._real, blocking, timeout)  # the original's error
        if _acquire(self._real, False):
            self._owner = _get_ident()
            return True
        simulation = joined()
        if simulation is None:
            return _acquire(self._real, blocking, timeout)
        if not blocking or timeout == 0:
            simulation.threads.pause()
            return False
        return self._wait(simulation, timeout)

    __enter__ = acquire

    def release(self) -> None:
        """Give it back. Who waits for it may go on at once, before the calling thread does."""
        foreign = self._waiting and self._owner != _get_ident()
        self._real.release()
        simulation = joined()
        if simulation is None:
            return
        if foreign:  # of a Condition, whose own lock this thread has still: the other can't go on before that is free
            simulation.threads.woken = True
        elif self._waiting or simulation.threads.woken:
            simulation.threads.pause()

    def __repr__(self) -> str:
        return repr(self._real)

    def _at_fork_reinit(self) -> None:
        self._real = _allocate()
        self._owner = self._waiting = 0

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def locked(self) -> bool:
        """Whether somebody has it."""
        return self._real.locked()

    _is_owned = locked

    def _is_free(self) -> bool:
        return not self._real.locked()

    def _outside(self, seconds: float) -> bool:
        """A thread that lives in real time may release it."""
        simulation = joined()
        limit = 0.0 if simulation is None else simulation.threads.patience(simulation.stands_still)
        free = limit > 0 and _acquire(self._real, True, min(seconds, limit))
        if free:
            self._real.release()
        return free

    def _wait(self, simulation: Simulation, timeout: float) -> bool:
        end = None if timeout == -1 else simulation.clock.seconds() + timeout
        self._waiting += 1
        try:
            while not _acquire(self._real, False):
                left = None if end is None else end - simulation.clock.seconds()
                if left is not None and left <= 0:
                    return False
                simulation.wait(self._is_free, left, _Holder(simulation, self._owner), self._outside)
            self._owner = _get_ident()
            return True
        finally:
            self._waiting -= 1


class RLock:
    """``threading.RLock``: the thread that has it may take it again."""

    __module__ = "_thread"  # where Python's own has it from; Trio makes sure that it has that one
    __slots__ = ("__weakref__", "_block", "_count", "_owner")

    def __init__(self) -> None:
        self._block = Lock()
        self._owner = 0
        self._count = 0

    def acquire(self, blocking: bool = True, timeout: float = -1) -> bool:
        """Take the lock, or wait until it is free, at most ``timeout`` seconds."""
        me = _get_ident()
        if self._owner == me:
            self._count += 1
            return True
        if not self._block.acquire(blocking, timeout):
            return False
        self._owner = me
        self._count = 1
        return True

    __enter__ = acquire

    def release(self) -> None:
        """Give it back once.

        :raises RuntimeError: when the calling thread does not have it.
        """
        if self._owner != _get_ident():
            raise RuntimeError("cannot release un-acquired lock")
        self._count -= 1
        if not self._count:
            self._owner = 0
            self._block.release()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()

    def locked(self) -> bool:
        """Whether somebody has it."""
        return self._count > 0

    def __repr__(self) -> str:
        return f"<{'locked' if self._count else 'unlocked'} {type(self).__name__} count={self._count}>"

    def _at_fork_reinit(self) -> None:
        self._block._at_fork_reinit()
        self._owner = self._count = 0

    def _is_owned(self) -> bool:
        return self._owner == _get_ident()

    def _recursion_count(self) -> int:
        return self._count if self._is_owned() else 0

    def _release_save(self) -> tuple[int, int]:
        if not self._count:
            raise RuntimeError("cannot release un-acquired lock")
        state = self._count, self._owner
        self._count = self._owner = 0
        self._block.release()
        return state

    def _acquire_restore(self, state: tuple[int, int]) -> None:
        self._block.acquire()
        self._count, self._owner = state


class SimpleQueue(vars(queue)["_PySimpleQueue"]):  # type: ignore[misc]
    """``queue.SimpleQueue``, on a semaphore that waits in virtual time."""


class _Holder:
    """Who has a lock, in words, for an error."""

    def __init__(self, simulation: Simulation, owner: int) -> None:
        self._simulation = simulation
        self._owner = owner
        self._waits = _get_ident()

    def __str__(self) -> str:
        if not self._owner:
            return "a lock"
        if self._owner == self._waits:
            return "a lock that is for another thread to release"
        return f"a lock that {self._simulation.threads.name(self._owner)} has"

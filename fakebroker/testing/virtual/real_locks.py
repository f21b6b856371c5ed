"""Python's own locks as they are outside a block, for what goes on in real time in one."""

from __future__ import annotations

import _thread
import threading

_allocate = _thread.allocate_lock
Real = type(_allocate())
RealRLock = _thread.RLock
real_acquire = Real.acquire
"""``lock.acquire`` as Python has it, whatever a block has put in its place."""

_join = threading.Thread.join


class RealLock:
    """A lock that blocks for real: a thread's baton, for one."""

    __slots__ = ("_lock",)

    def __init__(self) -> None:
        self._lock = _allocate()

    def acquire(self, timeout: float = -1) -> bool:
        """Take it; wait at most so many real seconds."""
        return real_acquire(self._lock, True, timeout)

    def release(self) -> None:
        """Give it back. Any thread may."""
        self._lock.release()

    def locked(self) -> bool:
        """Whether somebody has it."""
        return self._lock.locked()

    def __enter__(self) -> None:
        real_acquire(self._lock)

    def __exit__(self, *error: object) -> None:
        self._lock.release()


def really_join(thread: threading.Thread, seconds: float) -> bool:
    """Wait in real time until a thread has ended.

    :returns: whether it has.
    """
    lock = getattr(thread, "_tstate_lock", None)  # before Python 3.13
    if lock is not None and real_acquire(lock, True, seconds):
        lock.release()
    _join(thread, 0 if hasattr(thread, "_tstate_lock") else seconds)
    return not thread.is_alive()

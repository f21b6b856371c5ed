"""Locks that were made before a block, or by C: a thread that takes part waits for them in virtual time too.

They are Python's own, in modules, queues, events and handlers of logging. What acquires them is replaced in their
classes, for as long as the block runs.
"""

from __future__ import annotations

import _thread
from collections.abc import Callable
from functools import wraps
from typing import Any

from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.real_locks import Real, RealRLock
from fakebroker.testing.virtual.simulation import joined

NAMES = ("acquire", "acquire_lock", "__enter__")


def install_old_locks(patches: Patches) -> None:
    """Let nobody block on a lock for real while another thread of the block has it."""
    for kind in (Real, RealRLock):
        polite = _polite(kind.acquire)
        for name in NAMES:
            if name in vars(kind):
                patches.attribute(kind, name, polite)


def is_free(lock: Any) -> bool:
    """Whether nobody has a lock. RLock has no method for it before Python 3.14."""
    return repr(lock).startswith("<unlocked")


def _is_mine(lock: Any) -> bool:
    """Whether the calling thread has an RLock."""
    return hasattr(lock, "_is_owned") and bool(lock._is_owned())


def _polite(original: Callable[..., bool]) -> Callable[..., bool]:
    @wraps(original)
    def acquire(self: Any, blocking: bool = True, timeout: float = -1) -> bool:
        simulation = joined()
        if simulation is None or not blocking or (timeout != -1 and not 0 < timeout <= _thread.TIMEOUT_MAX):
            return original(self, blocking, timeout)
        end = None if timeout == -1 else simulation.clock.seconds() + timeout

        def outside(seconds: float) -> bool:
            if _is_mine(self):  # whoever lets time pass asks: an RLock of its own it could take once more
                return False
            limit = simulation.threads.patience(simulation.stands_still)
            came = limit > 0 and original(self, True, min(seconds, limit))
            if came:
                self.release()
            return came

        while not original(self, False):
            left = None if end is None else end - simulation.clock.seconds()
            if left is not None and left <= 0:
                return False
            simulation.wait(lambda: is_free(self), left, "a lock from before the block", outside)
        return True

    return acquire

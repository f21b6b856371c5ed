"""``concurrent.futures``: its pools of threads do things in the same order in every run.

It keeps threads and futures in sets, whose order is that of the objects' addresses.
"""

from __future__ import annotations

import itertools
import sys
from concurrent.futures import ThreadPoolExecutor, _base
from concurrent.futures.thread import _worker, _WorkItem
from functools import wraps
from typing import Any

from fakebroker.testing.virtual.members import Member
from fakebroker.testing.virtual.ordered_set import OrderedSet
from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.simulation import Simulation, current


def install_executors(simulation: Simulation, patches: Patches) -> None:
    """Let a pool join its threads, and ``as_completed`` give futures, in the order in which they were made."""
    patches.attribute(_base, "set", OrderedSet)
    patches.attribute(ThreadPoolExecutor, "__init__", _init)
    patches.attribute(ThreadPoolExecutor, "_counter", itertools.count().__next__)
    simulation.threads.ends_by_itself = ends_by_itself


_original = ThreadPoolExecutor.__init__


@wraps(_original)
def _init(self: ThreadPoolExecutor, *args: Any, **options: Any) -> None:
    _original(self, *args, **options)
    if current() is not None:
        self._threads = OrderedSet()


def ends_by_itself(member: Member) -> bool:
    """Whether a thread of a pool has nothing to do. Then its pool is shut down, as it is when a program ends."""
    if getattr(member.thread, "_target", None) is not _worker:
        return False
    frame = sys._current_frames().get(member.ident)
    while frame is not None:
        if frame.f_code is _WorkItem.run.__code__:
            return False
        frame = frame.f_back
    arguments = getattr(member.thread, "_args", ())
    pool = arguments[0]() if arguments else None
    if pool is not None:
        pool.shutdown(wait=False, cancel_futures=True)
    return True

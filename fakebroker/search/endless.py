"""Ends what goes on for ever where no virtual time passes: a loop without end, memory without end."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

PROCESSOR_SECONDS = 20.0
"""So long a run may use the processor. A run in memory takes milliseconds."""

MORE_MEMORY = 2 * 1024**3
"""So many octets of memory a run may take."""


class Endless(BaseException):
    """A run goes on and on, and no time passes. No ``except Exception`` of the scenario catches it."""


@contextmanager
def limited(seconds: float) -> Iterator[None]:
    """Raise :class:`Endless` where the main thread is when a run has used the processor for so long.

    Where there are no such signals, or in another thread, nothing is limited.
    """
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGVTALRM, _ended)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds, seconds / 4)  # again, if somebody catches all there is
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@contextmanager
def limited_memory(more: int = MORE_MEMORY) -> Iterator[None]:
    """Let the process take so many octets more than it has now; then it gets a ``MemoryError``."""
    used = _used()
    if not used:
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_DATA)
    limits = [limit for limit in (used + more, *before) if limit != resource.RLIM_INFINITY]
    resource.setrlimit(resource.RLIMIT_DATA, (min(limits), before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _ended(_: int, frame: FrameType | None) -> None:
    raise Endless


def _used() -> int:
    """The octets of memory that this process has; 0 where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[5])
    except (OSError, ValueError, IndexError):
        return 0
    import resource

    return pages * resource.getpagesize()

"""One of the threads that take turns, and what it waits for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from fakebroker.testing.virtual.real_locks import RealLock

Outside = Callable[[float], bool]
Wish = tuple[Callable[[], Any], "float | None", object, "Outside | None"]


def at_once() -> bool:
    """Asked by a thread that waits for nothing but its turn."""
    return True


class Member:
    """A thread that takes part, and what it waits for.

    :param number: how many were started before it; 0 is the thread that entered the block.
    :param thread: None when it was started with ``_thread.start_new_thread``.
    """

    def __init__(self, number: int, thread: threading.Thread | None) -> None:
        self.number = number
        self.thread = thread
        self.name = f"thread {number}" if thread is None else thread.name
        self.ident = 0
        self.baton = RealLock()
        self.baton.acquire()
        self.wish: Wish | None = (at_once, None, "its first turn", None)
        """What it waits for: how to ask for it, until when, in words, how to wait for what is outside. None while it
        runs."""
        self.found: Any = None
        self.error: BaseException | None = None
        """Raised where it waits."""
        self.left = False
        """Whether it has ended."""
        self.lost = False
        """Whether it has blocked for real for so long that nobody waits for it any more."""
        self.taking = False
        """Whether it waits for its baton."""
        self.again = False
        """Whether it has to ask again, because a signal handler has used its turn."""

    def can_go_on(self, now: float) -> bool:
        """Whether what it waits for is there, or its time is over. An error of the question is the thread's own."""
        if self.error is not None:
            return True
        assert self.wish is not None
        ready, end, _, _ = self.wish
        try:
            self.found = ready()
        except Exception as error:  # raised in the thread that waits
            self.error = error
            return True
        return bool(self.found) or (end is not None and now >= end)

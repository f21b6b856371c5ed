"""The threads beside an event loop in virtual time: whether they work, or wait for another."""

from __future__ import annotations

import concurrent.futures.thread
import linecache
import queue
import re
import selectors
import sys
import threading
from collections.abc import Callable
from itertools import count
from time import monotonic
from types import FrameType
from typing import Any
from weakref import WeakKeyDictionary

BLOCKED = 0.05
"""Real seconds in one place after which a job that waits for another thread counts as one that does."""

CREDIT = 10.0
"""Real seconds that are spent on waiting for a thread that says nothing to the loop."""

WAITS = frozenset(module.__file__ for module in (threading, queue, selectors, concurrent.futures.thread))
"""Files of Python's in which a thread is when it waits for another thread, or for work."""

LOCKS = frozenset(("wait", "wait_for", "acquire", "join", "_wait_for_tstate_lock"))
"""The functions of ``threading`` that wait."""

WAITING = re.compile(r"\.(get|wait|acquire|join|accept|select|poll|recv\w*|result)\(")
"""A call of C that waits, in the text of a line."""


class ExecutorJob:
    """A job of an executor.

    :param name: the function's.
    :param number: jobs of one loop are numbered as they are given.
    """

    def __init__(self, name: str, number: int = 0) -> None:
        self.name = name
        self.number = number
        self.has_told = False
        """Whether its result is on the way to the loop."""
        self._thread: int | None = None
        self._place: object = None
        self._since = 0.0

    def __str__(self) -> str:
        frame = None if self._thread is None else sys._current_frames().get(self._thread)
        return self.name if frame is None else f"{self.name}, in {place_of(frame)}"

    def run(self, func: Callable[..., Any], *args: Any) -> Any:
        """Do it, in the thread that it is given to."""
        self._thread = threading.get_ident()
        _here.job = self
        return func(*args)

    def waits_for_another(self) -> bool:
        """Whether it has been waiting for another thread for a while: the loop's, perhaps."""
        frame = None if self._thread is None else sys._current_frames().get(self._thread)
        if frame is None or frame.f_code.co_filename not in WAITS:
            self._place = None
            return False
        place = (frame.f_code, frame.f_lasti)
        if place != self._place:
            self._place, self._since = place, monotonic()
        return monotonic() - self._since > BLOCKED


class _Here(threading.local):
    job: ExecutorJob | None = None


_here = _Here()


def current_job() -> ExecutorJob | None:
    """The job that the calling thread does, or has done last."""
    return _here.job


class ThreadsBeside:
    """The threads that were started since the loop was made.

    :param pool: gives those among them that somebody else looks after.
    """

    def __init__(self, pool: Callable[[], frozenset[threading.Thread]]) -> None:
        self.take_part = False
        """Whether they take part in virtual time, as those of a block for blocking code do. Then nobody looks here."""
        self._numbers: WeakKeyDictionary[threading.Thread, int] = WeakKeyDictionary()
        self._next = count()
        self._pool = pool
        self._busy: list[threading.Thread] = []
        self._before = frozenset(threading.enumerate())
        self._credit: dict[threading.Thread, float] = {}

    def _threads(self) -> list[threading.Thread]:
        if self.take_part:
            return []
        pool = self._pool()
        return [each for each in threading.enumerate() if each not in self._before and each not in pool]

    def others(self) -> list[str]:
        """The names of the threads."""
        return [thread.name for thread in self._threads()]

    def spoke(self) -> None:
        """The calling thread has told the loop something: it is one to wait for."""
        self._credit.pop(threading.current_thread(), None)

    def number(self) -> int:
        """Which thread the calling one is, in the order in which they were started."""
        for thread in threading.enumerate():
            self._numbers.setdefault(thread, next(self._next))
        return self._numbers[threading.current_thread()]

    def busy(self) -> list[str]:
        """The threads that work and are waited for, with the place where each is."""
        frames = sys._current_frames()
        self._busy = [
            each
            for each in self._threads()
            if _has_work(each) or works(frames.get(each.ident or 0)) or is_to_run(each)
        ]
        return [
            f"{thread.name}, in {place_of(frames.get(thread.ident or 0))}"
            for thread in self._busy
            if self._credit.get(thread, CREDIT) > 0
        ]

    def waited(self, seconds: float) -> None:
        """So long was waited for those that work."""
        for thread in self._busy:
            self._credit[thread] = self._credit.get(thread, CREDIT) - seconds


def _has_work(thread: threading.Thread) -> bool:
    """Whether something is in a thread's own queue that is not done. Threads of anyio's have one."""
    own = getattr(thread, "queue", None)
    return isinstance(own, queue.Queue) and own.unfinished_tasks > 0


def works(frame: FrameType | None) -> bool:
    """Whether a thread is in its own code, or in a call of C that does not wait for another."""
    if frame is None:
        return False
    code = frame.f_code
    if code.co_filename == threading.__file__:
        return code.co_name not in LOCKS  # else it has just been started
    if code.co_filename in WAITS:
        return False
    line = linecache.getline(frame.f_code.co_filename, frame.f_lineno, frame.f_globals)
    return WAITING.search(line) is None


def is_to_run(thread: threading.Thread) -> bool:
    """Whether a thread that seems to wait has been woken, and waits for a processor: the machine has much to do. Only
    Linux tells."""
    try:
        with open(f"/proc/self/task/{thread.native_id}/stat", "rb") as told:  # noqa: PTH123 -- asked for very often
            return told.read().rpartition(b")")[2].split()[:1] == [b"R"]
    except OSError:  # it has ended, or this is another system
        return False


def place_of(frame: FrameType | None) -> str:
    """File, line and function of a frame."""
    if frame is None:
        return "its beginning"
    return f"{frame.f_code.co_filename}:{frame.f_lineno} in {frame.f_code.co_name}"

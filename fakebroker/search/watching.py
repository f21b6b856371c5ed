"""Errors that nobody catches: in a log, in a thread. While they are watched, nobody else is told."""

from __future__ import annotations

import gc
import io
import logging
import sys
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from typing import TYPE_CHECKING

from twisted.logger import ILogObserver, globalLogPublisher
from zope.interface import implementer

if TYPE_CHECKING:
    from twisted.logger import LogEvent


@implementer(ILogObserver)
class Watching:
    """Collects the errors that nobody catches."""

    def __init__(self) -> None:
        self.errors: list[BaseException] = []
        """In the order in which they were told."""

    def __enter__(self) -> Watching:
        # Whoever else looks at the log, such as the test runner around a sweep, is told of none of the runs.
        self._observers, globalLogPublisher._observers = globalLogPublisher._observers, [self]
        self._hook, threading.excepthook = threading.excepthook, self._in_thread
        return self

    def __exit__(self, *_: object) -> None:
        gc.collect()  # some errors are told when what failed is forgotten
        threading.excepthook = self._hook
        globalLogPublisher._observers = self._observers

    def __call__(self, event: LogEvent) -> None:
        """Something was logged."""
        failure = event.get("log_failure") or (event.get("failure") if event.get("isError") else None)
        error = getattr(failure, "value", None)
        if isinstance(error, BaseException) and not any(error is each for each in self.errors):
            self.errors.append(error)

    def _in_thread(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and not isinstance(told.exc_value, SystemExit):
            self.errors.append(told.exc_value)


def forget_frames(errors: Iterable[BaseException | None]) -> None:
    """Let go of what the functions had in hand that errors have gone through. (Else a Deferred that nobody looks at
    lives as long as the error, and what it has to tell would be told in another run.)
    """
    seen: list[BaseException] = []
    left = [error for error in errors if error is not None]
    while left:
        error = left.pop()
        if not any(error is each for each in seen):
            seen.append(error)
            traceback.clear_frames(error.__traceback__)
            left += [each for each in (error.__cause__, error.__context__) if each is not None]


@contextmanager
def collecting_by_hand() -> Iterator[None]:
    """Python's garbage is collected where a run ends, and nowhere else: so it tells of errors at the same time in each
    run. What was there before is left alone, which is what makes that quick.
    """
    was_enabled = gc.isenabled()
    gc.collect()
    gc.freeze()
    gc.disable()
    try:
        yield
    finally:
        gc.unfreeze()
        if was_enabled:
            gc.enable()


@contextmanager
def silence() -> Iterator[None]:
    """What scenarios print and log goes nowhere: hundreds of runs would say it."""
    with ExitStack() as stack:
        stack.enter_context(redirect_stdout(_Nowhere()))
        stack.enter_context(redirect_stderr(_Nowhere()))
        before, logging.lastResort = logging.lastResort, None
        stack.callback(setattr, logging, "lastResort", before)
        raising, logging.raiseExceptions = logging.raiseExceptions, False
        stack.callback(setattr, logging, "raiseExceptions", raising)
        yield


class _Nowhere(io.TextIOBase):
    """Takes all that is written."""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        return len(text)

    def fileno(self) -> int:
        return sys.__stderr__.fileno() if sys.__stderr__ is not None else 2

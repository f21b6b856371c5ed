"""Telling a test of errors that ended no more than what they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger()


def report(told: Iterable[Callable[[Exception], None]], error: Exception) -> None:
    """Log an error, on which trial fails the test, and tell everybody who asked; one that raises is logged itself."""
    _log_error(error)
    for each in list(told):
        try:
            each(error)
        except Exception as another:
            _log_error(another)


def _log_error(error: Exception) -> None:
    failure = Failure(error, type(error), error.__traceback__)  # type: ignore[no-untyped-call]
    _log.failure("An error in the broker, or in a function given to it", failure=failure)


def report_failure(report: Callable[[Exception], None], failure: Failure) -> None:
    """Report what a Deferred that nobody waits for has failed with."""
    if isinstance(failure.value, Exception):
        report(failure.value)

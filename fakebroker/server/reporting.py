"""Tells a test of errors in the broker. Each has ended the conversation that it belongs to, and no more."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.logger import Logger
from twisted.python.failure import Failure

_log = Logger()


def report(told: Iterable[Callable[[Exception], None]], error: Exception) -> None:
    """Log an error, so that trial fails the test, and call everybody who has asked for it.

    When one of these calls raises, that is logged, too.
    """
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
    """Report the failure of a Deferred that nobody waits for."""
    if isinstance(failure.value, Exception):
        report(failure.value)

"""A timer that can be set again and again, and leaves no pending call behind when it is cancelled."""

from __future__ import annotations

import math
from collections.abc import Callable

from fakebroker.clock import DelayedCall, Time


def milliseconds(clock: Time) -> int:
    """The clock's time in whole milliseconds, RabbitMQ's unit for every TTL and time-out."""
    return math.floor(clock.seconds() * 1000 + 0.5)


class Timer:
    """Makes one call, not before the time that is set. At most one call is pending in the clock.

    Times are in milliseconds of the clock. Setting a later time than the pending one takes no call to the clock: the
    pending call finds that it came early, and waits again. A timer forgets what it calls as soon as it has called it,
    so that it and its owner, whom it mostly calls, do not hold each other any longer.
    """

    __slots__ = ("_call", "_called_at", "_clock", "_due", "_ring")
    _called_at: int
    _due: int

    def __init__(self, clock: Time) -> None:
        self._clock = clock
        self._ring: Callable[[], object] | None = None
        self._call: DelayedCall | None = None

    def set(self, due: int, ring: Callable[[], object]) -> None:
        """Make a call at that time, and none that was set before."""
        self._due = due
        self._ring = ring
        if self._call is None or not self._call.active():
            self._sleep()
        elif due < self._called_at:
            self._call.cancel()
            self._sleep()

    def cancel(self) -> None:
        """Make no call."""
        if self._call is not None and self._call.active():
            self._call.cancel()
        self._call = self._ring = None

    def _sleep(self) -> None:
        self._called_at = self._due
        self._call = self._clock.callLater(max(0, self._due - milliseconds(self._clock)) / 1000, self._wake)

    def _wake(self) -> None:
        if self._call is None or self._call.active():
            return  # it was put off while the broker was paused; since then the timer was cancelled, or set anew
        self._call = None
        if milliseconds(self._clock) < self._due:
            self._sleep()
        else:
            ring, self._ring = self._ring, None
            if ring is not None:
                ring()

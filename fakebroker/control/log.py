"""The log of a server: a burst of the same is one line, and when it is over another that says how many there were."""

from __future__ import annotations

import re
from typing import NamedTuple

from twisted.logger import ILogObserver, LogEvent, formatEvent
from zope.interface import implementer

QUIET = 5.0
"""Seconds after which a burst is over when nothing like it comes."""

LONGEST = 60.0
"""Seconds after which a burst that goes on is counted in a line of its own."""

MOST = 100
"""The most bursts that are watched at a time."""


class _Burst(NamedTuple):
    began: float
    last: LogEvent
    unseen: int

    def is_over(self, now: float) -> bool:
        return now - self.began > LONGEST or now - self.last.get("log_time", now) > QUIET


@implementer(ILogObserver)
class Condensed:
    """Passes events on to another observer. Of a burst of similar events it passes on only the first. Two events are
    similar when their texts differ only in numbers, such as the ports of refused connections. Two errors are similar
    when their class and text are the same.
    """

    def __init__(self, observer: ILogObserver) -> None:
        self._observer = observer
        self._bursts: dict[tuple[str, ...], _Burst] = {}

    def __call__(self, event: LogEvent) -> None:
        now = event.get("log_time", 0.0)
        for key in [key for key, burst in self._bursts.items() if burst.is_over(now)]:
            self._end(key)
        key = _key(event)
        burst = self._bursts.pop(key, None)
        if burst is None:
            self._observer(event)
            self._bursts[key] = _Burst(now, event, 0)
        else:
            self._bursts[key] = _Burst(burst.began, event, burst.unseen + 1)
        if len(self._bursts) > MOST:
            self._end(next(iter(self._bursts)))

    def end(self) -> None:
        """Tell the counts that have not been told yet."""
        for key in list(self._bursts):
            self._end(key)

    def _end(self, which: tuple[str, ...]) -> None:
        _, event, unseen = self._bursts.pop(which)
        if unseen:
            told = {key: value for key, value in event.items() if key != "log_failure"}
            told.update(log_text=formatEvent(event), unseen=unseen)
            told["log_format"] = "{unseen} more like this one: {log_text}"
            self._observer(told)


def _key(event: LogEvent) -> tuple[str, ...]:
    failure = event.get("log_failure")
    error = () if failure is None else (str(failure.type), str(failure.value))
    return tuple(re.sub("[0-9]+", "0", text) for text in (formatEvent(event), *error))

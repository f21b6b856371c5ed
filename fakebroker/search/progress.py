"""How far a search is: a bar on a terminal, a line now and then elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import TextIO

from fakebroker.search.outcome import Kind, Outcome

BAR = 24
"""The bar's width in characters."""

PARTS = 10
"""How many lines are written where there is no terminal."""


class Progress:
    """Tells how far a search is.

    :param stream: where to.
    :param seconds: a clock that tells how long it still takes; None for no such guess.
    :param terminal: whether the stream is a terminal, on which a bar is drawn; asked of the stream by default.
    """

    def __init__(
        self, stream: TextIO, seconds: Callable[[], float] | None = None, terminal: bool | None = None
    ) -> None:
        self._stream = stream
        self._seconds = seconds
        self._terminal = stream.isatty() if terminal is None else terminal
        self._total = self._done = self._told = self._wide = 0
        self._counts: dict[Kind, int] = {}
        self._began = 0.0

    def begin(self, total: int) -> None:
        """Begin, with this many cases to run."""
        self._total = total
        self._began = self._seconds() if self._seconds is not None else 0.0
        if self._terminal:
            self._draw()

    def note(self, outcome: Outcome) -> None:
        """A case has ended."""
        self._done += 1
        self._counts[outcome.kind] = self._counts.get(outcome.kind, 0) + 1
        if self._terminal:
            self._draw()
            return
        part = self._done * PARTS // max(self._total, 1)
        if part > self._told:
            self._told = part
            self._write(self._line() + "\n")

    def end(self) -> None:
        """Take the bar away."""
        if self._terminal and self._wide:
            self._write("\r" + " " * self._wide + "\r")
            self._wide = 0

    def _draw(self) -> None:
        filled = BAR * self._done // max(self._total, 1)
        text = f"[{'#' * filled}{'.' * (BAR - filled)}] {self._line()}"
        self._write("\r" + text.ljust(self._wide))
        self._wide = len(text)

    def _line(self) -> str:
        parts = [f"{self._done} of {self._total} cases"]
        for kind in (Kind.FAILED, Kind.HUNG, Kind.LEFT, Kind.VERDICT, Kind.BROKEN):
            if self._counts.get(kind):
                parts.append(f"{self._counts[kind]} {kind.value}")
        if self._seconds is not None and 0 < self._done < self._total:
            each = (self._seconds() - self._began) / self._done
            parts.append(f"about {_duration(each * (self._total - self._done))} left")
        return ", ".join(parts)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"

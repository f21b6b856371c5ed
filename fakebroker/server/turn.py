"""A turn: all that one arrival of bytes, one timer or one call from a test sets off."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType


class Turn:
    """Collects what has to happen at the end of the turn, so that a connection writes once, not once a command.

    Outside a turn there is nothing to wait for, and the call is made at once.
    """

    def __init__(self) -> None:
        self._depth = 0
        self._at_end: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._depth == 1:
            while self._at_end:
                calls, self._at_end = self._at_end, []
                for call in calls:
                    call()
        self._depth -= 1

    def at_end(self, call: Callable[[], None]) -> None:
        """Make a call when the turn ends; each connection asks at most once a turn."""
        if self._depth:
            self._at_end.append(call)
        else:
            call()

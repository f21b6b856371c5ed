"""When things happen, and where errors end.

A *turn* is all that one arrival of bytes, one timer or one call from a test sets off. In this order:

1. what has arrived is handled, one command after the other, up to where somebody stops reading;
2. then what was put off to the end of the turn is done, in the order in which it was put off: channels read what their
   queues have told them, connections with a failed channel end, each connection writes what it has to say in one piece.
   What that puts off in its turn comes behind it.

A turn within a turn is part of it; only the outermost has an end.

**Whatever is raised ends where it belongs.** Each piece of work in a turn has an owner, the connection that it is done
for. When it raises, the owner ends, as a connection of RabbitMQ ends when one of its processes crashes; the error is
reported to the test; all other work goes on. What a test does itself, in ``with turn:``, raises in the test.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol

from fakebroker.clock import DelayedCall, Time


class Owner(Protocol):
    """Whom a piece of work is done for: a connection, or what is part of one."""

    def crashed(self) -> None:
        """An error has left some of the work undone: end, whatever state this is in."""


def _raise(error: Exception) -> None:
    raise error


class Turn:
    """The turns of one broker.

    :param report: told of each error, after its owner has ended. By default it is raised to whoever began the turn.
    """

    def __init__(self, report: Callable[[Exception], None] = _raise) -> None:
        self.report = report
        self._depth = 0
        self._ends: deque[tuple[Callable[[], object], Owner | None]] = deque()

    def begin(self, call: Callable[[], object], owner: Owner | None = None) -> None:
        """Make a call in a turn of its own: for what comes from outside, bytes and timers."""
        # Nothing is under way, even if an error has kept the turn before from saying so.
        self._depth = 1
        try:
            try:
                call()
            except Exception as error:
                self._crash(owner, error)
            if self._ends:
                self._finish()
        finally:
            self._depth = 0

    def run(self, call: Callable[[], object], owner: Owner | None = None) -> None:
        """Make a call, in the turn under way if there is one. It never raises: its error ends its owner."""
        if not self._depth:
            self.begin(call, owner)
            return
        try:
            call()
        except Exception as error:
            self._crash(owner, error)

    def at_end(self, call: Callable[[], object], owner: Owner | None = None) -> None:
        """Make a call when the turn ends; at once where none is under way."""
        if self._depth:
            self._ends.append((call, owner))
        else:
            self.run(call, owner)

    def __enter__(self) -> None:
        self._depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if self._depth <= 1:
                self._finish()
        finally:
            self._depth = max(0, self._depth - 1)

    def _finish(self) -> None:
        ends = self._ends
        while ends:
            call, owner = ends.popleft()
            try:
                call()
            except Exception as error:
                self._crash(owner, error)

    def _crash(self, owner: Owner | None, error: Exception) -> None:
        try:
            if owner is not None:
                owner.crashed()
        except Exception as another:
            self.report(another)
        finally:
            self.report(error)


class TurnClock:
    """A clock each of whose calls is a turn, and belongs to an owner.

    :param clock: where time comes from.
    :param owner: who ends when a call raises; None when nobody has to.
    """

    def __init__(self, clock: Time, turn: Turn, owner: Owner | None = None) -> None:
        self.seconds: Callable[[], float] = clock.seconds
        self._clock = clock
        self._call_later = clock.callLater
        self._turn = turn
        self._owner = owner

    def of(self, owner: Owner) -> TurnClock:
        """The same clock for somebody else."""
        return TurnClock(self._clock, self._turn, owner)

    def callLater(self, delay: float, callable: Callable[..., Any], /, *args: Any, **kwargs: Any) -> DelayedCall:
        """As every clock's."""
        if args or kwargs:
            return self._call_later(delay, self._turn.begin, lambda: callable(*args, **kwargs), self._owner)
        return self._call_later(delay, self._turn.begin, callable, self._owner)

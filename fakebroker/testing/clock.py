"""Virtual time: a clock that a test advances, and that never skips a due call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from operator import methodcaller
from typing import Any, TypeVar

from twisted.internet.base import DelayedCall
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall, IReactorTime
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from fakebroker.broker.scheduling import ChooserPort
from fakebroker.testing.due import DueOrder
from fakebroker.testing.quiet import Outside
from fakebroker.turn import Turn
from fakebroker.validation import duration

T = TypeVar("T")

MOST_CALLS = 100_000
"""The most calls in one wait; more count as an endless loop."""

LONGEST_WAIT = 24 * 3600.0
"""The most seconds that a wait jumps over; more count as an endless wait."""

IDLE = 5
"""After so many turns of the reactor in which nothing happens and nothing can come, the wait is over."""

NAMED = 10
"""The most calls that an error names."""

_due_time = methodcaller("getTime")


class NeverSettles(AssertionError):
    """Calls never end, or time runs out. The text names what is still due."""


class VirtualClock(Clock):
    """Twisted's ``Clock``, with three differences.

    ``advance`` steps from due call to due call: ``advance(30)`` runs a 10-second heartbeat three times, at 10, 20 and
    30, not three times at 30. ``settle`` runs all that is due now. ``run`` jumps from due call to due call until a
    condition holds: minutes of protocol time pass in milliseconds.
    """

    _order: DueOrder | None = None

    frozen = False
    """Whether time stands still for those who would jump because nothing happens. A test still advances it."""

    def __init__(self) -> None:
        super().__init__()
        # Not a method: nothing of ours runs, and so nothing can fail, between a call's being there and its being in
        # its place. It costs no frame either.
        self._sortCalls = partial(self.calls.sort, key=_due_time)  # type: ignore[method-assign]

    def take_liberties(self, chooser: ChooserPort | None) -> None:
        """Have somebody choose what comes first of what is due at the same time; None for what was to be called first.
        """
        self._order = None if chooser is None else DueOrder(chooser)

    @contextmanager
    def freeze(self) -> Iterator[None]:
        """``with clock.freeze():`` time moves only where the test advances it."""
        before, self.frozen = self.frozen, True
        try:
            yield
        finally:
            self.frozen = before

    def advance(self, amount: float) -> None:
        """Let that many seconds pass, and run each due call at its own time.

        :raises NeverSettles: when calls due at the same time make each other without end.
        :raises TypeError: when the time is not a number.
        :raises ValueError: when it is negative or infinite: time never goes back.
        """
        duration("what advance() is given", amount)
        self._advance_to(self.seconds() + amount)

    def _advance_to(self, end: float) -> None:
        made = 0
        while self.calls and self.calls[0].getTime() <= end:
            made = made + 1 if self.calls[0].getTime() <= self.seconds() else 0
            self._check(made)
            self._step()
        self.rightNow = max(self.rightNow, end)  # a call may have advanced it further

    def settle(self) -> None:
        """Run all that is due now, and what that makes due now, until nothing is due. No time passes.

        :raises NeverSettles: when calls make each other without end.
        """
        self._advance_to(self.rightNow)

    def jump(self) -> bool:
        """Jump to the next due call, and run all that is due at that time.

        :returns: False when nothing is due.
        """
        self.settle()
        if not self.calls:
            return False
        self.advance(self.calls[0].getTime() - self.seconds())
        return True

    def run(self, until: Deferred[Any] | Callable[[], bool], limit: float = LONGEST_WAIT) -> None:
        """Let time pass until a condition holds; idle time is jumped over.

        :param until: a Deferred that has to fire, or a function that has to become true.
        :param limit: the most seconds that may pass.
        :raises NeverSettles: when that is not enough, or nothing is due any more. The text names what is due.
        """
        if not callable(until) and not isinstance(until, Deferred):
            raise TypeError(f"run() goes on until a Deferred has fired or a function is true, not until {until!r}")
        end = self.seconds() + limit
        for _ in range(MOST_CALLS):
            self.settle()
            if until() if callable(until) else until.called:
                return
            if not self.calls:
                raise NeverSettles(f"all is quiet at {self.seconds():.3f} s, nothing is due, and it has not happened")
            if self.calls[0].getTime() > end:
                raise NeverSettles(f"it has not happened within {limit} s; {self.due()}")
            self.advance(self.calls[0].getTime() - self.seconds())
        raise NeverSettles(f"it has not happened within {MOST_CALLS} steps; {self.due()}")

    def result(self, deferred: Deferred[T], limit: float = LONGEST_WAIT) -> T:
        """Run until a Deferred has fired, and return its result.

        :raises NeverSettles: when it does not fire.
        :raises Exception: what the Deferred failed with.
        :raises TypeError: for a value that is not a Deferred: it may be the result itself, or None because nothing was
            returned.
        """
        if not isinstance(deferred, Deferred):
            raise TypeError(f"result() waits for a Deferred, not for {deferred!r}")
        outcome: list[T | Failure] = []
        deferred.addBoth(outcome.append)
        self.run(lambda: bool(outcome), limit)
        [result] = outcome
        if isinstance(result, Failure):
            result.raiseException()
        return result

    def _step(self) -> None:
        """Run the first due call at its time."""
        call = self.calls.pop(0 if self._order is None else self._order.next(self.calls))
        self.rightNow = max(self.rightNow, call.getTime())
        call.called = 1
        call.func(*call.args, **call.kw)
        self._sortCalls()

    def _check(self, made: int) -> None:
        if made > MOST_CALLS:
            raise NeverSettles(f"{MOST_CALLS} calls at {self.seconds():.3f} s, and no end; {self.due()}")

    def due(self) -> str:
        """The due calls, in words."""
        named = [f"{_name(call)} at {call.getTime():.3f} s" for call in self.calls[:NAMED]]
        more = f" and {len(self.calls) - NAMED} more" if len(self.calls) > NAMED else ""
        return f"at {self.seconds():.3f} s these are due: {', '.join(named) or 'none'}{more}"


class Driver:
    """Advances a virtual clock from a reactor, for tests that return Deferreds: whenever nothing happens, the clock
    jumps to the next due call.

    :param clock: the clock to advance.
    :param reactor: the reactor that runs the driver; trial's. While octets are on their way through its sockets, the
        clock stands still.
    :param gave_up: called with an error when nothing is due any more, when calls never end, or when more than ``limit``
        seconds have passed. The driver has stopped by then.
    :param outside: what else may cause something to happen; by default the reactor's sockets, threads and calls.
    """

    def __init__(
        self,
        clock: VirtualClock,
        reactor: IReactorTime,
        gave_up: Callable[[NeverSettles], None],
        limit: float = LONGEST_WAIT,
        outside: Outside | None = None,
    ) -> None:
        self._clock = clock
        self._reactor = reactor
        self._gave_up = gave_up
        self._limit = limit
        self._end = clock.seconds() + limit
        self._outside = outside or Outside(reactor)
        self._idle = 0
        self._call: IDelayedCall = reactor.callLater(0, self._turn)
        self.stopped = False

    def _turn(self) -> None:
        try:
            self._move()
        except NeverSettles as error:
            self.stopped = True
            self._gave_up(error)
        if not self.stopped:
            self._call = self._reactor.callLater(self._outside.pause, self._turn)

    def _move(self) -> None:
        """Run what is due. When nothing is due and nothing is on its way, jump to the next call."""
        calls = self._clock.calls
        if calls and calls[0].getTime() <= self._clock.seconds():
            self._idle = 0
            self._clock.settle()
        elif not self._outside.is_quiet():
            self._idle = 0
        elif not calls:
            self._nothing_is_due()
        elif calls[0].getTime() <= self._end:
            self._clock.jump()
        else:
            raise NeverSettles(f"it has not happened within {self._limit} s; {self._clock.due()}")

    def _nothing_is_due(self) -> None:
        self._idle = self._idle + 1 if self._outside.is_hopeless() else 0
        if self._idle >= IDLE:
            at = f"{self._clock.seconds():.3f} s"
            raise NeverSettles(f"all is quiet at {at}, nothing is due, and it has not happened")

    def stop(self) -> None:
        """Stop, and leave nothing in the reactor."""
        self.stopped = True
        if self._call.active():
            self._call.cancel()


def _name(call: DelayedCall) -> str:
    function: object = call.func
    if getattr(function, "__func__", None) is Turn.begin:
        function = call.args[0]  # what the broker does in that turn
    return str(getattr(function, "__qualname__", None) or repr(function))

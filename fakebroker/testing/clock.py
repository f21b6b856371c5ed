"""Virtual time: a clock that a test turns, and that never skips over a call that is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IDelayedCall
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from fakebroker.testing.quiet import Outside
from fakebroker.turn import Turn
from fakebroker.validation import duration

T = TypeVar("T")

MOST_CALLS = 100_000
"""Calls made without an end in sight before that is called an error."""

LONGEST_WAIT = 24 * 3600.0
"""Seconds jumped over in search of an end before that is called an error."""

IDLE = 5
"""Turns in which nothing was due and nothing could come before that is called the end."""

NAMED = 10
"""Calls that an error names."""


class NeverSettles(AssertionError):
    """Calls go on and on, or time runs out; the text names what is still due."""


class VirtualClock(Clock):
    """Twisted's ``Clock``, but for three things.

    ``advance`` steps from due call to due call: ``advance(30)`` runs a 10-second heartbeat three times, at 10, 20 and
    30, not three times at 30. ``settle`` runs all that is due now. ``run`` jumps from due call to due call until
    something has happened: minutes of protocol time pass in milliseconds.
    """

    def advance(self, amount: float) -> None:
        """Let so many seconds pass, and run what is due on the way, each call at its own time.

        :raises NeverSettles: when calls due at the same time make each other without end.
        :raises TypeError: for what is no number.
        :raises ValueError: for a negative or endless one: time goes on, and never back.
        """
        duration("what advance() is given", amount)
        end = self.seconds() + amount
        made = 0
        while self.calls and self.calls[0].getTime() <= end:
            made = made + 1 if self.calls[0].getTime() <= self.seconds() else 0
            self._check(made)
            self._step()
        self.rightNow = end

    def settle(self) -> None:
        """Run all that is due now, and what that makes due now, until all is quiet. No time passes.

        :raises NeverSettles: when it never is.
        """
        self.advance(0)

    def jump(self) -> bool:
        """Go to the next call that is due, and run it and all that is due at that time.

        :returns: False when nothing is.
        """
        self.settle()
        if not self.calls:
            return False
        self.advance(self.calls[0].getTime() - self.seconds())
        return True

    def run(self, until: Deferred[Any] | Callable[[], bool], limit: float = LONGEST_WAIT) -> None:
        """Let time pass, as fast as there is nothing to do, until something has happened.

        :param until: a Deferred to fire, or a function to become true.
        :param limit: seconds that may pass at most.
        :raises NeverSettles: when that is not enough, or nothing is due any more; the text names what is due.
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
        """Run until a Deferred has fired, and give its result.

        :raises NeverSettles: when it does not fire.
        :raises Exception: what the Deferred failed with.
        :raises TypeError: for what is no Deferred: it is the result itself, or nothing was returned.
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
        """Run the one call that is due first, at its time."""
        call = self.calls.pop(0)
        self.rightNow = max(self.rightNow, call.getTime())
        call.called = 1
        call.func(*call.args, **call.kw)
        self._sortCalls()

    def _check(self, made: int) -> None:
        if made > MOST_CALLS:
            raise NeverSettles(f"{MOST_CALLS} calls at {self.seconds():.3f} s, and no end; {self.due()}")

    def due(self) -> str:
        """What is due, in words."""
        named = [f"{_name(call)} at {call.getTime():.3f} s" for call in self.calls[:NAMED]]
        more = f" and {len(self.calls) - NAMED} more" if len(self.calls) > NAMED else ""
        return f"at {self.seconds():.3f} s these are due: {', '.join(named) or 'none'}{more}"


class Driver:
    """Turns a virtual clock from a reactor, for tests that return Deferreds: whenever all is quiet, time jumps.

    :param clock: the clock to turn.
    :param reactor: whose turns are used; trial's. While octets are on their way through its sockets, time stands still.
    :param gave_up: told when nothing is due any more, time has no end, or more than ``limit`` seconds have passed; the
        error names what is still due. The driver has stopped by then.
    :param outside: what else may set something off; by default what the reactor has to do.
    """

    def __init__(
        self,
        clock: VirtualClock,
        reactor: Any,
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
        """Run what is due; when nothing is, and nothing is on its way, go to the next call."""
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
        """Leave the reactor alone."""
        self.stopped = True
        if self._call.active():
            self._call.cancel()


def _name(call: Any) -> str:
    function = call.func
    if getattr(function, "__func__", None) is Turn.begin:
        function = call.args[0]  # what the broker does in that turn
    return str(getattr(function, "__qualname__", None) or repr(function))

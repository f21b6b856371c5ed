"""A journal that can be waited on: for something to pass, with a Deferred."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from twisted.internet.defer import Deferred

from fakebroker.clock import DelayedCall, Time
from fakebroker.errors import FakeBrokerError
from fakebroker.journal.entries import Direction, Entry
from fakebroker.journal.journal import Journal
from fakebroker.journal.query import Query, Search, check_number, near_misses, query
from fakebroker.server.awaitable import AwaitableDeferred
from fakebroker.server.threads import check_thread


class NotSeen(FakeBrokerError, AssertionError):
    """What was waited for has not passed in time. The text shows what came nearest."""

    __module__ = "fakebroker.server.waiting"  # in tracebacks, as documents show it


class WaitingJournal(Journal):
    """A journal that can be waited on.

    :param clock: where times come from, those of the entries and those of the time-outs.
    """

    __slots__ = ("_clock",)

    def __init__(self, clock: Time) -> None:
        super().__init__(clock)
        self._clock = clock

    def wait_for(
        self,
        name: str,
        direction: Direction | None = None,
        *,
        count: int = 1,
        timeout: float = 10.0,
        **predicates: object,
    ) -> Deferred[list[Entry]]:
        """Wait until so many commands that fit have passed. Those that have passed already count, too.

        :param name: the command's.
        :param count: how many.
        :param timeout: seconds on the broker's clock.
        :param predicates: as for ``find``.
        :returns: a Deferred that fires with the entries, in a call of its own from the clock; or fails with
            ``NotSeen``, or with what a predicate raises. asyncio may await it.
        :raises RuntimeError: from another thread than that of the reactor, where that is the broker's clock.
        :raises QueryError: at once, for what can never pass; see ``find``.
        """
        check_thread(self._clock)
        asked = query((name,), direction, predicates)
        check_number("count", count, 1)
        check_number("timeout", timeout, 0, float)
        return _Wait(self, self._clock, asked, count, timeout).begin()


class _Wait:
    """One call of ``wait_for``."""

    def __init__(self, journal: Journal, clock: Time, query: Query, count: int, timeout: float) -> None:
        self._deferred: Deferred[list[Entry]] | None = None  # until it has fired
        self._journal = journal
        self._clock = clock
        self._query = query
        self._count = count
        self._search = Search(query, journal.before)
        self._found: list[Entry] = []
        self._error: Exception | None = None
        """What a predicate has raised. It is told to the test that waits, and to nobody else."""
        self._take(journal)
        self._timeout = timeout
        self._timer: DelayedCall | None = clock.callLater(timeout, self._too_late)
        self._end_watch: Callable[[], None] | None = journal.watch(self._look)

    def begin(self) -> Deferred[list[Entry]]:
        """The Deferred. It keeps this object until it has fired; this object does not keep it any longer."""
        deferred = self._deferred = AwaitableDeferred(self._given_up)
        self._check()
        return deferred

    def _look(self, entry: Entry) -> None:
        self._take([entry])
        self._check()

    def _take(self, entries: Iterable[Entry]) -> None:
        try:
            self._found += [entry for entry in entries if self._search.fits(entry)]
        except Exception as error:
            self._error = error

    def _check(self) -> None:
        if self._error is not None or len(self._found) >= self._count:
            self._see_no_more()
            # Whoever waits acts in a call of its own, not in the middle of what passes.
            self._clock.callLater(0, self._done)

    def _done(self) -> None:
        deferred = self._stop()
        error, self._error = self._error, None
        if deferred is None:
            return
        if error is not None:
            deferred.errback(error)
        else:
            deferred.callback(self._found[: self._count])

    def _too_late(self) -> None:
        deferred = self._stop()
        if deferred is not None:
            text = [f"waited {self._timeout} s for {self._count} {self._query}, saw {len(self._found) or 'none'}"]
            try:
                text += [] if self._found else near_misses(self._query, list(self._journal), self._journal.before)
            except Exception as error:  # from a predicate that was asked about what only comes near
                deferred.errback(error)
            else:
                deferred.errback(NotSeen("\n".join(text)))

    def _given_up(self, _: object) -> None:
        self._stop()

    def _stop(self) -> Deferred[list[Entry]] | None:
        """End the wait.

        :returns: the Deferred, if it has not fired yet.
        """
        self._see_no_more()
        if self._timer is not None and self._timer.active():
            self._timer.cancel()
        self._timer = None
        deferred, self._deferred = self._deferred, None
        return deferred

    def _see_no_more(self) -> None:
        if self._end_watch is not None:
            self._end_watch()
            self._end_watch = None

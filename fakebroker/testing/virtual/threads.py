"""Threads that take turns: of all threads of a simulation one runs at a time, and the seed chooses who goes on.

Each thread has a lock of its own, its *baton*. Whoever waits asks all threads that wait, in an order that the seed
shuffles, whether they can go on, gives the first who can its baton, and waits for his own.
"""

from __future__ import annotations

import _thread
import random
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from fakebroker.testing.clock import NeverSettles, VirtualClock
from fakebroker.testing.virtual.members import Member, Outside, Wish, at_once
from fakebroker.testing.virtual.real_locks import RealLock, really_join
from fakebroker.testing.virtual.stacks import told
from fakebroker.testing.virtual.strangers import patience, together
from fakebroker.testing.virtual.watchdog import Watchdog

T = TypeVar("T")
LAST_SECONDS = 60.0
"""The virtual seconds that threads have to clean up in when a block ends."""

LAST_TURNS = 1000
"""The turns that they have before, as long as they need no time."""

LAST_ERRORS = 100
"""So often a thread is told that its block has ended, before it is given up."""

AWAY_SECONDS = 5.0
"""The real seconds that a thread that has blocked for real is waited for, when no other one can go on."""

AWAY_TURNS = 1000

PATIENCE = 5.0
"""The real seconds that an interrupted thread waits for the one that runs."""


OVER = "the block of fakebroker.memory() that started this thread is over"


class Deadlock(NeverSettles):
    """No thread can go on, and nothing is due that could change it. The text has each thread's stack."""


class World(Protocol):
    """What is asked of a simulation."""

    clock: VirtualClock

    def turn(self) -> bool:
        """Run all that is due now."""

    def jump(self, end: float | None, what: object, outside: Outside | None) -> None:
        """Let time pass."""


class _Here(threading.local):
    member: Member | None = None
    threads: Threads | None = None


_here = _Here()


class Threads:
    """The threads of a simulation.

    :param chance: chooses who goes on.
    """

    def __init__(self, world: World, chance: random.Random) -> None:
        self._world = world
        self._chance = chance
        self._started = 0
        self._ended: list[threading.Thread] = []
        self._ending: list[Member] = []
        self._errors = 0
        self.members: list[Member] = []
        """Those that have not ended, in the order of their start. The first is the one that entered the block."""
        self.running: Member | None = None
        self.alone = True
        """Whether no other thread takes part than the one that entered the block."""
        self.switches = 0
        """How often the baton was handed over."""
        self.woken = False
        """Whether the running thread has woken another one since it waited last."""
        self._free = False
        """Whether nobody has the baton: the last that had it has ended while the others had blocked for real."""
        self._choosing = False
        self._choices = 0
        self.ends_by_itself: Callable[[Member], bool] = lambda _: False
        """Whether a thread ends without being told when the block is over."""
        self._patient: Member | None = None
        """Goes on only when nobody else can."""
        self._patience = 0
        self._gate = RealLock()
        self._nap = RealLock()
        self._nap.acquire()
        self._watchdog: Watchdog | None = None

    def me(self) -> Member:
        """The calling thread. The first that asks is the one that entered the block."""
        if _here.member is None or _here.threads is not self:
            _here.member, _here.threads = self.starting(threading.current_thread()), self
            _here.member.ident = _thread.get_ident()
            _here.member.wish = None
            self.running = self.running or _here.member
        return _here.member

    def starting(self, thread: threading.Thread | None) -> Member:
        """A thread is about to be started."""
        if not self.members and self._started == 0 and thread is not threading.current_thread():
            self.me()
        member = Member(self._started, thread)
        self._started += 1
        self.members.append(member)
        self.alone = len(self.members) == 1
        if not self.alone and self._watchdog is None:
            self._watchdog = Watchdog(self._look, self._go_on_without)
        return member

    def not_started(self, member: Member) -> None:
        """It could not be started."""
        self.members.remove(member)
        self.alone = len(self.members) == 1

    @contextmanager
    def taking_part(self, member: Member) -> Iterator[None]:
        """What a new thread does in it is done in turns. To be entered in that thread."""
        _here.member, _here.threads = member, self
        member.ident = _thread.get_ident()
        self._take(member)
        member.wish = None
        try:
            yield
        finally:
            self._leave(member)

    def patience(self, stands_still: bool) -> float:
        """The real seconds for which a lock is waited for that a thread may release that takes no part."""
        return patience([member.ident for member in self.members], stands_still)

    def wait(self, ready: Callable[[], T], timeout: float | None, what: object, outside: Outside | None = None) -> T:
        """Let other threads, brokers and time go on. See ``Simulation.wait``."""
        me = self.me()
        end = None if timeout is None else self._world.clock.seconds() + max(0.0, timeout)
        try:
            found: T = self._go_round(me, (ready, end, what, outside))
            if me.error is not None:
                error, me.error = me.error, None
                raise error
            return found
        finally:
            me.found = None

    def pause(self) -> None:
        """Another thread may go on here: the calling thread has let go of what it waits for, or has asked for what
        takes time when it is not in memory."""
        me = self.me()
        if not (self.alone or self._choosing or me.taking):
            self._go_round(me, (at_once, None, "its turn", None))
            if me.error is not None and not isinstance(me.error, SystemExit):
                error, me.error = me.error, None
                raise error

    def _go_round(self, me: Member, wish: Wish) -> Any:
        """Give the baton to who can go on, and wait until it is back.

        A signal handler may wait while the main thread waits for its baton: then the outer wait asks again.
        """
        before, outer = me.wish, me.taking
        with self._gate:
            if self._free:
                self.running, self._free = me, False
            has_baton = self.running is me
            me.wish = wish
            me.lost = False
        self.woken = False
        try:
            if has_baton:
                self._switch(self._choose(), me)
            else:
                self._take(me)
            while me.again:
                me.again = False
                self._switch(self._choose(), me)
            return me.found
        finally:
            me.wish, me.taking = before, outer
            if outer and self.running is me:
                me.again = True
                me.baton.release()

    def end(self) -> list[str]:
        """The block ends: each other thread gets a ``SystemExit`` where it waits, and has a minute of virtual time to
        clean up. ``threading`` says nothing about a thread that ends so.

        :returns: the names of those that did not end.
        """
        me = self.me()
        if not self.alone:
            self._let_others_go_on(me)
        self._ending = self._others(me)
        told = [member for member in self._ending if not self.ends_by_itself(member)]
        while self._ending and self._errors < LAST_ERRORS:
            for member in told:
                self._tell_the_end(member)
            self.wait(lambda: not self._others(me), LAST_SECONDS, "the other threads to end")
            told = self._ending = self._others(me)
        self._reap()
        if self._watchdog is not None:
            self._watchdog.stop()
        return [member.name for member in self._ending]

    def _others(self, me: Member) -> list[Member]:
        return [member for member in self.members if member is not me and member.number > 0]

    def _let_others_go_on(self, me: Member) -> None:
        """Until each waits for what needs time, or what does not come any more."""
        self._patient, self._patience = me, self._choices + LAST_TURNS
        try:
            self._go_round(me, (lambda: False, None, "its turn", None))
        finally:
            self._patient = None

    def _tell_the_end(self, member: Member) -> None:
        self._errors += 1
        member.error = member.error or SystemExit(OVER)

    def _leave(self, member: Member) -> None:
        self.members.remove(member)
        self.alone = len(self.members) == 1
        member.left = True
        if member.thread is not None:
            self._ended.append(member.thread)
            member.thread = None  # which has the member, too: neither waits for the garbage collector
        with self._gate:
            self._free = self.running is member and all(other.wish is None for other in self.members)
        if self.running is member and not self._free:
            self.running = chosen = self._choose()
            self.switches += 1
            chosen.baton.release()

    def _switch(self, chosen: Member, me: Member) -> None:
        if chosen is not me:
            self.running = chosen
            self.switches += 1
            chosen.baton.release()
            self._take(me)

    def _take(self, me: Member) -> None:
        """Wait for the baton. What a signal handler that waited has left over is none."""
        me.taking = True
        try:
            me.baton.acquire()
            while self.running is not me:
                me.baton.acquire()
        except BaseException as error:  # what a signal handler raised, in the main thread: KeyboardInterrupt
            me.error = error
            while self.running is not me:
                if not me.baton.acquire(timeout=PATIENCE):
                    raise  # who runs does not come to a wait: better both run than that nobody can interrupt
            me.baton.acquire(timeout=0)  # it may have been interrupted before it had it, or after
        finally:
            me.taking = False
        self._reap()

    def _reap(self) -> None:
        """Let threads that have ended be gone for good, so that nothing of them goes on beside the one that runs."""
        while self._ended:
            really_join(self._ended.pop(), PATIENCE)

    def _choose(self) -> Member:
        """Who goes on; time passes until there is somebody."""
        before, self._choosing = self._choosing, True
        self._choices += 1
        try:
            while True:
                chosen = self._able()
                if chosen is not None:
                    return chosen
                if not self._somebody_comes_back():
                    self._let_time_pass()
        except BaseException as error:  # the broker's, or nothing is due: told to the thread of the block
            return self._fails(error)
        finally:
            self._choosing = before

    def _able(self) -> Member | None:
        """Somebody who can go on now."""
        self._world.turn()
        now = self._world.clock.seconds()
        if self._patient is not None and self._choices > self._patience:
            return self._patient
        return next((member for member in self._shuffled() if member.can_go_on(now)), self._patient)

    def _somebody_comes_back(self) -> bool:
        """Whether a thread that has blocked for real waits for its turn again. It is really waited for, but once."""
        away = [member for member in self.members if member.wish is None]
        for _ in range(1 if all(member.lost for member in away) else AWAY_TURNS):
            if any(member.wish is not None or member.left for member in away):
                return True
            if away:
                self._nap.acquire(timeout=AWAY_SECONDS / AWAY_TURNS)
        for member in away:
            member.lost = True
        return False

    def _look(self) -> tuple[int, str, int] | None:
        """What the watchdog sees."""
        running = self.running
        if self.alone or self._choosing or running is None or running.wish is not None:
            return None
        return self._choices, running.name, running.ident

    def _go_on_without(self, number: int, in_time: bool) -> bool:
        """The running thread has blocked for real: let another one go on, if one can."""
        with self._gate:
            away = self.running
            if away is None or self._choices != number or self._choosing:
                return False
            self.running = None
            self._choosing = True
        try:
            chosen = self._able()
            while chosen is None and in_time and away.wish is None:
                self._let_time_pass()
                chosen = self._able()
            with self._gate:
                if chosen is None and away.wish is None:
                    self.running = away
                    return False
            chosen = chosen or self._choose()
        except NeverSettles as error:
            chosen = self._fails(error)
        finally:
            self._choosing = False
        self.running = chosen
        self.switches += 1
        chosen.baton.release()
        return True

    def _shuffled(self) -> list[Member]:
        waiting = [member for member in self.members if member.wish is not None]
        if len(waiting) > 1:
            self._chance.shuffle(waiting)
        return waiting

    def _let_time_pass(self) -> None:
        wishes = [member.wish for member in self.members if member.wish is not None]
        ends = [end for _, end, _, _ in wishes if end is not None]
        outsides = [outside for _, _, _, outside in wishes if outside is not None]
        what = wishes[0][2] if len(wishes) == 1 else f"what each of {len(wishes)} threads waits for"
        self._world.jump(min(ends, default=None), what, together(outsides) if outsides else None)

    def _fails(self, error: BaseException) -> Member:
        waiting = [member for member in self.members if member.wish is not None]
        if not waiting:
            raise error
        if isinstance(error, NeverSettles):
            if self._ending and self._errors < LAST_ERRORS:
                return self._end_one(waiting)
            if len(waiting) > 1:
                error = Deadlock(f"{error}\n\n{told(self._waits())}")
        waiting[0].error = error
        return waiting[0]

    def name(self, ident: int) -> str:
        """The name of a thread, for an error."""
        return next((member.name for member in self.members if member.ident == ident), "a thread that does not run")

    def _waits(self) -> list[tuple[str, int, object]]:
        return [(each.name, each.ident, each.wish[2]) for each in self.members if each.wish is not None]

    def _end_one(self, waiting: list[Member]) -> Member:
        """A thread that cleans up waits for what does not come any more."""
        member = next(each for each in waiting if each in self._ending)
        self._tell_the_end(member)
        return member

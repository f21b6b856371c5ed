"""When things happen in a broker, in which order, and where errors end.

A *turn* is all that one arrival of bytes, one timer or one call from a test sets off. One turn ends before the next one
begins. A turn within a turn is part of it; only the outermost one has an end.

**The order.** First comes what has begun the turn: the commands that have arrived are handled one after the other, up
to where somebody stops reading. Much of what a command sets off must not happen while it is handled, or while those
are handled that came with it. It is put off to a phase:

1. ``REST``: a rule has the broker do something because of what the broker says, such as take a delivery back or cancel
   a consumer. A queue that is handing out messages must not lose the consumer that it has in hand.
2. ``MAILBOXES``: channels read what queues have sent them, and tell their clients. A channel of RabbitMQ has a mailbox,
   where this lies behind the commands that came before. Channels and connections that have to end do it here, too.
3. ``DEAD_LETTERS``: the messages that have died in queues are published again. In RabbitMQ they go from process to
   process more often than deliveries and confirms do, and arrive later.
4. ``FLUSH``: each connection writes what it has to say, in one piece.

A phase makes its calls in the order in which they were put off. After each call the earliest phase that has one comes
next: what dead letters put into mailboxes is read there before anything is written.

**Who may interrupt whom.** Nobody interrupts a call; the next one begins when it has returned. But three things come
before their phase:

* Where rules are loaded, ``REST`` comes after each command as well (:meth:`Turn.handle`). So what a rule had the broker
  do is done before the next command of the same arrival is handled.
* A command that a channel of RabbitMQ waits for, such as ``queue.declare``, has dead letters delivered before it ends
  (``fakebroker.amqp.handlers``).
* A connection that has much to say writes some of it at once (``fakebroker.server.protocol``).

Outside a turn nothing is put off: a call is made at once, and is a turn of its own.

**Where errors end.** A call may have an owner, the connection that it is made for. When the call raises, its owner
ends, as a connection of RabbitMQ ends when one of its processes crashes. The error is reported to the test, and all
other calls are made. What a test does itself, in ``with turn:``, raises in the test.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from enum import IntEnum
from types import TracebackType
from typing import Any, Protocol

from fakebroker.clock import DelayedCall, Time
from fakebroker.errors import raise_it


class Phase(IntEnum):
    """What comes when in a turn; see the module."""

    REST = 0
    MAILBOXES = 1
    DEAD_LETTERS = 2
    FLUSH = 3


class Owner(Protocol):
    """Whom a call is made for: a connection, or what is part of one."""

    def crashed(self) -> None:
        """An error has left some of the work undone: end, whatever state this is in."""


class Turn:
    """The turns of one broker.

    :param report: told of each error, after its owner has ended. By default it is raised to whoever began the turn.
    """

    def __init__(self, report: Callable[[Exception], None] = raise_it) -> None:
        self.report = report
        self._depth = 0
        self._is_handling = False
        self._phases: tuple[deque[tuple[Callable[[], object], Owner | None]], ...] = tuple(deque() for _ in Phase)
        self._rest = self._phases[Phase.REST]
        self.paused = False
        """Whether the broker does nothing of itself."""
        self._late: list[tuple[Callable[[], object], Owner | None]] | None = None

    def begin(self, call: Callable[[], object], owner: Owner | None = None) -> None:
        """Make a call in a turn of its own: for what comes from outside, bytes and timers."""
        # Nothing is under way, even if an error has kept the turn before from saying so.
        self._depth = 1
        try:
            try:
                call()
            except Exception as error:
                self._crash(owner, error)
            self._finish()
        finally:
            self._depth = 0

    def pause(self) -> None:
        """Put off what timers would do, until :meth:`go_on`."""
        self.paused = True
        if self._late is None:
            self._late = []

    def go_on(self) -> None:
        """Do what timers would have done meanwhile, in the order in which they were due."""
        self.paused = False
        late, self._late = self._late, None
        for call, owner in late or ():
            self.begin(call, owner)

    def due(self, call: Callable[[], object], owner: Owner | None = None) -> None:
        """Make a timer's call, in a turn of its own; later, if the broker is paused. By then it may have been
        cancelled: whoever sets a timer looks whether it still wants the call."""
        if self._late is None:
            self.begin(call, owner)
        else:
            self._late.append((call, owner))

    def run(self, call: Callable[[], object], owner: Owner | None = None) -> None:
        """Make a call, in the turn under way if there is one. It never raises: its error ends its owner."""
        if not self._depth:
            self.begin(call, owner)
            return
        try:
            call()
        except Exception as error:
            self._crash(owner, error)

    def handle(self, call: Callable[[], object]) -> None:
        """Have the broker handle one thing, and then do what was put off to its rest.

        :raises Exception: after that, what the call has raised.
        """
        if self._is_handling:
            call()
            return
        with self:
            self._is_handling = True
            try:
                call()
            finally:
                try:
                    while self._rest:
                        self.run(*self._rest.popleft())
                finally:
                    self._is_handling = False

    def put_off(self, phase: Phase, call: Callable[[], object], owner: Owner | None = None) -> None:
        """Make a call when its phase comes; at once where no turn is under way.

        :param owner: who ends when the call raises; None when nobody has to.
        """
        if self._depth:
            self._phases[phase].append((call, owner))
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
        rest, mailboxes, letters, flush = self._phases
        while calls := rest or mailboxes or letters or flush:
            call, owner = calls.popleft()
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

    def callLater(self, delay: float, callable: Callable[..., object], /, *args: Any, **kwargs: Any) -> DelayedCall:
        """As every clock's."""
        if args or kwargs:
            return self._call_later(delay, self._turn.due, lambda: callable(*args, **kwargs), self._owner)
        return self._call_later(delay, self._turn.due, callable, self._owner)

"""In which order channels read their mailboxes, and when, where RabbitMQ leaves that to chance.

Without a chooser nothing of this is there: each mailbox is read in its phase of the turn, one after the other, from its
beginning to its end (``fakebroker.turn``). With one, a ``Scheduler`` reads them in steps. Before each step the chooser
says which channel reads next, and what it reads: what one queue has for it, or the confirms. What one queue has sent to
one channel stays in its order.

Channels of RabbitMQ are processes. How soon one of them gets to what its queues have sent it depends on what else the
machine does. So the chooser may have a mailbox wait (``late``), and may have mailboxes read between two commands that
have arrived in one piece (``early``).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Protocol

from fakebroker.clock import DelayedCall
from fakebroker.turn import Owner, Phase, Turn, TurnClock

LATE = (0.0, 0.0, 0.001, 0.02)
"""How long a mailbox may wait, in seconds. The first is no wait at all; the second is the end of the turn."""


class ChooserPort(Protocol):
    """Who chooses where the broker may do this or that; see ``fakebroker.liberties``."""

    @property
    def takes(self) -> frozenset[str]:
        """The names of the liberties that may be taken."""

    def choose(self, liberty: str, options: int, /) -> int:
        """One of so many options. 0 is what the broker does without a chooser."""

    def pick(self, liberty: str, keys: Sequence[str], /) -> int:
        """Who of these goes next. 0 is whose turn it is without a chooser."""


class Scheduled(Protocol):
    """A mailbox, or whatever else is read in steps."""

    late: DelayedCall | None
    """The end of its wait, where it waits."""

    @property
    def key(self) -> str:
        """Its name, the same in each run."""

    def sources(self) -> Sequence[str]:
        """Whose item may be read next; whose item is the oldest comes first. Empty when there is nothing to read."""

    def read_from(self, source: int, chooser: ChooserPort, /) -> bool:
        """Read one item.

        :returns: whether what is left may wait.
        """

    def has_been_read(self) -> None:
        """Nothing is left to be read."""


class Scheduler:
    """Reads mailboxes in the order that a chooser says.

    :param clock: the broker's.
    """

    def __init__(self, chooser: ChooserPort, turn: Turn, clock: TurnClock) -> None:
        self.chooser = chooser
        self._turn = turn
        self._clock = clock
        self._due: dict[Scheduled, Owner | None] = {}

    def wake(self, mailbox: Scheduled, owner: Owner | None) -> None:
        """Have a mailbox read, in its phase of the turn or later.

        :param owner: who ends when that raises.
        """
        late = self.chooser.choose("late", len(LATE)) if mailbox.late is None else 0
        if late:
            self._wait(mailbox, owner, LATE[late])
        else:
            self._add(mailbox, owner)

    def between_commands(self) -> None:
        """A command has been handled, and others have arrived with it."""
        if self._due and self.chooser.choose("early", 2):
            self._run()

    def _wait(self, mailbox: Scheduled, owner: Owner | None, seconds: float) -> None:
        clock = self._clock if owner is None else self._clock.of(owner)
        mailbox.late = clock.callLater(seconds, partial(self._add, mailbox, owner))

    def _add(self, mailbox: Scheduled, owner: Owner | None) -> None:
        mailbox.late = None
        self._due[mailbox] = owner
        self._turn.put_off(Phase.MAILBOXES, self._run)

    def _run(self) -> None:
        while self._due:
            mailboxes = list(self._due)
            mailbox = mailboxes[self.chooser.pick("channels", [each.key for each in mailboxes])]
            owner = self._due[mailbox]
            self._turn.run(partial(self._step, mailbox, owner), owner)

    def _step(self, mailbox: Scheduled, owner: Owner | None) -> None:
        del self._due[mailbox]  # an error ends its owner, and it is not read again
        sources = mailbox.sources()
        if not sources:
            mailbox.has_been_read()
            return
        may_wait = mailbox.read_from(self.chooser.pick("queues", sources), self.chooser)
        late = self.chooser.choose("late", len(LATE)) if may_wait else 0
        if late:
            self._wait(mailbox, owner, LATE[late])
        else:
            self._due = {mailbox: owner, **self._due}  # its turn is not over, unless the chooser says so

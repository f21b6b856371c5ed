"""A channel's mailbox: what its queues have sent, and the client has not been told yet.

A channel of RabbitMQ is a process with a mailbox. What queues send to it lies there behind the commands that have come
from the client before: deliveries, consume-ok and cancel-ok, the news that a queue is gone. This has three effects:

- Commands that arrive in one piece are all answered before anything from the mailbox is passed on.
- A delivery in the mailbox has no delivery tag yet. It can't be acknowledged or recovered.
- The mailbox is thrown away when the channel closes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from fakebroker.broker.queues.consumer import Consumer, Delivery, SessionPort
from fakebroker.broker.scheduling import ChooserPort
from fakebroker.clock import DelayedCall
from fakebroker.turn import Phase

if TYPE_CHECKING:
    from fakebroker.broker.channel.port import ChannelPort
    from fakebroker.broker.queues.base import Queue
    from fakebroker.broker.vhost import VirtualHost

CAPACITY = 200
"""How many items a mailbox may hold before queues have to wait (RabbitMQ's ``UNSENT_MESSAGE_LIMIT``)."""


class MailboxOwner(SessionPort, Protocol):
    """What a mailbox needs of its session."""

    @property
    def channel(self) -> ChannelPort: ...

    @property
    def vhost(self) -> VirtualHost: ...

    def deliver(self, delivery: Delivery, /) -> None:
        """Pass a delivery or a batch of them on to the client."""

    def mailbox_read(self) -> None:
        """The mailbox has been read."""

    @property
    def has_confirms(self) -> bool:
        """Whether there are confirms that the client has not been told yet."""

    def tell_some_confirms(self, chooser: ChooserPort, /) -> None:
        """Tell the client as many of them as the chooser says, at least one."""


class Mailbox:
    """It is read in its phase of the turn, when all that has arrived in one piece has been handled.

    ``paused`` is set while the client does not read what was sent. ``shut`` is set when nothing is for the client any
    more, since its connection is about to end.

    :param session: whose mailbox it is; told each time the mailbox has been read.
    """

    __slots__ = ("_count", "_due", "_items", "_session", "_turned_away", "late", "paused", "shut")

    def __init__(self, session: MailboxOwner) -> None:
        self.paused = False
        self.shut = False
        self._session: MailboxOwner | None = session  # until it ends
        self._items: deque[Delivery | Callable[[], None]] | None = None  # made when it is needed: most hold nothing
        self._count = 0  # of the items; a batch counts as many as it has
        self._turned_away: dict[Queue, None] = {}
        self._due = False  # will it be read without being asked for again?
        self.late: DelayedCall | None = None  # where a liberty has it wait

    def put(self, item: Delivery | Callable[[], None]) -> None:
        """Add a delivery, a batch of deliveries, or a call that tells the client something else."""
        items = self._items
        if items is None:
            items = self._items = deque()
        items.append(item)
        self._count += item.count if isinstance(item, Delivery) else 1
        self.wake()

    @property
    def items(self) -> list[Delivery | Callable[[], None]]:
        """What the mailbox holds, the oldest first."""
        return list(self._items or ())

    def wake(self) -> None:
        """Have the mailbox read in its phase of the turn."""
        session = self._session
        if session is not None and not self._due:
            self._due = True
            common = session.vhost.common
            if common.scheduler is None:
                common.turn.put_off(Phase.MAILBOXES, self.read, session.channel)
            else:
                common.scheduler.wake(self, session.channel)

    @property
    def due(self) -> bool:
        """Whether it will be read in this turn."""
        return self._due

    @property
    def room(self) -> int:
        """How many more deliveries the mailbox may take."""
        return CAPACITY - self._count

    def turns_away(self, queue: Queue) -> bool:
        """Whether a queue has to wait with a delivery. If so, the queue is told when there is room.

        A queue need not wait because the client does not read: consumers keep their turns until the mailbox is full.
        """
        if self._count < CAPACITY and (not self.shut or (queue.slow and self._session is not None)):
            return False  # a slow queue learns late that the mailbox is shut
        self._turned_away[queue] = None
        return True

    def empty(self) -> list[Delivery]:
        """Forget everything, the session too, because it ends.

        :return: the deliveries that were not passed on.
        """
        left: list[Delivery] = []
        for item in self._items or ():
            if isinstance(item, Delivery):
                left += item.unbatched()
        self._items = None
        self._count = 0
        self._turned_away.clear()
        self._session = None
        if self.late is not None and self.late.active():
            self.late.cancel()
        self.late = None
        self.shut = True
        return left

    def take(self, consumer: Consumer) -> list[Delivery]:
        """Take the deliveries to one consumer out of the mailbox."""
        kept: deque[Delivery | Callable[[], None]] = deque()
        taken: list[Delivery] = []
        for item in self._items or ():
            if isinstance(item, Delivery) and item.consumer is consumer:
                taken += item.unbatched()
            else:
                kept.append(item)
        self._items = kept
        self._count -= len(taken)
        return taken

    def read(self) -> None:
        """Pass everything on now. In its phase of the turn this is done anyway."""
        if self._session is not None:
            self._session.channel.wake()
        try:
            while not self.paused:
                if self._items:
                    self._pass_on(self._items.popleft())
                elif self._turned_away and self._session is not None:
                    self._let_in(self._session)
                else:
                    break
        finally:
            self._due = False
        if self._session is not None:
            self._session.mailbox_read()

    def read_all(self) -> None:
        """Pass everything on, even if the mailbox is paused: it is the last that the client gets."""
        while self._items:
            self._pass_on(self._items.popleft())
        self.read()

    def _let_in(self, session: MailboxOwner) -> None:
        turned_away, self._turned_away = self._turned_away, {}
        for queue in turned_away:
            queue.unblock(session)

    # --- reading in steps, where liberties are taken (fakebroker.broker.scheduling)

    @property
    def key(self) -> str:
        """Its name, the same in each run."""
        if self._session is None:
            return ""
        connection, channel, _ = self._session.channel.origin
        return f"{connection} {channel}"

    def sources(self) -> list[str]:
        """Whose item may be read next: queues, with the oldest item first, and at last the channel's own confirms.

        What is no delivery stays in its place: nothing goes before it that lies behind it, or the other way round.
        """
        session = self._session
        if session is None:
            return []
        while not (self._items or self.paused) and self._turned_away:
            self._let_in(session)
        return [name for name, _ in self._firsts()] + ["confirms"] * session.has_confirms

    def _firsts(self) -> list[tuple[str, int]]:
        firsts: dict[str, int] = {}
        for place, item in enumerate(() if self.paused else self._items or ()):
            if isinstance(item, Delivery):
                firsts.setdefault(f"queue {item.queue.name}", place)
            elif not firsts:
                return [("", place)]
            else:
                break
        return list(firsts.items())

    def read_from(self, source: int, chooser: ChooserPort) -> bool:
        """Pass on the first item of a source, or some confirms.

        :param source: its place among the :meth:`sources`.
        :returns: whether what is left may wait: other confirms.
        """
        session, firsts = self._session, self._firsts()
        assert session is not None, "there was a source"
        session.channel.wake()
        if source < len(firsts):
            assert self._items is not None, "there was an item"
            item = self._items[firsts[source][1]]
            del self._items[firsts[source][1]]
            self._pass_on(item)
            return False
        session.tell_some_confirms(chooser)
        return session.has_confirms

    def has_been_read(self) -> None:
        """Nothing is left to be read now."""
        self._due = False
        if self._session is not None:
            self._session.mailbox_read()

    def _pass_on(self, item: Delivery | Callable[[], None]) -> None:
        session = self._session
        if not isinstance(item, Delivery):
            self._count -= 1
            item()
        elif session is None:
            return
        elif item.bodies is not None and session.channel.unbatched:
            assert self._items is not None, "the batch came out of it"
            self._items.extendleft(reversed(item.unbatched()))
        else:
            self._count -= item.count
            session.deliver(item)

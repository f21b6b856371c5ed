"""What queues have told a channel and the channel has not looked at yet.

A channel of RabbitMQ has a mailbox: what its queues send (deliveries, consume-ok and cancel-ok, the news that a queue
is gone) lies behind the commands that have come from the client before. So commands that arrive in one piece are all
answered before any of it is passed on, and what has not been passed on has no delivery tag yet, can't be acknowledged
or recovered, and is forgotten when the channel closes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from fakebroker.broker.queues.consumer import Consumer, Deliveries, Delivery

if TYPE_CHECKING:
    from fakebroker.broker.channel.session import Session
    from fakebroker.broker.queues.classic import Queue

CAPACITY = 200
"""How much may lie here before queues have to wait with their deliveries (RabbitMQ's ``UNSENT_MESSAGE_LIMIT``)."""


class Mailbox:
    """Read at the end of the turn: when all that has arrived in one piece is handled.

    :param session: whose it is; its ``deliver`` passes a delivery on.
    """

    __slots__ = ("_count", "_due", "_items", "_session", "_turned_away", "paused", "shut", "when_read")

    def __init__(self, session: Session) -> None:
        self.paused = False  # the client does not read as fast as we write
        self.shut = False  # its connection is about to end: nothing is for it any more
        self.when_read: Callable[[], None] | None = None
        self._session: Session | None = session  # until it ends
        self._items: deque[Delivery | Deliveries | Callable[[], None]] = deque()
        self._count = 0  # of the items, deliveries each
        self._turned_away: dict[Queue, None] = {}
        self._due = False

    def put(self, item: Delivery | Deliveries | Callable[[], None]) -> None:
        """Add a delivery, several, or a call that passes something else on."""
        self._items.append(item)
        self._count += len(item) if isinstance(item, Deliveries) else 1
        self.wake()

    @property
    def items(self) -> list[Delivery | Deliveries | Callable[[], None]]:
        """What lies here."""
        return list(self._items)

    def wake(self) -> None:
        """Have it read at the end of the turn."""
        session = self._session
        if session is not None and not self._due:
            self._due = True
            session.vhost.common.turn.at_end(self.read, session.channel)

    @property
    def room(self) -> int:
        """How many more deliveries may lie here."""
        return CAPACITY - self._count

    def turns_away(self, queue: Queue) -> bool:
        """Has a queue to wait with a delivery? It is told when there is room.

        That the client does not read is no reason as long as there is: consumers keep their turns.
        """
        if self._count < CAPACITY and (not self.shut or (queue.slow and self._session is not None)):
            return False  # a slow queue learns late that nobody is there
        self._turned_away[queue] = None
        return True

    def empty(self) -> list[Delivery]:
        """Forget everything, the session too: it ends, and nothing is for it any more.

        :return: the deliveries that will never be passed on.
        """
        left: list[Delivery] = []
        for item in self._items:
            if isinstance(item, Deliveries):
                left += item.each
            elif isinstance(item, Delivery):
                left.append(item)
        self._items.clear()
        self._count = 0
        self._turned_away.clear()
        self.when_read = self._session = None
        self.shut = True
        return left

    def take(self, consumer: Consumer) -> list[Delivery]:
        """Take out what lies here for one consumer."""
        kept: deque[Delivery | Deliveries | Callable[[], None]] = deque()
        taken: list[Delivery] = []
        for item in self._items:
            if isinstance(item, Delivery) and item.consumer is consumer:
                taken.append(item)
            elif isinstance(item, Deliveries) and item.consumer is consumer:
                taken += item.apart()
            else:
                kept.append(item)
        self._items = kept
        self._count -= len(taken)
        return taken

    def read(self) -> None:
        """Pass everything on, now; by itself it happens at the end of the turn."""
        if self._session is not None:
            self._session.channel.wake()
        try:
            while not self.paused:
                if self._items:
                    self._pass_on(self._items.popleft())
                elif self._turned_away and self._session is not None:
                    turned_away, self._turned_away = self._turned_away, {}
                    for queue in turned_away:
                        queue.unblock(self._session)
                else:
                    break
        finally:
            self._due = False
        if self.when_read is not None:
            self.when_read()

    def read_all(self) -> None:
        """Pass on what lies here even if the client does not read as fast: it is the last that it gets."""
        while self._items:
            self._pass_on(self._items.popleft())
        self.read()

    def _pass_on(self, item: Delivery | Deliveries | Callable[[], None]) -> None:
        session = self._session
        if not isinstance(item, (Delivery, Deliveries)):
            self._count -= 1
            item()
        elif session is None:
            return
        elif isinstance(item, Delivery):
            self._count -= 1
            session.deliver(item)
        elif session.channel.one_by_one:
            self._items.extendleft(reversed(item.apart()))
        else:
            self._count -= len(item)
            session.deliver(item)

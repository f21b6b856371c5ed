"""The messages of one queue: those that wait, and those that have died and are on their way out.

A message that waits dies in one of two ways here: it gets too old (:mod:`fakebroker.broker.queues.message_ttl`), or
there get to be too many (:mod:`fakebroker.broker.queues.length_limits`). The queue itself adds what consumers reject.
Whatever has died lies in ``dead``, in the order of its death, until the queue sends it to the dead-letter exchange.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeAlias
from weakref import ref

from fakebroker.broker.message import Message
from fakebroker.broker.queues.length_limits import LengthLimits
from fakebroker.broker.queues.message_priority import PriorityReady
from fakebroker.broker.queues.message_ttl import expires_at
from fakebroker.broker.queues.ready import Ready
from fakebroker.broker.queues.settings import Settings
from fakebroker.broker.timer import Timer, milliseconds
from fakebroker.clock import Time

AnyReady: TypeAlias = "Ready | PriorityReady"


class StoreOwner(Protocol):
    """The queue that a store is part of."""

    def send_dead_letters(self) -> None:
        """Send off what has died."""


class Store:
    """A queue's messages. The queue has it, and tells it when its settings change.

    :param ready: where messages wait, and in which order they leave.
    :param owner: told when a message has died because of its age. The store does not keep it.
    :param drop_head: whether the oldest messages are dropped when there are too many.
    """

    __slots__ = ("_clock", "_owner", "_timer", "dead", "limits", "message_ttl", "ready")

    def __init__(self, clock: Time, ready: AnyReady, owner: StoreOwner, settings: Settings, drop_head: bool) -> None:
        self.ready = ready
        self.dead: list[tuple[Message, str]] = []  # each with the reason
        self._clock = clock
        self._owner = ref(owner)
        self._timer = Timer(clock)
        self.configure(settings, drop_head)

    def configure(self, settings: Settings, drop_head: bool) -> None:
        """Take over the settings of the queue, when it is made and whenever a policy changes them."""
        self.limits = LengthLimits(settings, drop_head)
        self.message_ttl = settings.message_ttl

    # --- messages in

    def stamp(self, message: Message) -> None:
        """Note when a message that enters the queue now will be dead.

        :raises AMQPError: precondition-failed for an expiration that is no whole number in range.
        """
        message.expires = expires_at(message, self.message_ttl, self._clock)

    def append(self, message: Message) -> None:
        """Add a new message at the end. If there are too many now, the oldest die."""
        ready = self.ready
        ready.append(message)
        if self.limits.are_set and self.is_too_long():
            self.drop_head()
            self.drop_expired()
        elif message.expires is not None and len(ready) == 1:
            self.drop_expired()

    def restore(self, messages: Sequence[Message]) -> None:
        """Put messages that have left, and that nobody has got, back to the front, in this order."""
        for message in reversed(messages):
            self.ready.put_first(message)
        self.drop_head()
        self.drop_expired()

    # --- messages out

    def pop(self) -> Message:
        """Take the message that leaves next; there must be one. Those behind it that are dead leave too."""
        message = self.ready.pop()
        self.drop_expired()
        return message

    def purge(self) -> int:
        """Drop what waits, with no dead letters.

        :return: how many messages that were.
        """
        count = len(self.ready)
        self.ready.clear()
        self._timer.cancel()
        return count

    def keep(self, messages: Iterable[Message]) -> None:
        """Lose everything that waits but these: a restart leaves no more."""
        kept = list(messages)
        self.ready.clear()
        for message in kept:
            self.ready.append(message)

    def clear(self) -> None:
        """Hold nothing any more, dead messages included."""
        self.ready.clear()
        self.dead.clear()

    def close(self) -> None:
        """Leave nothing pending in the clock."""
        self._timer.cancel()

    # --- length

    def refuses(self, message: Message) -> bool:
        """Would one more message be too many, in a queue that refuses new messages?"""
        limits, ready = self.limits, self.ready
        return not limits.drop_head and limits.exceeded(len(ready) + 1, ready.bytes + len(message.content.body))

    def exceeds(self, share: float = 1) -> bool:
        """Is what waits more than the limits allow, or than a share of them?"""
        return self.limits.exceeded(len(self.ready), self.ready.bytes, share)

    def is_too_long(self) -> bool:
        """Are there too many messages, in a queue that drops its oldest?"""
        return self.limits.drop_head and self.exceeds()

    def drop_head(self) -> None:
        """Drop the oldest messages while there are too many."""
        while self.ready and self.is_too_long():
            self.dead.append((self.ready.pop(), "maxlen"))

    # --- age

    def drop_expired(self) -> None:
        """Drop the first message while it is dead. As in RabbitMQ, dead messages behind a living one have to wait."""
        ready = self.ready
        while ready:
            expires = ready.expires
            if expires is None:
                return
            if milliseconds(self._clock) < expires:
                self._timer.set(expires, self._expire)
                return
            self.dead.append((ready.pop(), "expired"))
        self._timer.cancel()

    def _expire(self) -> None:
        self.drop_expired()
        owner = self._owner()
        if owner is not None:
            owner.send_dead_letters()

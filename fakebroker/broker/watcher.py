"""Who is told what becomes of each message: a watcher. The broker has none unless it is made with one.

A watcher only looks. It is told of a thing when it happens, in the order in which things happen. Where there is none,
each place asks no more than whether there is one. Where there is one, no messages pass as a batch.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from fakebroker.broker.message import Message


class WatchedQueue(Protocol):
    """What a watcher may ask of a queue."""

    @property
    def name(self) -> str: ...
    @property
    def vhost_name(self) -> str: ...
    @property
    def type(self) -> str: ...


class WatchedConsumer(Protocol):
    """What a watcher may ask of a consumer."""

    @property
    def tag(self) -> str: ...
    @property
    def no_ack(self) -> bool: ...


class WatchedDelivery(Protocol):
    """What a watcher may ask of a delivery. ``consumer`` is None for what basic.get takes."""

    @property
    def message(self) -> Message: ...
    @property
    def consumer(self) -> WatchedConsumer | None: ...
    @property
    def tag(self) -> int: ...
    @property
    def redelivered(self) -> bool: ...


class MessageWatcher(Protocol):
    """What it is told. ``Message.known`` is a place for whatever the watcher knows a message by."""

    # --- publishing

    def held(self, message: Message, vhost: str, /) -> None:
        """A message of a transaction has been published, and waits for the commit."""

    def routed(self, message: Message, vhost: str, queues: Sequence[WatchedQueue], /) -> None:
        """A message has been published, or its transaction was committed, and goes to these queues now."""

    def copy(self, message: Message, /) -> Message:
        """The copy of a message for one of several queues."""

    def rolled_back(self, messages: Iterable[Message], deliveries: Iterable[WatchedDelivery], /) -> None:
        """A transaction is forgotten: messages are not published, deliveries not settled."""

    def refused(self, queue: WatchedQueue, message: Message, /) -> None:
        """A queue is full, and refuses a message."""

    # --- alarms

    def held_back(self, connection: int, /) -> None:
        """What the broker hears now waits until an alarm is over."""

    def going_on(self, connection: int, /) -> AbstractContextManager[None]:
        """The alarm is over: the broker handles the oldest of what was held back within this block."""

    # --- in a queue

    def ready(self, queue: WatchedQueue, message: Message, /) -> None:
        """A message has entered a queue."""

    def underway(self, delivery: WatchedDelivery, /) -> None:
        """A queue has sent a message to a consumer's channel, which has not read it yet."""

    def requeued(self, queue: WatchedQueue, message: Message, /) -> None:
        """A message that had been delivered, or was on the way, is in its queue again."""

    def died(self, queue: WatchedQueue, dead: Iterable[tuple[Message, str]], /) -> None:
        """Messages have died, each for a reason: ``expired``, ``maxlen``, ``rejected`` or ``delivery_limit``."""

    def letter(self, message: Message, letter: Message, reason: str, /) -> None:
        """A dead message goes on as another, a letter. Nobody has been given that yet."""

    def dead_lettered(self, message: Message, exchange: str, queues: Collection[str], /) -> None:
        """The letter of a dead message goes to these queues next; to none if it has come round in a cycle."""

    def purged(self, queue: WatchedQueue, /) -> None:
        """All messages that waited in a queue are gone."""

    def kept(self, queue: WatchedQueue, messages: Iterable[Message], why: str, /) -> None:
        """A queue has been started again, and has nothing but these."""

    def gone(self, queue: WatchedQueue, why: str, /) -> None:
        """All messages of a queue are gone, those that were delivered too.

        :param why: ``queue-deleted``, or ``lost`` where a restart has lost the queue.
        """

    def lost(self, message: Message, why: str, /) -> None:
        """A message is gone, and nobody has got it."""

    # --- with a consumer

    def delivered(self, delivery: WatchedDelivery, no_ack: bool, /) -> None:
        """A delivery has got its tag, and the client is told of it next."""

    def settling(self, deliveries: Iterable[WatchedDelivery], /) -> None:
        """A client has settled deliveries in a transaction. It waits for the commit."""

    def settled(self, how: str, deliveries: Iterable[WatchedDelivery], /) -> None:
        """Deliveries are settled.

        :param how: ``ack``, ``requeue`` or ``discard``.
        """

    def revived(self, channel: int, tag: int, message: Message, /) -> None:
        """A delivery that needed no ack, and that a rule has kept from its client, goes back to its queue.

        :param channel: the number of the channel that it was delivered to, of the connection that the rule is about.
        :param message: the new one that is put into the queue.
        """

    # --- direct replies

    def reply(self, message: Message, vhost: str, /) -> object:
        """A message is a direct reply, and waits for the channel of the client that it is for.

        :return: what :meth:`reply_delivered` or :meth:`reply_lost` is called with.
        """

    def reply_delivered(self, reply: object, consumer_tag: str, /) -> None:
        """The client is told of a reply next."""

    def reply_lost(self, reply: object, /) -> None:
        """The channel has ended before the client was told."""

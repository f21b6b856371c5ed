"""Writes what the broker tells of its messages into the ledger: their lives, from publish to end."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from fakebroker.broker.message import Message
from fakebroker.broker.watcher import WatchedDelivery, WatchedQueue
from fakebroker.ledger.event import Event
from fakebroker.ledger.message import Copy, PublishedMessage
from fakebroker.ledger.now import Now, Occasion

REPLY_QUEUE = "amq.rabbitmq.reply-to"

DEATHS = {
    "expired": ("expired", ""),
    "maxlen": ("dropped", "the queue was too long"),
    "delivery_limit": ("dropped", "it was delivered too often"),
    "rejected": ("rejected", ""),
}
"""The event, and more about it, for each reason why the broker lets a message die."""

SETTLES = {"basic.nack": "nacked", "basic.reject": "rejected", "basic.recover": "", "basic.recover-async": ""}
"""What has become of a delivery that is requeued or discarded, by the client's command."""


class Letter(NamedTuple):
    """What a dead letter is known by before it is in a queue."""

    cause: Copy
    reason: str


class Lives:
    """Told by the broker, as ``fakebroker.broker.watcher`` has it.

    ``telling`` is the delivery that the client is told of next, ``handing`` the message that the broker hands out.
    """

    def __init__(self, now: Now) -> None:
        self.telling: tuple[Copy, Event] | None = None
        self.handing: PublishedMessage | None = None
        self.find: Callable[[int, int], Copy | None] = lambda channel, tag: None
        """Finds what was delivered with a tag on a channel, of the connection for which the broker does something."""
        self.waiting: dict[int, deque[Occasion]] = {}
        """By connection: what the broker has held back because of an alarm."""
        self._now = now
        self._live: dict[tuple[str, str], dict[Copy, None]] = {}  # by virtual host and queue: what is not gone
        self._held: dict[WatchedDelivery, Occasion | None] = {}  # settled in transactions

    # --- publishing

    def held(self, message: Message, vhost: str) -> None:
        """A message of a transaction waits for the commit."""
        self._published(message, vhost).transactional = True

    def routed(self, message: Message, vhost: str, queues: Sequence[WatchedQueue]) -> None:
        """A message goes to queues now, or to none."""
        self.handing = published = self._published(message, vhost)
        if queues:
            published.fate.append(self._now.caused("routed", detail=f"to {_names(queue.name for queue in queues)}"))
        elif published.copies:  # direct replies
            published.fate.append(self._now.caused("routed", detail=f"to {REPLY_QUEUE!r}"))
        else:
            published.fate.append(self._now.caused("unroutable"))

    def copy(self, message: Message) -> Message:
        """The copy of a message for one of several queues."""
        copy = message.copy()
        copy.known = message.known
        return copy

    def rolled_back(self, messages: Iterable[Message], deliveries: Iterable[WatchedDelivery]) -> None:
        """A transaction is forgotten."""
        for message in messages:
            if isinstance(message.known, PublishedMessage):
                message.known.fate.append(self._now.caused("rolled-back"))
        for delivery in deliveries:
            self._held.pop(delivery, None)

    def refused(self, queue: WatchedQueue, message: Message) -> None:
        """A queue is full."""
        self._end(self._enter(queue, message), self._now.caused("refused", detail="the queue is full"))

    def _published(self, message: Message, vhost: str) -> PublishedMessage:
        known, cause = getattr(message, "known", None), self._now.cause
        if isinstance(known, PublishedMessage):
            return known
        if isinstance(known, Letter):
            return known.cause.message
        published = None if cause is None else cause.message
        if published is None:
            published = self._by_the_broker(message, vhost)
        message.known = published
        return published

    def _by_the_broker(self, message: Message, vhost: str) -> PublishedMessage:
        """A message that no client has sent over a connection."""
        key, content = message.routing_key, message.content
        published = PublishedMessage(0, 0, 0, 0, False, None, 0.0, message.exchange, key, False, content, vhost)
        return self._now.publish(published, None if self._now.cause is None else self._now.cause.rule)

    # --- alarms

    def held_back(self, connection: int) -> None:
        """What the broker hears now waits until an alarm is over."""
        occasion = self._now.cause
        if occasion is not None:
            occasion.waits = True
            self.waiting.setdefault(connection, deque()).append(occasion)

    @contextmanager
    def going_on(self, connection: int) -> Iterator[None]:
        """The broker handles the oldest of what was held back."""
        waiting = self.waiting.get(connection)
        occasion = waiting.popleft() if waiting else None
        before, self._now.cause = self._now.cause, occasion
        if occasion is not None:
            occasion.waits = False
        try:
            yield
        finally:
            self._now.cause = before
            if occasion is not None:
                self._now.judge(occasion)

    # --- in a queue

    def ready(self, queue: WatchedQueue, message: Message) -> None:
        """A message has entered a queue."""
        copy = self._enter(queue, message)
        copy.events.append(self._now.event("ready"))
        self._live.setdefault((copy.vhost, copy.queue), {})[copy] = None

    def _enter(self, queue: WatchedQueue, message: Message) -> Copy:
        known = getattr(message, "known", None)
        if isinstance(known, Letter):
            copy = Copy(known.cause.message, queue.name, queue.vhost_name, queue.type, known.cause, known.reason)
            known.cause.letters.append(copy)
        else:
            if not isinstance(known, PublishedMessage):
                known = self._by_the_broker(message, queue.vhost_name)
            copy = Copy(known, queue.name, queue.vhost_name, queue.type)
        copy.message.copies.append(copy)
        message.known = copy
        return copy

    def underway(self, delivery: WatchedDelivery) -> None:
        """A queue has sent a message to a consumer's channel."""
        copy, consumer = _known(delivery.message), delivery.consumer
        if consumer is not None and consumer.no_ack:
            self._leave(copy)
        elif copy.queue_type != "stream":
            copy.place = "unacked"

    def requeued(self, queue: WatchedQueue, message: Message) -> None:
        """A message is in its queue again."""
        if not isinstance(getattr(message, "known", None), Copy):
            self._enter(queue, message)  # it was delivered so long ago that it is forgotten
        self._come_back(_known(message), self._now.caused("requeued"))

    def _come_back(self, copy: Copy, event: Event) -> None:
        copy.events.append(event)
        copy.place = "ready"
        self._live.setdefault((copy.vhost, copy.queue), {})[copy] = None

    def died(self, queue: WatchedQueue, dead: Iterable[tuple[Message, str]]) -> None:
        """Messages have died. What a client has rejected, or a full queue refused, is gone already."""
        for message, reason in dead:
            copy = _known(message)
            if not copy.gone:
                name, detail = DEATHS[reason]
                self._end(copy, self._now.event(name, detail=detail))

    def letter(self, message: Message, letter: Message, reason: str) -> None:
        """A dead message goes on as a letter."""
        letter.known = Letter(_known(message), reason)

    def dead_lettered(self, message: Message, exchange: str, queues: Collection[str]) -> None:
        """The letter goes to these queues next."""
        to = _names(queues) if queues else "no queue"
        detail = f"by exchange {exchange!r} to {to}" if exchange else f"to {to}"
        _known(message).events.append(self._now.event("dead-lettered", detail=detail))

    def purged(self, queue: WatchedQueue) -> None:
        """All that waited in a queue is gone."""
        for copy in self._of(queue):
            if copy.place == "ready":
                self._end(copy, self._now.caused("purged"))

    def kept(self, queue: WatchedQueue, messages: Iterable[Message], why: str) -> None:
        """A queue was started again with nothing but these."""
        kept = dict.fromkeys(map(_known, messages))
        for copy in self._of(queue):
            if copy not in kept:
                self._end(copy, self._now.caused("lost", detail=why))
        for copy in kept:
            if copy.place != "ready":
                self._come_back(copy, self._now.caused("requeued", detail=why))

    def gone(self, queue: WatchedQueue, why: str) -> None:
        """All messages of a queue are gone."""
        for copy in self._of(queue):
            self._end(copy, self._now.caused(why, detail="restart" if why == "lost" else ""))
        self._live.pop((queue.vhost_name, queue.name), None)

    def lost(self, message: Message, why: str) -> None:
        """A message is gone, and nobody has got it."""
        self._end(_known(message), self._now.caused("lost", detail=why))

    def _of(self, queue: WatchedQueue) -> list[Copy]:
        return list(self._live.get((queue.vhost_name, queue.name), ()))

    def _end(self, copy: Copy, event: Event) -> None:
        copy.events.append(event)
        self._leave(copy)

    def _leave(self, copy: Copy) -> None:
        copy.place = "gone"
        self._live.get((copy.vhost, copy.queue), {}).pop(copy, None)

    # --- with a consumer

    def delivered(self, delivery: WatchedDelivery, no_ack: bool) -> None:
        """The client is told of a delivery next."""
        copy, consumer = _known(delivery.message), delivery.consumer
        event = self._now.event("got" if consumer is None else "delivered", tag=delivery.tag, no_ack=no_ack)
        event.redelivered = delivery.redelivered
        event.consumer = "" if consumer is None else consumer.tag
        copy.events.append(event)
        if no_ack:
            self._leave(copy)
        elif copy.queue_type != "stream":
            copy.place = "unacked"
        self.telling = copy, event

    def settling(self, deliveries: Iterable[WatchedDelivery]) -> None:
        """Deliveries are settled in a transaction."""
        self._held.update((delivery, self._now.cause) for delivery in deliveries)

    def settled(self, how: str, deliveries: Iterable[WatchedDelivery]) -> None:
        """Deliveries are settled."""
        for delivery in deliveries:
            copy, cause = _known(delivery.message), self._held.pop(delivery, self._now.cause)
            name = _settled_as(how, cause)
            if name:
                event = self._now.caused(name, cause, tag=delivery.tag, requeue=how == "requeue")
                copy.events.append(event)
            if how != "requeue" and copy.queue_type != "stream":
                self._leave(copy)

    def revived(self, channel: int, tag: int, message: Message) -> None:
        """A delivery that its client was kept from goes back as this new message."""
        copy = self.find(channel, tag)
        if copy is not None:
            message.known = copy

    # --- direct replies

    def reply(self, message: Message, vhost: str) -> Copy:
        """A direct reply waits for the channel that it is for."""
        known = getattr(message, "known", None)
        published = self._published(message, vhost)
        copy = Copy(published, REPLY_QUEUE, vhost, "reply", place="unacked")
        if isinstance(known, Letter):
            copy.cause, copy.reason = known
        copy.events.append(self._now.event("ready"))
        published.copies.append(copy)
        return copy

    def reply_delivered(self, reply: object, consumer_tag: str) -> None:
        """The client is told of a reply next."""
        assert isinstance(reply, Copy), "made above"
        event = self._now.event("delivered", consumer=consumer_tag, no_ack=True)
        self._end(reply, event)
        self.telling = reply, event

    def reply_lost(self, reply: object) -> None:
        """The channel has ended before."""
        assert isinstance(reply, Copy), "made above"
        self._end(reply, self._now.caused("lost", detail="its channel ended before it was delivered"))


def _known(message: Message) -> Copy:
    known = getattr(message, "known", None)
    assert isinstance(known, Copy), "every message in a queue has entered it"
    return known


def _settled_as(how: str, cause: Occasion | None) -> str:
    if how == "ack":
        return "acked"
    if cause is None or (not cause.name and how == "discard"):
        return "nacked"
    return SETTLES.get(cause.name, "")


def _names(queues: Iterable[str]) -> str:
    return ", ".join(map(repr, queues))

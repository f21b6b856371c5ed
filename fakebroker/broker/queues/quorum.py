"""Quorum queues (RabbitMQ 3.10: rabbit_quorum_queue, rabbit_fifo), as a client of a single node sees them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from functools import partial
from typing import ClassVar
from weakref import WeakKeyDictionary

from fakebroker.broker.message import Message
from fakebroker.broker.queues.base import PublisherPort, QueueDeclaration, QueueHost
from fakebroker.broker.queues.classic import ClassicQueue
from fakebroker.broker.queues.consumer import Consumer, Delivery, SessionPort
from fakebroker.broker.queues.ready import ReturnsFirst
from fakebroker.broker.resource_names import resource
from fakebroker.errors import AMQPError, crash
from fakebroker.values import Int64

DEFAULT_CREDIT = 2000
"""How many messages a consumer without a prefetch limit gets before it has to acknowledge some."""

_LOW_WATER = 0.8  # a queue that refused messages takes them again when it has no more than this part of its maximum


class _Told:
    """What a full queue has told one of its publishers.

    ``blocked`` is what the queue has said last: is it full? ``refused`` is what the publisher knows by now: its channel
    reads it later.
    """

    __slots__ = ("blocked", "refused")

    def __init__(self, refused: bool) -> None:
        self.refused = refused
        self.blocked = False


class QuorumQueue(ClassicQueue):
    """A quorum queue is always durable, never exclusive and never auto-delete.

    It counts how often each message was put back. As RabbitMQ asks other nodes before it does anything, it tells
    publishers late that it is full, and hears late that a client is gone.
    """

    type: ClassVar[str] = "quorum"
    slow: ClassVar[bool] = True

    def __init__(self, vhost: QueueHost, declared: QueueDeclaration) -> None:
        super().__init__(vhost, declared)
        self._publishers: WeakKeyDictionary[PublisherPort, _Told] = WeakKeyDictionary()
        self._has_room = True

    @staticmethod
    def check_properties(name: str, vhost: str, durable: bool, auto_delete: bool, owner: Hashable | None) -> None:
        """Check what quorum queues and streams can't be.

        :raises AMQPError: precondition-failed.
        """
        wrong = {"auto-delete": auto_delete, "exclusive-owner": owner is not None, "non-durable": not durable}
        for what, is_so in wrong.items():
            if is_so:
                text = f"invalid property '{what}' for {resource('queue', name, vhost)}"
                raise AMQPError("precondition-failed", text)

    @property
    def consumer_count(self) -> int:
        """How many consumers declare-ok tells.

        Of several, a single active one counts alone. A consumer that is cancelled counts until what it has got is
        settled. Each message that was fetched by basic.get counts like a consumer until it is settled.
        """
        listed = [*self.consumers] if not self.single_active else [] if self.active is None else [self.active]
        left = {delivery.consumer for delivery in self._unacked} - {None, *self.consumers}
        return len(listed) + len(left) + sum(delivery.consumer is None for delivery in self._unacked)

    def _make_ready(self) -> ReturnsFirst:
        return ReturnsFirst()

    def _drops_head(self) -> bool:
        return self.settings.overflow != "reject-publish"

    def _refuses(self, message: Message) -> bool:
        """Only publishers are refused, see :meth:`publish`."""
        return False

    # --- messages

    def publish(self, message: Message, publisher: PublisherPort | None = None) -> bool:
        """Take a message; False when the queue refuses it.

        The message that makes the queue too long is taken, and then each publisher is told that the queue is full. A
        new publisher asks before its first message whether it is. Dead letters are always taken.

        :param publisher: None for a dead letter.
        """
        if publisher is not None and self._refuses_from(publisher):
            if self._watcher is not None:
                self._watcher.refused(self, message)
            return False
        super().publish(message)
        self._hold_limit()
        return True

    def _refuses_from(self, publisher: PublisherPort) -> bool:
        if self.settings.overflow != "reject-publish":
            return False
        told = self._publishers.get(publisher)
        if told is None:
            told = self._publishers[publisher] = _Told(self._store.exceeds())
        return told.refused

    def run(self) -> None:
        """Drop what has expired, and send what waits. The length limit comes last, as after everything that happens."""
        self._store.drop_expired()
        super().run()
        self._hold_limit()

    def _hold_limit(self) -> None:
        """Drop what is too much, or tell publishers that the queue is full or has room again."""
        if not self.settings.limited:
            return
        if self.settings.overflow != "reject-publish":
            self._store.drop_head()
            self.send_dead_letters()
            return
        had_room, is_full = self._has_room, self._store.exceeds()
        self._has_room = not self._store.exceeds(_LOW_WATER)
        if is_full:
            self._tell_publishers(blocked=True)
        elif self._has_room and not had_room:
            self._tell_publishers(blocked=False)

    def _tell_publishers(self, blocked: bool) -> None:
        """Publishers learn it when all that has arrived together is handled."""
        for publisher, told in list(self._publishers.items()):
            if not (blocked and told.blocked) and not publisher.mailbox.shut:
                told.blocked = blocked
                publisher.mailbox.put(partial(setattr, told, "refused", blocked))

    def get(self, session: SessionPort, no_ack: bool) -> Delivery | None:
        """Take the next message for basic.get. A header tells how often it was put back, even if it never was.

        :raises AMQPError: resource-locked on a queue with a single active consumer.
        """
        if self.single_active:
            text = (
                f"cannot obtain access to locked {self.resource}. basic.get operations are not supported by quorum "
                f"queues with single active consumer"
            )
            raise AMQPError("resource-locked", text)
        delivery = super().get(session, no_ack)
        self._hold_limit()
        if delivery is not None:
            delivery.add_header("x-delivery-count", Int64(delivery.message.returns))
        return delivery

    def _add_headers(self, delivery: Delivery) -> None:
        if delivery.message.returns:
            delivery.add_header("x-delivery-count", Int64(delivery.message.returns))

    def requeue(self, deliveries: Iterable[Delivery]) -> None:
        """Put messages back: to the end of the queue, or with a delivery limit before all others."""
        back, _ = self._settled(deliveries, "requeue")
        if self.settings.delivery_limit is None:
            for delivery in back:
                self._count_return(delivery.message)
                self._store.ready.append(delivery.message)
                if self._watcher is not None:
                    self._watcher.requeued(self, delivery.message)
        else:
            self._put_back(back)
        self.run()

    def _put_back(self, deliveries: Iterable[Delivery]) -> None:
        limit = self.settings.delivery_limit
        for message in (delivery.message for delivery in deliveries):
            self._count_return(message)
            if limit is not None and message.returns > limit:
                self._store.dead.append((message, "delivery_limit"))
            else:
                self._store.ready.put_back(message)
                if self._watcher is not None:
                    self._watcher.requeued(self, message)

    @staticmethod
    def _count_return(message: Message) -> None:
        message.returns += 1
        message.redelivered = True

    # --- consumers

    def consume(self, consumer: Consumer) -> None:
        """Add a consumer. RabbitMQ 3.10 ignores that it asks for exclusive use.

        :raises AMQPError: not-implemented when the channel has a limit for all its consumers.
        """
        if consumer.session.limiter.active:
            raise AMQPError("not-implemented", f"{self.resource} does not support global qos")
        if consumer.credit is None and not consumer.no_ack:
            consumer.credit = DEFAULT_CREDIT
        self._add(consumer)

    def cancel(self, consumer: Consumer) -> None:
        """Remove a consumer. If another one becomes the single active consumer, it gets what waits."""
        super().cancel(consumer)
        self.run()

    def purge(self) -> int:
        """Drop what waits, with no dead letters.

        :return: how many messages that were.
        """
        count = super().purge()
        self._hold_limit()
        return count

    def check_deletion(self, if_unused: bool, if_empty: bool) -> None:
        """Check that the queue may be deleted.

        :raises AMQPError: not-implemented for either condition.
        """
        for flag in [flag for flag, is_set in (("if-unused", if_unused), ("if-empty", if_empty)) if is_set]:
            text = (
                f"cannot delete {self.resource}. queue.delete operations with {flag} flag set are not supported by "
                f"quorum queues"
            )
            raise AMQPError("not-implemented", text)

    def crashed(self, letters: Sequence[Message] | None = None) -> AMQPError:
        """Over dead letters the queue crashes, as a classic one does. Over a command only the channel crashes."""
        if letters is not None:
            return super().crashed(letters)
        return crash()

    def restart(self) -> None:
        """All messages survive. Those that were delivered and not settled have been put back once more."""
        outstanding = self.unacked
        self._forget_sessions()
        self._put_back(outstanding)
        self.touch()
        self._store.drop_expired()
        self.send_dead_letters()

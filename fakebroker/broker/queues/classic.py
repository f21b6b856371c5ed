"""Classic queues (RabbitMQ 3.10: rabbit_amqqueue_process).

Everything happens at once and in one order. It is the order that a client of RabbitMQ sees when it lets each step come
to its end:

- a new message goes to a consumer that can take it, before it would wait;
- when a message is settled, its credit is given back before the next message is sent;
- what a consumer rejects becomes a dead letter before the next message is sent, whatever else has died becomes one
  afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar

from fakebroker.broker.message import Message
from fakebroker.broker.queues.base import PublisherPort, Queue, QueueDeclaration, QueueHost
from fakebroker.broker.queues.consumer import Consumer, Delivery, SessionPort
from fakebroker.broker.queues.message_batch import take_batch
from fakebroker.broker.queues.message_priority import PriorityReady
from fakebroker.broker.queues.ready import Ready
from fakebroker.broker.queues.settings import merge_settings
from fakebroker.broker.queues.store import AnyReady, Store
from fakebroker.errors import AMQPError


class ClassicQueue(Queue):
    """A queue with a store. Quorum queues are such queues too, and differ in what they override."""

    type: ClassVar[str] = "classic"

    def __init__(self, vhost: QueueHost, declared: QueueDeclaration) -> None:
        super().__init__(vhost, declared)
        self._store = Store(self._clock, self._make_ready(), self, self.settings, self._drops_head())
        self.touch()

    def _make_ready(self) -> AnyReady:
        """Where messages wait, and in which order."""
        maximum = self.arguments.get("x-max-priority")
        return PriorityReady(int(maximum)) if isinstance(maximum, int) else Ready()

    def _drops_head(self) -> bool:
        """What ``x-overflow`` means to this type: whether the oldest messages are dropped, or new ones refused."""
        return self.settings.overflow == "drop-head"

    # --- looking

    @property
    def ready(self) -> list[Message]:
        """The messages that wait, the next to leave first."""
        return list(self._store.ready)

    @property
    def entries(self) -> Iterable[Message | Iterable[Message]]:
        """The messages that wait as they are kept, in any order."""
        return self._store.ready.entries

    @property
    def message_count(self) -> int:
        """How many messages wait: the number that declare-ok tells."""
        return len(self._store.ready)

    @property
    def ready_octets(self) -> int:
        """How many octets the bodies of the messages that wait have together."""
        return self._store.ready.bytes

    # --- messages in

    def place_for_batch(self, like: Message) -> Ready | None:
        """Where a batch of messages like this one may wait. None where there is a length limit or a TTL."""
        settings = self.settings
        if settings.limited or settings.message_ttl is not None or like.properties.expiration is not None:
            return None
        return self._store.ready.level(like)

    def publish(self, message: Message, publisher: PublisherPort | None = None) -> bool:
        """Take a message, which from now on belongs to this queue; False when the queue is full and refuses it.

        :param publisher: None for a dead letter.
        """
        store = self._store
        if store.limits.are_set and self._refuses(message):
            return False
        store.stamp(message)
        if self._watcher is not None:
            self._watcher.ready(self, message)
        if self._pass_on(message):
            return True
        if store.message_ttl == 0 and self.settings.dead_letter_exchange is None:
            if self._watcher is not None:
                self._watcher.died(self, [(message, "expired")])
            return True  # it is dead at once, and lost
        store.append(message)
        if store.dead:
            self.send_dead_letters()
        return True

    def _refuses(self, message: Message) -> bool:
        refused = self._store.refuses(message)
        if refused and self._watcher is not None:
            self._watcher.refused(self, message)
        if refused and self.settings.overflow == "reject-publish-dlx":
            self._store.dead.append((message, "maxlen"))
            self.send_dead_letters()
        return refused

    def _pass_on(self, message: Message) -> bool:
        """Hand a new message to a consumer that can take it, if no message waits before it."""
        ready = self._store.ready
        if ready:
            return False
        consumer = self.consumers.next()
        if consumer is None:
            return False
        ready.bypass(message)
        self._send(consumer, message)
        return True

    # --- messages out

    def get(self, session: SessionPort, no_ack: bool) -> Delivery | None:
        """Take the next message for basic.get, None when there is none."""
        self.touch()
        store = self._store
        if not store.ready:
            return None
        delivery = session.fetched(self, store.pop(), no_ack)
        if not no_ack:
            self._unacked[delivery] = None
        self.send_dead_letters()
        return delivery

    def run(self) -> None:
        """Send waiting messages as long as there is a consumer that can take one."""
        try:
            self._send_ready()
        except Exception:
            self.crashed([])  # the store may be inconsistent
            raise
        self.send_dead_letters()

    def _send_ready(self) -> None:
        store = self._store
        ready = store.ready
        while ready:
            consumer = self.consumers.next()
            if consumer is None:
                break
            front = ready.front
            if front.batched:
                batch = take_batch(consumer, front)
                store.drop_expired()
                self._unacked.update(dict.fromkeys(batch.singles))
                consumer.session.mailbox.put(batch)
            else:
                self._send(consumer, store.pop())

    def _send(self, consumer: Consumer, message: Message) -> None:
        delivery = Delivery(consumer.session, self, message, consumer)
        if not consumer.no_ack:
            self._unacked[delivery] = None
        self._add_headers(delivery)
        if self._watcher is not None:
            self._watcher.underway(delivery)
        consumer.session.mailbox.put(delivery)

    def _add_headers(self, delivery: Delivery) -> None:
        """What other types of queues add to a message for its consumer."""

    def send_dead_letters(self) -> None:
        """Send what has died to the dead-letter exchange. If there is none, it is lost."""
        store = self._store
        if store.dead:
            dead, store.dead = store.dead, []
            if self._watcher is not None:
                self._watcher.died(self, dead)
            self.vhost.queues.dead_letters.send(self, dead)

    # --- messages settled

    def acked(self, deliveries: Iterable[Delivery]) -> None:
        """Forget messages that a session acknowledged."""
        _, unblocked = self._settled(deliveries, "ack")
        if unblocked:
            self.run()

    def requeue(self, deliveries: Iterable[Delivery]) -> None:
        """Put messages back to where they were."""
        back, _ = self._settled(deliveries, "requeue")
        self._put_back(back)
        self.run()

    def discard(self, deliveries: Iterable[Delivery]) -> None:
        """Drop messages that a session rejected; they become dead letters where the queue has an exchange for them."""
        dropped, unblocked = self._settled(deliveries, "discard")
        self._store.dead.extend((delivery.message, "rejected") for delivery in dropped)
        self.send_dead_letters()
        if unblocked:
            self.run()

    def _put_back(self, deliveries: Iterable[Delivery]) -> None:
        store = self._store
        for delivery in deliveries:
            delivery.message.redelivered = True
            store.ready.put_back(delivery.message)
            if self._watcher is not None:
                self._watcher.requeued(self, delivery.message)
        store.drop_head()
        store.drop_expired()

    def restore(self, messages: Sequence[Message]) -> None:
        """Put messages that have left, and that nobody has got, back to the front, in this order."""
        if self._watcher is not None:
            for message in messages:
                self._watcher.requeued(self, message)
        self._store.restore(messages)

    def purge(self) -> int:
        """Drop what waits, with no dead letters.

        :return: how many messages that were.
        """
        if self._watcher is not None:
            self._watcher.purged(self)
        return self._store.purge()

    # --- consumers

    def consume(self, consumer: Consumer) -> None:
        """Add a consumer; :meth:`run` then sends it what waits.

        :raises AMQPError: access-refused when the queue is in exclusive use, or can't be.
        """
        if self.consumers.excludes(consumer):
            raise AMQPError("access-refused", f"{self.resource} in exclusive use")
        self._add(consumer, consumer.exclusive)

    def cancel(self, consumer: Consumer) -> None:
        """Remove a consumer. An auto-delete queue goes with its last one.

        A new single active consumer gets nothing at once: as in RabbitMQ, something else has to happen to the queue.
        """
        self.consumers.remove(consumer)
        if self.auto_delete and not self.consumers:
            self.vhost.queues.delete(self)
        else:
            self.touch()

    def detach(self, session: SessionPort, deliveries: Iterable[Delivery]) -> None:
        """A session ends: its consumers go, what it had not settled comes back."""
        mine = self.consumers.of(session)
        for consumer in mine:
            self.consumers.remove(consumer)
        if mine and self.auto_delete and not self.consumers:
            self.vhost.queues.delete(self)
            return
        self.touch()
        back, _ = self._settled(deliveries)
        self._put_back(back)
        self.run()

    def unblock(self, session: SessionPort) -> None:
        """A consumer has been given credit, or its session has room for what is delivered."""
        if self.consumers.unblock(session):
            self.run()

    def resume(self, session: SessionPort) -> None:
        """The session's limit has room again, or its connection reads again."""
        if self.consumers.resume(session):
            self.run()

    # --- the whole queue

    def crashed(self, letters: Sequence[Message] | None = None) -> AMQPError:
        """The queue crashed, and starts again as after a power cut.

        What is persistent in a durable queue is left, all of it as redelivered. Consumers are told that the queue is
        gone.

        :param letters: dead letters that have not left it; None when it crashed over a command.
        :return: the error that closes the client's connection, when a command did it.
        """
        store, consumers = self._store, list(self.consumers)
        for message in [*(letters or ()), *(delivery.message for delivery in self._unacked)]:
            store.ready.put_back(message)
        self._forget_sessions()
        store.keep(message for message in store.ready if self.durable and message.persistent)
        for message in store.ready:
            message.redelivered = True
        if self._watcher is not None:
            self._watcher.kept(self, self.ready, "the queue has crashed")
        for consumer in consumers:
            consumer.session.cancelled(consumer)
        return self.crash()

    def check_deletion(self, if_unused: bool, if_empty: bool) -> None:
        """Check that the queue may be deleted.

        :raises AMQPError: precondition-failed when it is used or not empty, and must be neither.
        """
        if if_empty and self._store.ready:
            raise AMQPError("precondition-failed", f"{self.resource} not empty")
        if if_unused and self.consumers:
            raise AMQPError("precondition-failed", f"{self.resource} in use")

    def policy_changed(self) -> None:
        """Arguments and policies make new settings; what is then too much, or dead, goes."""
        self.settings = merge_settings(self.arguments, self.vhost.policies.for_queue(self.name, self.type))
        self._store.configure(self.settings, self._drops_head())
        self._ttl.stop()
        self._ttl.expires = self.settings.expires
        self.touch()
        self._store.drop_head()
        self._store.drop_expired()
        self.send_dead_letters()

    def restart(self) -> None:
        """What a broker's restart leaves of a durable queue: its persistent messages.

        Those of them that were delivered and not settled come again as redelivered.
        """
        store = self._store
        for delivery in self._unacked:
            delivery.message.redelivered = True
            store.ready.put_back(delivery.message)
        self._forget_sessions()
        store.keep(message for message in store.ready if message.persistent)
        if self._watcher is not None:
            self._watcher.kept(self, self.ready, "restart")
        self.touch()
        store.drop_expired()
        self.send_dead_letters()

    def _forget_messages(self) -> None:
        self._store.clear()

    def close(self) -> None:
        """Leave nothing pending in the clock; nothing is delivered any more."""
        super().close()
        self._store.close()

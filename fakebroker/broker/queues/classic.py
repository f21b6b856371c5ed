"""A classic queue: what waits, what is out, who consumes (RabbitMQ 3.10: rabbit_amqqueue_process).

Everything happens at once and in one order, which is the one a client of RabbitMQ sees when it lets each step come to
its end: a message goes to a consumer that can take it before it would wait; settling a message gives credit back before
the next is sent; what was rejected leaves before that, and what else has died after it.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from fakebroker.broker.message import Message, Messages
from fakebroker.broker.queues.backlog import Backlog
from fakebroker.broker.queues.consumer import Consumer, Deliveries, Delivery
from fakebroker.broker.queues.consumers import Consumers
from fakebroker.broker.queues.settings import merge_settings
from fakebroker.broker.stats import MessageStats
from fakebroker.broker.timer import Timer, milliseconds
from fakebroker.erlang.compare import as_bytes
from fakebroker.errors import AMQPError
from fakebroker.values import Table

if TYPE_CHECKING:
    from fakebroker.broker.channel.publisher import Publisher
    from fakebroker.broker.channel.session import Session
    from fakebroker.broker.vhost import VirtualHost


class Queue(Backlog):
    """A queue of a virtual host. Made by :meth:`fakebroker.broker.queues.registry.Queues.declare`.

    ``owner`` is the connection to which an exclusive queue belongs, else None.
    """

    kind: ClassVar[str] = "queue"
    type: ClassVar[str] = "classic"
    recoverable: ClassVar[bool] = True  # can messages be requeued?
    slow: ClassVar[bool] = False  # do other nodes have to agree to all that it does?

    def __init__(
        self,
        vhost: VirtualHost,
        name: str,
        durable: bool = False,
        auto_delete: bool = False,
        arguments: Table | None = None,
        owner: Hashable | None = None,
    ) -> None:
        super().__init__(vhost, name, dict(arguments or {}))
        self.durable = durable
        self.auto_delete = auto_delete
        self.owner = owner
        self.counts = MessageStats()
        self.consumers = Consumers(limited=not self.slow)
        self.active: Consumer | None = None  # the exclusive one, or the single active one
        self.single_active = self.arguments.get("x-single-active-consumer") is True
        self._unacked: dict[Delivery, None] = {}
        self._running: list[bool] = []  # not empty while it runs; attributes of what is sealed are set slowly
        self._idle = Timer(self._clock)
        self.deleted = False
        self._begin()
        self.touch()

    def __repr__(self) -> str:
        flags = [flag for flag in ("durable", "auto_delete", "exclusive") if getattr(self, flag)]
        counts = f"{len(self._ready)} ready, {len(self._unacked)} unacked, {len(self.consumers)} consumers"
        return f"<Queue {' '.join([repr(self.name), *flags])} in {self.vhost_name!r}: {counts}>"

    @staticmethod
    def check_properties(name: str, vhost: str, durable: bool, auto_delete: bool, owner: Hashable | None) -> None:
        """Check what queues of this kind can't be: a classic one can be all."""

    def _begin(self) -> None:
        """What other kinds of queues keep beyond the rest."""

    # --- looking

    @property
    def unacked(self) -> list[Delivery]:
        """What was delivered and is not settled, in the order it was delivered."""
        return list(self._unacked)

    @property
    def consumer_count(self) -> int:
        """How many consumers declare-ok tells."""
        return len(self.consumers)

    # --- messages in

    def publish(self, message: Message, publisher: Publisher | None = None) -> bool:
        """Take a message, which from now on belongs to this queue; False when the queue is full and refuses it. Nobody
        publishes dead letters."""
        limited = self.settings.limited
        if limited and self._refuses(message):
            if self.settings.overflow == "reject-publish-dlx":
                self._letters.append((message, "maxlen"))
                self._send_letters()
            return False
        message.expires = self._expires_at(message)
        if self._pass_on(message):
            return True
        if self.settings.message_ttl == 0 and self.settings.dead_letter_exchange is None:
            return True
        self._ready.append(message)
        if limited and self._over_limit():
            self._drop_head()
            self._drop_expired()
        elif message.expires is not None and len(self._ready) == 1:
            self._drop_expired()
        if self._letters:
            self._send_letters()
        return True

    def publish_all(self, alike: Messages) -> None:
        """Take messages together, which from now on belong to this queue."""
        self._ready.append_all(alike)
        if len(self._ready) == len(alike):  # nobody waits before them
            self.run()

    def _pass_on(self, message: Message) -> bool:
        """Hand a new message to a consumer that can take it, when none waits before it."""
        if self._ready or self._running:
            return False
        consumer = self._next_consumer()
        if consumer is None:
            return False
        self._ready.bypass(message)
        self._send(consumer, message)
        return True

    # --- messages out

    def get(self, session: Session, no_ack: bool) -> Delivery | None:
        """Take the next message for basic.get, None when there is none."""
        self.touch()
        if not self._ready:
            return None
        message = self._ready.pop()
        self._drop_expired()
        delivery = session.fetched(self, message, no_ack)
        if not no_ack:
            self._unacked[delivery] = None
        self._send_letters()
        return delivery

    def run(self) -> None:
        """Send waiting messages as long as there is a consumer that can take one."""
        if self._running:
            return
        self._running.append(True)
        try:
            self._send_ready()
        except Exception:
            self.crashed([])  # what waits may be counted wrongly
            raise
        finally:
            self._running.clear()
        self._send_letters()

    def _send_ready(self) -> None:
        while self._ready:
            consumer = self._next_consumer()
            if consumer is None:
                break
            if self._ready.alike:
                self._send_alike(consumer)
                continue
            message = self._ready.pop()
            self._drop_expired()
            self._send(consumer, message)

    def _next_consumer(self) -> Consumer | None:
        if not self.single_active:
            return self.consumers.next()
        return None if self.active is None else self.consumers.only(self.active)

    def _send(self, consumer: Consumer, message: Message) -> None:
        delivery = Delivery(consumer.session, self, message, consumer)
        if not consumer.no_ack:
            self._unacked[delivery] = None
        self._add_headers(delivery)
        consumer.session.mailbox.put(delivery)

    def _send_alike(self, consumer: Consumer) -> None:
        """Send a consumer what came together, as much of it as it can take before it is somebody else's turn."""
        more = self.consumers.admit_more(consumer, self._ready.alike - 1)
        deliveries = Deliveries(consumer, self._ready.pop_alike(1 + more))
        self._drop_expired()
        self._unacked.update(dict.fromkeys(deliveries.each))
        consumer.session.mailbox.put(deliveries)

    def _add_headers(self, delivery: Delivery) -> None:
        """What other kinds of queues add to a message for its consumer."""

    # --- messages settled

    def acked(self, deliveries: Iterable[Delivery]) -> None:
        """Forget messages that a session acknowledged."""
        _, unblocked = self._settled(deliveries)
        if unblocked:
            self.run()

    def requeue(self, deliveries: Iterable[Delivery]) -> None:
        """Put messages back to where they were."""
        back, _ = self._settled(deliveries)
        self._put_back(back)
        self.run()

    def discard(self, deliveries: Iterable[Delivery]) -> None:
        """Drop messages that a session rejected; they become dead letters where the queue has an exchange for them."""
        dropped, unblocked = self._settled(deliveries)
        self._letters.extend((delivery.message, "rejected") for delivery in dropped)
        self._send_letters()
        if unblocked:
            self.run()

    def _settled(self, deliveries: Iterable[Delivery]) -> tuple[list[Delivery], bool]:
        """Forget deliveries and give their credit back.

        :return: those that were outstanding (a restart may have come between), and whether a consumer that could not
            go on now can.
        """
        known = [delivery for delivery in deliveries if delivery in self._unacked]
        counts: dict[Consumer, int] = {}
        for delivery in known:
            del self._unacked[delivery]
            if delivery.consumer is not None:
                counts[delivery.consumer] = counts.get(delivery.consumer, 0) + 1
        unblocked = [self.consumers.settled(consumer, count) for consumer, count in counts.items()]
        return known, any(unblocked)

    def _put_back(self, deliveries: Iterable[Delivery]) -> None:
        for delivery in deliveries:
            delivery.message.redelivered = True
            self._ready.put_back(delivery.message)
        if self._over_limit():
            self._drop_head()
        self._drop_expired()

    # --- consumers

    def consume(self, consumer: Consumer) -> None:
        """Add a consumer; :meth:`run` then sends it what waits.

        :raises AMQPError: access-refused when the queue is in exclusive use, or can't be.
        """
        refused = consumer.exclusive if self.single_active else self._excludes(consumer)
        if refused:
            raise AMQPError("access-refused", f"{self.resource} in exclusive use")
        self._add(consumer)
        if consumer.exclusive:
            self.active = consumer

    def _add(self, consumer: Consumer) -> None:
        self.consumers.add(consumer)
        self._idle.cancel()
        if self.single_active and self.active is None:
            self.active = consumer

    def _excludes(self, consumer: Consumer) -> bool:
        return self.active is not None or (consumer.exclusive and len(self.consumers) > 0)

    def cancel(self, consumer: Consumer) -> None:
        """Remove a consumer. An auto-delete queue goes with its last one.

        A new single active consumer gets nothing at once: as in RabbitMQ, something else has to happen to the queue.
        """
        self.consumers.remove(consumer)
        self._gone(consumer)
        if self.auto_delete and not self.consumers:
            self.vhost.queues.delete(self)
        else:
            self.touch()

    def detach(self, session: Session, deliveries: Iterable[Delivery]) -> None:
        """A session ends: its consumers go, what it had not settled comes back."""
        mine = self.consumers.of(session)
        for consumer in mine:
            self.consumers.remove(consumer)
            self._gone(consumer)
        if mine and self.auto_delete and not self.consumers:
            self.vhost.queues.delete(self)
            return
        self.touch()
        back, _ = self._settled(deliveries)
        self._put_back(back)
        self.run()

    def _gone(self, consumer: Consumer) -> None:
        if consumer is self.active:
            self.active = self.consumers.first() if self.single_active else None

    def unblock(self, session: Session) -> None:
        """A consumer has been given credit, or its session has room for what is delivered."""
        if self.consumers.unblock(session):
            self.run()

    def resume(self, session: Session) -> None:
        """The session's limit has room again, or its connection reads again."""
        if self.consumers.resume(session):
            self.run()

    # --- crashes

    def crashed(self, letters: Sequence[Message] | None = None) -> AMQPError:
        """The queue crashed, over dead letters maybe, and starts again, as after a power cut: what is persistent in a
        durable queue is left, all of it as redelivered. Consumers are told that the queue is gone."""
        consumers = list(self.consumers)
        for message in [*(letters or ()), *(delivery.message for delivery in self._unacked)]:
            self._ready.put_back(message)
        self._forget_sessions()
        kept = [message for message in self._ready if self.durable and message.persistent]
        self._ready = self._make_ready()
        for message in kept:
            message.redelivered = True
            self._ready.append(message)
        for consumer in consumers:
            consumer.session.cancelled(consumer)
        return self.crash()

    # --- disuse

    def touch(self) -> None:
        """The queue was used: the time of ``x-expires`` begins anew, if nobody consumes."""
        if self.settings.expires is None or self.consumers or self.deleted:
            self._idle.cancel()
        else:
            self._idle.set(milliseconds(self._clock) + self.settings.expires, self._unused)

    def _unused(self) -> None:
        self.vhost.queues.delete(self)

    # --- the whole queue

    def check_deletion(self, if_unused: bool, if_empty: bool) -> None:
        """Check that the queue may be deleted.

        :raises AMQPError: precondition-failed when it is used or not empty, and must be neither.
        """
        if if_empty and self._ready:
            raise AMQPError("precondition-failed", f"{self.resource} not empty")
        if if_unused and self.consumers:
            raise AMQPError("precondition-failed", f"{self.resource} in use")

    def abandon(self) -> None:
        """The queue is gone: tell its consumers; those of one channel in the order of their tags, as RabbitMQ does.

        Its messages are gone with it, though a session may hold the queue still because of what it has not settled.
        """
        for consumer in sorted(self.consumers, key=lambda consumer: as_bytes(consumer.tag)):
            consumer.session.limiter.forget(self)
            consumer.session.cancelled(consumer)
        self.forget()

    def forget(self) -> None:
        """Hold nothing any more: messages, consumers, what they have not settled."""
        self._forget_sessions()
        self._forget_messages()

    def policy_changed(self) -> None:
        """Arguments and policies make new settings; what is then too much, or dead, goes."""
        self.settings = merge_settings(self.arguments, self.vhost.policies.for_queue(self.name, self.type))
        self._idle.cancel()
        self.touch()
        self._drop_head()
        self._drop_expired()
        self._send_letters()

    def restart(self) -> None:
        """What a broker's restart leaves of a durable queue: its persistent messages; of those, the ones that were out
        come as redelivered."""
        for delivery in self._unacked:
            delivery.message.redelivered = True
            self._ready.put_back(delivery.message)
        self._forget_sessions()
        kept = [message for message in self._ready if message.persistent]
        self._ready = self._make_ready()
        for message in kept:
            self._ready.append(message)
        self.touch()
        self._drop_expired()
        self._send_letters()

    def _forget_sessions(self) -> None:
        self._unacked.clear()
        self.consumers = Consumers(limited=not self.slow)
        self.active = None

    def close(self) -> None:
        """Leave nothing pending in the clock; nothing is delivered any more."""
        self.deleted = True
        self._expiry.cancel()
        self._idle.cancel()

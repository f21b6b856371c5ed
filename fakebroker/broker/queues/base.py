"""What all types of queues have in common, and what they need of their virtual host.

A queue has parts: its consumers (:mod:`fakebroker.broker.queues.consumers`), what is delivered and not yet settled,
the time after which it goes when nobody uses it (:mod:`fakebroker.broker.queues.queue_ttl`), its crashes. A type of
queue adds where it keeps messages: a store (classic and quorum queues) or a log (streams).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Container, Hashable, Iterable, Mapping, Sequence
from typing import ClassVar, NamedTuple, Protocol

from fakebroker.broker.common import Belongs, Common
from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Consumer, Delivery, MailboxPort, SessionPort
from fakebroker.broker.queues.consumers import Consumers
from fakebroker.broker.queues.crashes import Crashes
from fakebroker.broker.queues.dead_letter_dispatch import DeadLetterDispatch
from fakebroker.broker.queues.dead_letters import DeadLetterTarget
from fakebroker.broker.queues.queue_ttl import QueueTtl
from fakebroker.broker.queues.ready import Ready
from fakebroker.broker.queues.settings import merge_settings
from fakebroker.broker.queues.single_active_consumer import SingleActiveConsumers
from fakebroker.broker.resource_names import locked, resource
from fakebroker.broker.stats import MessageStats
from fakebroker.erlang.compare import as_bytes
from fakebroker.errors import AMQPError, crash
from fakebroker.validation import Sealed
from fakebroker.values import Table, Value


class QueuePolicies(Protocol):
    """What a queue needs of the policies of its virtual host."""

    def for_queue(self, name: str, queue_type: str, /) -> Mapping[str, Value]:
        """The definition that applies to a queue."""


class QueueRegistry(Protocol):
    """What a queue needs of the registry that it stands in."""

    @property
    def dead_letters(self) -> DeadLetterDispatch: ...

    def delete(self, queue: Queue, /) -> int:
        """Remove a queue."""


class QueueHost(Protocol):
    """What a queue needs of its virtual host."""

    @property
    def name(self) -> str: ...

    @property
    def common(self) -> Common: ...

    @property
    def queues(self) -> QueueRegistry: ...

    @property
    def policies(self) -> QueuePolicies: ...

    @property
    def exchanges(self) -> Container[str]: ...

    def deliver(self, message: Message, /) -> Sequence[DeadLetterTarget]:
        """The queues that a message goes to."""


class PublisherPort(Protocol):
    """What a queue needs of whoever publishes to it."""

    @property
    def mailbox(self) -> MailboxPort: ...


class QueueDeclaration(NamedTuple):
    """What queue.declare asks for. ``owner`` is the connection to which an exclusive queue belongs, else None."""

    name: str
    durable: bool
    auto_delete: bool
    arguments: Table
    owner: Hashable | None


class Queue(Sealed):
    """A queue of a virtual host. Made by :meth:`fakebroker.broker.queues.registry.Queues.declare`.

    ``owner`` is the connection to which an exclusive queue belongs, else None.
    """

    kind: ClassVar[str] = "queue"
    type: ClassVar[str]
    recoverable: ClassVar[bool] = True  # can messages be requeued?
    slow: ClassVar[bool] = False  # must other nodes agree to all that it does?
    vhost = Belongs[QueueHost]()

    def __init__(self, vhost: QueueHost, declared: QueueDeclaration) -> None:
        self.vhost = vhost
        self.vhost_name = vhost.name
        self.name = declared.name
        self.durable = declared.durable
        self.auto_delete = declared.auto_delete
        self.arguments: Table = dict(declared.arguments)
        self.owner = declared.owner
        self.counts = MessageStats()
        self.deleted = False
        self.consumers = self._no_consumers()
        self.settings = merge_settings(self.arguments, vhost.policies.for_queue(self.name, self.type))
        self._clock = vhost.common.clock
        self._watcher = vhost.common.watcher
        self._unacked: dict[Delivery, None] = {}
        self._ttl = QueueTtl(self._clock, self.settings.expires)
        self._crashes = Crashes()

    def __repr__(self) -> str:
        flags = [flag for flag in ("durable", "auto_delete", "exclusive") if getattr(self, flag)]
        counts = f"{len(self.ready)} ready, {len(self._unacked)} unacked, {len(self.consumers)} consumers"
        return f"<Queue {' '.join([repr(self.name), *flags])} in {self.vhost_name!r}: {counts}>"

    @staticmethod
    def check_properties(name: str, vhost: str, durable: bool, auto_delete: bool, owner: Hashable | None) -> None:
        """Check what queues of this type can't be.

        :raises AMQPError: precondition-failed.
        """

    def _no_consumers(self) -> Consumers:
        return (SingleActiveConsumers if self.single_active else Consumers)(limited=not self.slow)

    # --- looking

    @property
    def resource(self) -> str:
        return resource("queue", self.name, self.vhost_name)

    @property
    def exclusive(self) -> bool:
        return self.owner is not None

    @property
    def single_active(self) -> bool:
        """Does only one of its consumers get messages?"""
        return self.arguments.get("x-single-active-consumer") is True

    @property
    def active(self) -> Consumer | None:
        """The exclusive consumer, or the single active one."""
        return self.consumers.active

    @property
    @abstractmethod
    def ready(self) -> list[Message]:
        """The messages that wait, the next to leave first."""

    @property
    @abstractmethod
    def entries(self) -> Iterable[Message | Iterable[Message]]:
        """The messages that wait as they are kept, each alone or a batch of them, in any order."""

    @property
    @abstractmethod
    def message_count(self) -> int:
        """How many messages wait: the number that declare-ok tells."""

    @property
    @abstractmethod
    def ready_octets(self) -> int:
        """How many octets the bodies of the messages that wait have together."""

    @property
    def unacked(self) -> list[Delivery]:
        """What was delivered and is not settled, in the order of delivery."""
        return list(self._unacked)

    @property
    def delete_count(self) -> int:
        """How many messages go with the queue: the number that delete-ok tells."""
        return self.message_count

    @property
    def consumer_count(self) -> int:
        """How many consumers declare-ok tells."""
        return len(self.consumers)

    def check_access(self, owner: Hashable | None) -> None:
        """Only the connection that owns an exclusive queue may use it.

        :raises AMQPError: resource-locked.
        """
        if self.owner is not None and self.owner is not owner:
            raise locked(self.resource)

    # --- messages

    def place_for_batch(self, like: Message) -> Ready | None:
        """Where a batch of messages like this one may wait. None if something can happen here to one of them alone."""
        return None

    @abstractmethod
    def publish(self, message: Message, publisher: PublisherPort | None = None) -> bool:
        """Take a message, which from now on belongs to this queue; False when the queue refuses it.

        :param publisher: None for a dead letter.
        """

    @abstractmethod
    def get(self, session: SessionPort, no_ack: bool) -> Delivery | None:
        """Take the next message for basic.get, None when there is none."""

    @abstractmethod
    def run(self) -> None:
        """Send messages as long as there is a consumer that can take one."""

    @abstractmethod
    def acked(self, deliveries: Iterable[Delivery]) -> None:
        """Forget messages that a session acknowledged."""

    @abstractmethod
    def requeue(self, deliveries: Iterable[Delivery]) -> None:
        """Put messages back."""

    @abstractmethod
    def discard(self, deliveries: Iterable[Delivery]) -> None:
        """Drop messages that a session rejected."""

    def restore(self, messages: Sequence[Message]) -> None:
        """Put messages that have left, and that nobody has got, back to the front, in this order."""
        raise NotImplementedError

    @abstractmethod
    def purge(self) -> int:
        """Drop what waits, with no dead letters.

        :return: how many messages that were.
        """

    def _settled(self, deliveries: Iterable[Delivery], how: str = "") -> tuple[list[Delivery], bool]:
        """Forget deliveries and give their credit back.

        :param how: what a watcher is told: ``ack``, ``requeue`` or ``discard``; empty where the session has ended.
        :return: those that were outstanding (after a restart none is), and whether a consumer that could not take a
            message now can.
        """
        known = [delivery for delivery in deliveries if delivery in self._unacked]
        if self._watcher is not None and how:
            self._watcher.settled(how, known)
        counts: dict[Consumer, int] = {}
        for delivery in known:
            del self._unacked[delivery]
            if delivery.consumer is not None:
                counts[delivery.consumer] = counts.get(delivery.consumer, 0) + 1
        unblocked = [self.consumers.settled(consumer, count) for consumer, count in counts.items()]
        return known, any(unblocked)

    # --- consumers

    @abstractmethod
    def consume(self, consumer: Consumer) -> None:
        """Add a consumer; :meth:`run` then sends it what waits.

        :raises AMQPError: when the queue can't have it.
        """

    def _add(self, consumer: Consumer, exclusive: bool = False) -> None:
        self.consumers.add(consumer, exclusive)
        self._ttl.stop()

    @abstractmethod
    def cancel(self, consumer: Consumer) -> None:
        """Remove a consumer."""

    @abstractmethod
    def detach(self, session: SessionPort, deliveries: Iterable[Delivery]) -> None:
        """A session ends: its consumers go, what it had not settled comes back."""

    @abstractmethod
    def unblock(self, session: SessionPort) -> None:
        """A consumer has been given credit, or its session has room for what is delivered."""

    @abstractmethod
    def resume(self, session: SessionPort) -> None:
        """The session's limit has room again, or its connection reads again."""

    # --- crashes

    def crash(self) -> AMQPError:
        """RabbitMQ's process for the queue crashes over something a client has sent.

        :return: the error that closes the client's connection.
        """
        self._crashes.add(self._clock.seconds())
        return crash()

    def check_alive(self) -> None:
        """A queue that crashed too often in a short time is not started again.

        :raises AMQPError: not-found.
        """
        if self._crashes.too_many:
            raise AMQPError("not-found", f"{self.resource} has crashed and failed to restart")

    def crashed(self, letters: Sequence[Message] | None = None) -> AMQPError:
        """The queue crashed and starts again.

        :param letters: dead letters that have not left it; None when it crashed over a command.
        :return: the error that closes the client's connection, when a command did it.
        """
        raise NotImplementedError

    # --- the whole queue

    def touch(self) -> None:
        """The queue was used. If nobody consumes from it, the time of ``x-expires`` begins anew."""
        if self.consumers or self.deleted:
            self._ttl.stop()
        else:
            self._ttl.restart(self._unused)

    def _unused(self) -> None:
        self.vhost.queues.delete(self)

    def check_deletion(self, if_unused: bool, if_empty: bool) -> None:
        """Check that the queue may be deleted.

        :raises AMQPError: when it may not.
        """

    def abandon(self) -> None:
        """The queue is gone: tell its consumers, those of one channel in the order of their tags, as RabbitMQ does.

        Its messages are gone too. A session that has not settled all of them may still hold the queue.
        """
        for consumer in sorted(self.consumers, key=lambda consumer: as_bytes(consumer.tag)):
            consumer.session.limiter.forget(self)
            consumer.session.cancelled(consumer)
        self.forget()

    def forget(self) -> None:
        """Hold nothing any more: messages, consumers, what they have not settled."""
        self._forget_sessions()
        self._forget_messages()

    def _forget_sessions(self) -> None:
        self._unacked.clear()
        self.consumers = self._no_consumers()

    @abstractmethod
    def _forget_messages(self) -> None: ...

    @abstractmethod
    def policy_changed(self) -> None:
        """Other policies apply: take over what they say."""

    @abstractmethod
    def restart(self) -> None:
        """Lose what a broker's restart loses of a durable queue."""

    def close(self) -> None:
        """Leave nothing pending in the clock; nothing is delivered any more."""
        self.deleted = True
        self._ttl.stop()

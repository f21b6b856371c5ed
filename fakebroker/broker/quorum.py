"""Quorum queues (RabbitMQ 3.10: rabbit_quorum_queue, rabbit_fifo), as a client of a single node sees them."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar

from fakebroker.broker.consumer import Consumer, Delivery
from fakebroker.broker.message import Message
from fakebroker.broker.names import resource
from fakebroker.broker.queue import Queue
from fakebroker.broker.ready import ReturnsFirst
from fakebroker.errors import AMQPError
from fakebroker.values import Int64

if TYPE_CHECKING:
    from fakebroker.broker.session import Session

DEFAULT_CREDIT = 2000
"""How many messages a consumer without a prefetch limit gets before it has to acknowledge."""

_LOW_WATER = 0.8  # of the maximum: a queue that refused messages takes them again from here on


class QuorumQueue(Queue):
    """Always durable, never exclusive nor auto-delete; counts how often each message came back."""

    type: ClassVar[str] = "quorum"
    _ready: ReturnsFirst
    _refusing = False

    @staticmethod
    def check_properties(name: str, vhost: str, durable: bool, auto_delete: bool, owner: Hashable | None) -> None:
        """Check what queues of this kind can't be.

        :raises AMQPError: precondition-failed.
        """
        wrong = {"auto-delete": auto_delete, "exclusive-owner": owner is not None, "non-durable": not durable}
        for what, is_so in wrong.items():
            if is_so:
                text = f"invalid property '{what}' for {resource('queue', name, vhost)}"
                raise AMQPError("precondition-failed", text)

    @property
    def consumer_count(self) -> int:
        """What has been fetched by basic.get counts as a consumer until it is settled."""
        return len(self.consumers) + sum(delivery.consumer is None for delivery in self._unacked)

    def _make_ready(self) -> ReturnsFirst:
        return ReturnsFirst()

    # --- messages

    def publish(self, message: Message) -> bool:
        """Take a message. One that fills the queue beyond its limit is taken still, those after it are refused."""
        if not super().publish(message):
            return False
        if self.settings.overflow == "reject-publish" and self._exceeds(len(self._ready), self._ready.bytes):
            self._refusing = True
        return True

    def _refuses(self, message: Message) -> bool:
        if self._refusing and not self._exceeds(len(self._ready), self._ready.bytes, _LOW_WATER):
            self._refusing = False
        return self._refusing

    def _over_limit(self) -> bool:
        return self.settings.overflow != "reject-publish" and self._exceeds(len(self._ready), self._ready.bytes)

    def get(self, session: Session, no_ack: bool) -> Delivery | None:
        """Take the next message; it tells how often it came back, be it never.

        :raises AMQPError: resource-locked on a queue with a single active consumer.
        """
        if self.single_active:
            text = (
                f"cannot obtain access to locked {self.resource}. basic.get operations are not supported by quorum "
                f"queues with single active consumer"
            )
            raise AMQPError("resource-locked", text)
        delivery = super().get(session, no_ack)
        if delivery is not None:
            delivery.add_header("x-delivery-count", Int64(delivery.message.returns))
        return delivery

    def _dress(self, delivery: Delivery) -> None:
        if delivery.message.returns:
            delivery.add_header("x-delivery-count", Int64(delivery.message.returns))

    def requeue(self, deliveries: Iterable[Delivery]) -> None:
        """Put messages back: to the end of the queue, or with a delivery limit before all others."""
        back, _ = self._settled(deliveries)
        if self.settings.delivery_limit is None:
            for delivery in back:
                self._count_return(delivery.message)
                self._ready.append(delivery.message)
        else:
            self._put_back(back)
        self.run()

    def _put_back(self, deliveries: Iterable[Delivery]) -> None:
        limit = self.settings.delivery_limit
        for message in (delivery.message for delivery in deliveries):
            self._count_return(message)
            if limit is not None and message.returns > limit:
                self._letters.append((message, "delivery_limit"))
            else:
                self._ready.put_back(message)

    @staticmethod
    def _count_return(message: Message) -> None:
        message.returns += 1
        message.redelivered = True

    # --- consumers

    def consume(self, consumer: Consumer) -> None:
        """Add a consumer. There is no exclusive use of a quorum queue: RabbitMQ 3.10 passes over the wish.

        :raises AMQPError: not-implemented when the channel has a limit for all its consumers.
        """
        if consumer.session.limiter.active:
            raise AMQPError("not-implemented", f"{self.resource} does not support global qos")
        if consumer.credit is None and not consumer.no_ack:
            consumer.credit = DEFAULT_CREDIT
        self._add(consumer)

    def cancel(self, consumer: Consumer) -> None:
        """Remove a consumer; where another one becomes the single active one, it gets what waits."""
        super().cancel(consumer)
        self.run()

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
        """Over a command only the channel crashes."""
        if letters is not None:
            return super().crashed(letters)
        return AMQPError("internal-error", "", method=(0, 0))

    def restart(self) -> None:
        """All messages survive, and those that were out have come back once more."""
        outstanding = self.unacked
        self._forget_sessions()
        self._put_back(outstanding)
        self.touch()
        self._drop_expired()
        self._send_letters()

"""Streams (RabbitMQ 3.10: rabbit_stream_queue) as AMQP 0-9-1 shows them: a log that consumers read from an offset.

What is kept is kept for ever: RabbitMQ applies ``x-max-age`` and ``x-max-length-bytes`` to whole segments of 500 MB.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar

from fakebroker.broker.message import Message, MessageContent, Messages
from fakebroker.broker.queues.arguments import age_in_seconds
from fakebroker.broker.queues.classic import Queue
from fakebroker.broker.queues.consumer import Consumer, Delivery
from fakebroker.broker.queues.quorum import QuorumQueue
from fakebroker.broker.timer import milliseconds
from fakebroker.erlang.compare import as_bytes
from fakebroker.errors import AMQPError
from fakebroker.values import Int64, Nested, Timestamp

if TYPE_CHECKING:
    from fakebroker.broker.channel.publisher import Publisher
    from fakebroker.broker.channel.session import Session


class StreamQueue(Queue):
    """Messages are never taken out. Each consumer has a place in the log and credit, which acknowledging restores."""

    type: ClassVar[str] = "stream"
    recoverable: ClassVar[bool] = False

    @staticmethod
    def check_properties(name: str, vhost: str, durable: bool, auto_delete: bool, owner: Hashable | None) -> None:
        """Check what queues of this kind can't be.

        :raises AMQPError: precondition-failed.
        """
        QuorumQueue.check_properties(name, vhost, durable, auto_delete, owner)

    def _begin(self) -> None:
        self._log: list[Message] = []
        self._times: list[int] = []  # when each was published
        self._places: dict[Consumer, int] = {}  # the offset each consumer reads next

    # --- looking

    @property
    def ready(self) -> list[Message]:
        return list(self._log)

    @property
    def entries(self) -> Iterable[Message | Messages]:
        return self._log

    @property
    def ready_octets(self) -> int:
        return sum(len(message.body) for message in self._log)

    @property
    def message_count(self) -> int:
        return len(self._log)

    @property
    def delete_count(self) -> int:
        """RabbitMQ tells 0, however many there are."""
        return 0

    @property
    def consumer_count(self) -> int:
        """RabbitMQ tells 0, however many there are."""
        return 0

    # --- messages

    def publish(self, message: Message, publisher: Publisher | None = None) -> bool:
        """Append a message, as far as the log's own form has a place for what it says. Dead letters are lost here.

        :raises AMQPError: internal-error for a decimal among the headers.
        """
        if publisher is None:
            return True
        message.content = _kept(message.content)
        self._log.append(message)
        self._times.append(milliseconds(self._clock))
        self.run()
        return True

    def takes_together(self, alike: Messages) -> bool:
        """A log has a place and a time for each."""
        return False

    def run(self) -> None:
        """Let each consumer read as far as its credit goes, the last tag first as in RabbitMQ 3.10."""
        for consumer in sorted(self._places, key=lambda consumer: as_bytes(consumer.tag), reverse=True):
            while self._may_read(consumer):
                offset = self._places[consumer]
                self._places[consumer] = offset + 1
                assert consumer.credit is not None
                consumer.credit -= 1
                self._send(consumer, self._log[offset])

    def _may_read(self, consumer: Consumer) -> bool:
        place = self._places.get(consumer)
        if place is None or place >= len(self._log) or not consumer.credit:
            return False
        return not consumer.session.mailbox.turns_away(self)

    def _add_headers(self, delivery: Delivery) -> None:
        assert delivery.consumer is not None
        delivery.add_header("x-stream-offset", Int64(self._places[delivery.consumer] - 1))

    def get(self, session: Session, no_ack: bool) -> Delivery | None:
        """There is no such thing.

        :raises AMQPError: not-implemented.
        """
        raise AMQPError("not-implemented", f"basic.get not supported by stream queues {self.resource}")

    def acked(self, deliveries: Iterable[Delivery]) -> None:
        """Give the credit back."""
        self._settled(deliveries)
        self.run()

    def requeue(self, deliveries: Iterable[Delivery]) -> None:
        """There is no such thing.

        :raises AMQPError: not-implemented.
        """
        raise AMQPError(
            "not-implemented", f"basic.nack and basic.reject not supported by stream queues {self.resource}"
        )

    discard = requeue

    # --- consumers

    def consume(self, consumer: Consumer) -> None:
        """Add a consumer, at its offset.

        :raises AMQPError: precondition-failed without a prefetch limit; not-implemented without acknowledgements, or
            when the channel has a limit for all its consumers; internal-error for an offset of a wrong type.
        """
        if not consumer.prefetch:
            text = f"consumer prefetch count is not set for '{self.resource}'"
            raise AMQPError("precondition-failed", text)
        if consumer.no_ack:
            text = f"automatic acknowledgement not supported by stream queues {self.resource}"
            raise AMQPError("not-implemented", text)
        if consumer.session.limiter.active:
            raise AMQPError("not-implemented", f"{self.resource} does not support global qos")
        self._places[consumer] = self._offset(consumer)
        self._add(consumer)

    def _offset(self, consumer: Consumer) -> int:
        """Where to begin: ``first``, ``last``, ``next``, an offset, a time, or an age such as ``1h``."""
        wish = consumer.arguments.get("x-stream-offset", "next")
        if isinstance(wish, bool) or not isinstance(wish, (int, str)):
            raise AMQPError("internal-error", "", method=(0, 0))
        if isinstance(wish, Timestamp):
            return self._first_since(int(wish) * 1000)
        if isinstance(wish, int):
            return max(0, int(wish))
        fixed = {"first": 0, "last": max(0, len(self._log) - 1), "next": len(self._log)}
        if wish in fixed:
            return fixed[wish]
        return self._first_since(milliseconds(self._clock) - 1000 * (age_in_seconds(wish) or 0))

    def _first_since(self, time: int) -> int:
        return next((offset for offset, at in enumerate(self._times) if at >= time), len(self._log))

    def cancel(self, consumer: Consumer) -> None:
        """Remove a consumer."""
        self._places.pop(consumer, None)
        self.consumers.remove(consumer)

    def detach(self, session: Session, deliveries: Iterable[Delivery]) -> None:
        """A session ends, and its consumers with it."""
        self._settled(deliveries)
        for consumer in self.consumers.of(session):
            self.cancel(consumer)

    def resume(self, session: Session) -> None:
        """The session's connection reads again."""
        self.run()

    unblock = resume

    # --- the whole queue

    def purge(self) -> int:
        """There is no such thing.

        :raises AMQPError: not-implemented.
        """
        raise AMQPError("not-implemented", f"queue.purge not supported by stream queues {self.resource}")

    def check_deletion(self, if_unused: bool, if_empty: bool) -> None:
        """RabbitMQ heeds neither condition."""

    def policy_changed(self) -> None:
        """None of the policies that streams know shows in a small log."""

    def restart(self) -> None:
        """The log stays."""
        self._forget_sessions()

    def _forget_sessions(self) -> None:
        super()._forget_sessions()
        self._places.clear()

    def _forget_messages(self) -> None:
        self._log.clear()
        self._times.clear()


def _kept(content: MessageContent) -> MessageContent:
    """What is left of a message in the form that streams keep: AMQP 1.0 (RabbitMQ 3.10: rabbit_msg_record).

    It has no arrays and tables among the headers, and no cluster-id; over a decimal RabbitMQ's channel crashes.
    """
    properties = content.properties
    headers = properties.headers or {}
    if any(isinstance(value, Decimal) for value in headers.values()):
        raise AMQPError("internal-error", "", method=(0, 0))
    changes: dict[str, Any] = {}
    if getattr(properties, "cluster_id", None) is not None:
        changes["cluster_id"] = None
    if any(isinstance(value, _LOST) for value in headers.values()):
        changes["headers"] = {key: value for key, value in headers.items() if not isinstance(value, _LOST)} or None
    return content.with_properties(**changes) if changes else content


_LOST = (list, dict, Nested)

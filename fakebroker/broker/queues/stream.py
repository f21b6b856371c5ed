"""Streams (RabbitMQ 3.10: rabbit_stream_queue) as AMQP 0-9-1 shows them: a log that consumers read from an offset."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import ClassVar

from fakebroker.broker.message import Message
from fakebroker.broker.queues.base import PublisherPort, Queue, QueueDeclaration, QueueHost
from fakebroker.broker.queues.consumer import Consumer, Delivery, SessionPort
from fakebroker.broker.queues.quorum import QuorumQueue
from fakebroker.broker.queues.stream_log import StreamLog
from fakebroker.erlang.compare import as_bytes
from fakebroker.errors import AMQPError
from fakebroker.values import Int64


class StreamQueue(Queue):
    """A stream has a log, and messages are never taken out of it.

    Each consumer has a place in the log, and credit for as many messages as its prefetch limit. Acknowledging gives
    credit back.
    """

    type: ClassVar[str] = "stream"
    recoverable: ClassVar[bool] = False

    @staticmethod
    def check_properties(name: str, vhost: str, durable: bool, auto_delete: bool, owner: Hashable | None) -> None:
        """Check what quorum queues and streams can't be.

        :raises AMQPError: precondition-failed.
        """
        QuorumQueue.check_properties(name, vhost, durable, auto_delete, owner)

    def __init__(self, vhost: QueueHost, declared: QueueDeclaration) -> None:
        super().__init__(vhost, declared)
        self._log = StreamLog(self._clock)
        self._places: dict[Consumer, int] = {}  # the offset each consumer reads next

    # --- looking

    @property
    def ready(self) -> list[Message]:
        return list(self._log.messages)

    @property
    def entries(self) -> Iterable[Message | Iterable[Message]]:
        return self._log.messages

    @property
    def ready_octets(self) -> int:
        return sum(len(message.body) for message in self._log.messages)

    @property
    def message_count(self) -> int:
        return len(self._log.messages)

    @property
    def delete_count(self) -> int:
        """The number that RabbitMQ tells: 0, however many there are."""
        return 0

    @property
    def consumer_count(self) -> int:
        """The number that RabbitMQ tells: 0, however many there are."""
        return 0

    # --- messages

    def publish(self, message: Message, publisher: PublisherPort | None = None) -> bool:
        """Append a message to the log. Dead letters are lost here.

        :raises AMQPError: internal-error for a decimal among the headers.
        """
        if publisher is None:
            if self._watcher is not None:
                self._watcher.ready(self, message)
                self._watcher.lost(message, "a stream takes no dead letters")
            return True
        self._log.append(message)
        if self._watcher is not None:
            self._watcher.ready(self, message)
        self.run()
        return True

    def run(self) -> None:
        """Let each consumer read as far as its credit goes. As in RabbitMQ 3.10, the last tag comes first."""
        messages = self._log.messages
        for consumer in sorted(self._places, key=lambda consumer: as_bytes(consumer.tag), reverse=True):
            while self._may_read(consumer):
                offset = self._places[consumer]
                self._places[consumer] = offset + 1
                assert consumer.credit is not None
                consumer.credit -= 1
                self._send(consumer, messages[offset])

    def _send(self, consumer: Consumer, message: Message) -> None:
        delivery = Delivery(consumer.session, self, message, consumer)
        self._unacked[delivery] = None
        delivery.add_header("x-stream-offset", Int64(self._places[consumer] - 1))
        if self._watcher is not None:
            self._watcher.underway(delivery)
        consumer.session.mailbox.put(delivery)

    def _may_read(self, consumer: Consumer) -> bool:
        place = self._places.get(consumer)
        if place is None or place >= len(self._log.messages) or not consumer.credit:
            return False
        return not consumer.session.mailbox.turns_away(self)

    def get(self, session: SessionPort, no_ack: bool) -> Delivery | None:
        """Streams know no basic.get.

        :raises AMQPError: not-implemented.
        """
        raise AMQPError("not-implemented", f"basic.get not supported by stream queues {self.resource}")

    def acked(self, deliveries: Iterable[Delivery]) -> None:
        """Give the credit back."""
        self._settled(deliveries, "ack")
        self.run()

    def requeue(self, deliveries: Iterable[Delivery]) -> None:
        """Streams know no basic.reject and basic.nack.

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
        self._places[consumer] = self._log.offset(consumer.arguments.get("x-stream-offset", "next"))
        self._add(consumer)

    def cancel(self, consumer: Consumer) -> None:
        """Remove a consumer."""
        self._places.pop(consumer, None)
        self.consumers.remove(consumer)

    def detach(self, session: SessionPort, deliveries: Iterable[Delivery]) -> None:
        """A session ends, and its consumers with it."""
        self._settled(deliveries)
        for consumer in self.consumers.of(session):
            self.cancel(consumer)

    def resume(self, session: SessionPort) -> None:
        """The session's connection reads again."""
        self.run()

    unblock = resume

    # --- the whole queue

    def purge(self) -> int:
        """Streams can't be purged.

        :raises AMQPError: not-implemented.
        """
        raise AMQPError("not-implemented", f"queue.purge not supported by stream queues {self.resource}")

    def check_deletion(self, if_unused: bool, if_empty: bool) -> None:
        """RabbitMQ ignores both conditions."""

    def policy_changed(self) -> None:
        """No policy that applies to streams shows in a small log."""

    def restart(self) -> None:
        """The log stays."""
        self._forget_sessions()

    def _forget_sessions(self) -> None:
        super()._forget_sessions()
        self._places.clear()

    def _forget_messages(self) -> None:
        self._log.clear()

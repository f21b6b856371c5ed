"""What a queue keeps of a batch, and what a consumer gets of it.

When and why there are batches: :mod:`fakebroker.broker.channel.batching`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Consumer, Delivery


class MessageBatch:
    """Messages that differ in nothing but their bodies, in one queue or on their way.

    ``first`` tells what they have in common. ``position`` is that of the first one, known from the moment they leave
    the front of their queue.
    """

    __slots__ = ("bodies", "first", "position", "taken")

    def __init__(self, first: Message, bodies: Sequence[bytes], position: int = -1) -> None:
        self.first = first
        self.bodies = bodies  # never changed: every queue that has the messages has this same list
        self.position = position
        self.taken = 0  # how many have left

    def __len__(self) -> int:
        return len(self.bodies) - self.taken

    def __getitem__(self, number: int) -> Message:
        """The one with that number, from 0 on, among those that have not left."""
        first = self.first
        content = first.content.with_body(self.body(number))
        message = Message(first.exchange, first.routing_key, content, first.more_keys)
        if self.position >= 0:
            message.position = self.position + number
        return message

    def body(self, number: int) -> bytes:
        """The body of the one with that number."""
        return self.bodies[self.taken + number]

    def __iter__(self) -> Iterator[Message]:
        return map(self.__getitem__, range(len(self)))

    def copy(self) -> MessageBatch:
        """The same messages for one more queue."""
        return MessageBatch(self.first, self.bodies[self.taken :] if self.taken else self.bodies)

    def take(self, most: int, position: int = -1) -> MessageBatch:
        """Take up to so many from the front, where the first has that position."""
        start, self.taken = self.taken, min(self.taken + most, len(self.bodies))
        bodies = self.bodies[start : self.taken] if self.taken - start < len(self.bodies) else self.bodies
        return MessageBatch(self.first, bodies, position)

    def __repr__(self) -> str:
        return f"<MessageBatch of {len(self)} like {self.first!r}>"


class DeliveryBatch(Delivery):
    """The deliveries of a batch to one consumer.

    ``tag`` is the delivery tag of the first, the others count up from there. ``singles`` are the single deliveries
    where they have to be acknowledged, and empty where they don't: then nobody asks for them again.
    """

    __slots__ = ("bodies", "count", "messages", "singles")

    def __init__(self, consumer: Consumer, messages: MessageBatch) -> None:
        super().__init__(consumer.session, consumer.queue, messages.first, consumer)
        self.messages = messages
        self.bodies = messages.bodies
        self.count = len(messages)
        self.singles: Sequence[Delivery] = ()
        if not consumer.no_ack:
            self.singles = [_BatchedDelivery(consumer, messages, number) for number in range(len(messages))]

    def unbatched(self) -> Sequence[Delivery]:
        """The single deliveries."""
        consumer = self.consumer
        return self.singles or [Delivery(self.session, self.queue, each, consumer) for each in self.messages]

    def __repr__(self) -> str:
        return f"<DeliveryBatch {self.tag} of {self.messages!r}>"


class _BatchedDelivery(Delivery):
    """One delivery of a batch. Its message is made when somebody asks for it, as nobody does who acknowledges."""

    __slots__ = ("_batch", "_number")

    def __init__(self, consumer: Consumer, batch: MessageBatch, number: int) -> None:
        # As in Delivery.__init__, a call of which takes longer than all this: there is one for each message.
        self.session = consumer.session
        self.queue = consumer.queue
        self.consumer = consumer
        self.redelivered = False
        self.tag = 0
        self.at = 0.0
        self._message = batch.first
        self._content = None
        self._batch: MessageBatch | None = batch
        self._number = number

    @property
    def message(self) -> Message:
        if self._batch is not None:
            self._message, self._batch = self._batch[self._number], None
        return self._message

    @property
    def octets(self) -> int:
        return len(self._message.body if self._batch is None else self._batch.body(self._number))


class BatchPlace(Protocol):
    """Where messages wait, with a batch at the front."""

    @property
    def batched(self) -> int:
        """How many messages it has."""

    def pop_batch(self, most: int, /) -> MessageBatch:
        """Take messages of the batch."""


def take_batch(consumer: Consumer, ready: BatchPlace) -> DeliveryBatch:
    """Take what a consumer may have of the batch at the front of its queue, before it is another one's turn.

    :param consumer: one that has been admitted for the first message.
    """
    session, consumers, more = consumer.session, consumer.queue.consumers, ready.batched - 1
    if consumers.has_limit(session) or consumers.take_turns(consumer):
        more = 0
    more = min(more, session.mailbox.room - 1)
    if consumer.credit is not None:
        more = min(more, consumer.credit)
        consumer.credit -= more
    return DeliveryBatch(consumer, ready.pop_batch(1 + more))

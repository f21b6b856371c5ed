"""Single active consumer: ``x-single-active-consumer`` (RabbitMQ 3.10: rabbit_amqqueue_process, rabbit_fifo).

One consumer gets all messages. When it goes, the next one in line takes its place.
"""

from __future__ import annotations

from fakebroker.broker.queues.consumer import Consumer, SessionPort
from fakebroker.broker.queues.consumers import Consumers


class SingleActiveConsumers(Consumers):
    """The consumers of a queue with a single active one. ``active`` is that one, None when nobody consumes."""

    __slots__ = ()

    def excludes(self, consumer: Consumer) -> bool:
        """There is no exclusive use of such a queue."""
        return consumer.exclusive

    def add(self, consumer: Consumer, exclusive: bool) -> None:
        """Add a consumer. The first to come is the active one; none has the queue for itself otherwise."""
        super().add(consumer, exclusive=False)
        if self.active is None:
            self.active = consumer

    def remove(self, consumer: Consumer) -> None:
        """The head of the line takes the place of the active one."""
        was_active = consumer is self.active
        super().remove(consumer)
        if was_active:
            self.active = self._first()

    @property
    def takers(self) -> list[SessionPort]:
        """The session of the active consumer."""
        return [] if self.active is None else [self.active.session]

    def next(self) -> Consumer | None:
        """The active consumer, if it can take a message."""
        consumer = self.active
        if consumer is None or consumer in self._aside.get(consumer.session, ()):
            return None
        if self._admit(consumer):
            return consumer
        self._line[consumer.priority].remove(consumer)
        self._aside.setdefault(consumer.session, []).append(consumer)
        return None

    def _first(self) -> Consumer | None:
        """The head of the line, whether it can take a message or not."""
        for line in self._line.values():
            if line:
                return line[0]
        return None

"""The consumers of one queue: whose turn it is (RabbitMQ 3.10: rabbit_queue_consumers)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

from fakebroker.broker.queues.consumer import Consumer, SessionPort


class Consumers:
    """Consumers take turns. One of a higher priority goes before all of a lower one as long as it can take messages.

    A consumer can't take a message when it has no credit left, when its channel's limit is reached, or when its
    connection does not read. It is then set aside when its turn comes. It joins the end of the line when it can again.

    ``active`` is the consumer that has the queue for itself: here the exclusive one, if there is one.

    :param limited: whether the limits of whole channels count.
    """

    __slots__ = ("_all", "_aside", "_limited", "_line", "_suspended", "active")

    def __init__(self, limited: bool = True) -> None:
        self.active: Consumer | None = None
        self._limited = limited
        self._all: dict[Consumer, None] = {}
        self._line: dict[int, deque[Consumer]] = {}  # by priority, highest first
        self._aside: dict[SessionPort, list[Consumer]] = {}
        self._suspended: dict[SessionPort, None] = {}  # refused by their channel's limit

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Consumer]:
        """In the order they came."""
        return iter(list(self._all))

    def __contains__(self, consumer: Consumer) -> bool:
        return consumer in self._all

    def of(self, session: SessionPort) -> list[Consumer]:
        """Those of one session, in the order they came."""
        return [consumer for consumer in self._all if consumer.session is session]

    def excludes(self, consumer: Consumer) -> bool:
        """Must a consumer be refused, because it or another one wants the queue for itself?"""
        return self.active is not None or (consumer.exclusive and len(self._all) > 0)

    def add(self, consumer: Consumer, exclusive: bool) -> None:
        """Add a consumer, at the end of its line.

        :param exclusive: whether it gets the queue for itself.
        """
        self._all[consumer] = None
        self._join(consumer)
        if exclusive:
            self.active = consumer

    def remove(self, consumer: Consumer) -> None:
        """Remove a consumer, which must be there."""
        del self._all[consumer]
        if consumer is self.active:
            self.active = None
        line = self._line.get(consumer.priority)
        if line is not None and consumer in line:
            line.remove(consumer)
        aside = self._aside.get(consumer.session)
        if aside is not None and consumer in aside:
            aside.remove(consumer)
        if not any(other.session is consumer.session for other in self._all):
            self._aside.pop(consumer.session, None)
            self._suspended.pop(consumer.session, None)
            consumer.session.limiter.forget(consumer.queue)

    @property
    def takers(self) -> list[SessionPort]:
        """The sessions that have a consumer in line, each once."""
        return list(dict.fromkeys(consumer.session for line in self._line.values() for consumer in line))

    def next(self) -> Consumer | None:
        """Who gets the next message; None when nobody can take one. Whoever gets it has had its turn."""
        for line in self._line.values():
            while line:
                consumer = line[0]
                if self._admit(consumer):
                    line.rotate(-1)
                    return consumer
                line.popleft()
                self._aside.setdefault(consumer.session, []).append(consumer)
        return None

    def has_limit(self, session: SessionPort) -> bool:
        """Whether the limit of a whole channel is asked before each message."""
        return self._limited and session.limiter.active

    def take_turns(self, consumer: Consumer) -> bool:
        """Whether others are in line with a consumer, each for the next message."""
        return len(self._line[consumer.priority]) > 1

    def settled(self, consumer: Consumer, count: int) -> bool:
        """Give back the credit of messages that were acknowledged, rejected or requeued.

        :return: whether consumers that could not take a message now can.
        """
        if consumer.credit is None or consumer.credit_flow or consumer not in self._all:
            return False
        was_out = consumer.credit == 0
        consumer.credit += count
        return was_out and self.unblock(consumer.session)

    def resume(self, session: SessionPort) -> bool:
        """The channel's limit has room again, or is gone.

        :return: whether consumers that could not take a message now can.
        """
        self._suspended.pop(session, None)
        return self.unblock(session)

    def unblock(self, session: SessionPort) -> bool:
        """Let the consumers of a session that have credit join the line again.

        :return: whether there were any.
        """
        aside = self._aside.get(session)
        if not aside:
            return False
        freed = [consumer for consumer in aside if consumer.credit is None or consumer.credit > 0]
        self._aside[session] = [consumer for consumer in aside if consumer not in freed]
        for consumer in freed:
            self._join(consumer)
        return bool(freed)

    def _join(self, consumer: Consumer) -> None:
        line = self._line.get(consumer.priority)
        if line is None:
            self._line[consumer.priority] = deque([consumer])
            self._line = {priority: self._line[priority] for priority in sorted(self._line, reverse=True)}
        else:
            line.append(consumer)

    def _admit(self, consumer: Consumer) -> bool:
        session = consumer.session
        if session in self._suspended or session.mailbox.turns_away(consumer.queue):
            return False
        if consumer.credit is not None and consumer.credit <= 0:
            return False
        if self.has_limit(session) and not session.limiter.admit(consumer.queue, not consumer.no_ack):
            self._suspended[session] = None
            return False
        if consumer.credit is not None:
            consumer.credit -= 1
        return True

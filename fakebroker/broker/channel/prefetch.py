"""Prefetch: how many deliveries may be unacked (basic.qos; RabbitMQ 3.10: rabbit_limiter).

Here is the limit for all consumers of a channel together: ``global``, in RabbitMQ's sense. The limit of one consumer is
its ``credit``, which its queue counts: :mod:`fakebroker.broker.queues.consumers`. Both are set by
:meth:`Session.set_prefetch <fakebroker.broker.channel.session.Session.set_prefetch>`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakebroker.broker.queues.base import Queue


class Limiter:
    """Counts the unacked deliveries of a channel's consumers while a limit is set.

    What basic.get took counts only if it was unacked already when the limit was set. A queue that was refused is
    remembered; it may try again when there is room.
    """

    __slots__ = ("_refused", "_volume", "limit")

    def __init__(self) -> None:
        self.limit = 0  # 0 is no limit
        self._volume = 0
        self._refused: dict[Queue, None] = {}

    @property
    def active(self) -> bool:
        return self.limit > 0

    def set(self, limit: int, outstanding: int) -> list[Queue]:
        """Set the limit.

        :param limit: 0 for none.
        :param outstanding: how many deliveries are unacked now.
        :return: the queues that were refused and may try again.
        """
        was_full = self._full
        if not self.limit:  # nothing was counted
            self._volume = outstanding
        self.limit = limit
        return self._released(was_full)

    def admit(self, queue: Queue, counts: bool) -> bool:
        """Whether the queue may send one more message. If so, it is counted.

        :param counts: whether the message will have to be acknowledged; if not, it is not counted.
        """
        if self._full:
            self._refused[queue] = None
            return False
        if counts:
            self._volume += 1
        return True

    def settled(self, count: int) -> list[Queue]:
        """Count that this many deliveries to consumers were settled.

        :return: the queues that were refused and may try again.
        """
        was_full = self._full
        if self._volume:
            self._volume -= count
        return self._released(was_full)

    def forget(self, queue: Queue) -> None:
        """No longer remember that the queue was refused: it has no consumer here any more."""
        self._refused.pop(queue, None)

    @property
    def _full(self) -> bool:
        return self.limit != 0 and self._volume >= self.limit

    def _released(self, was_full: bool) -> list[Queue]:
        if not was_full or self._full:
            return []
        released = list(self._refused)
        self._refused.clear()
        return released

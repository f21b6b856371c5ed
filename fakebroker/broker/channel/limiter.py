"""The prefetch limit of a whole channel: basic.qos with global set, in RabbitMQ's sense (3.10: rabbit_limiter)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fakebroker.broker.queues.classic import Queue


class Limiter:
    """Counts the unacknowledged messages of a channel's consumers while a limit is set.

    What was fetched with basic.get counts only if it was outstanding when the limit was set. A queue that was refused
    is remembered, and told when there is room again.
    """

    __slots__ = ("_refused", "_volume", "limit")

    def __init__(self) -> None:
        self.limit = 0  # 0: none
        self._volume = 0
        self._refused: dict[Queue, None] = {}

    @property
    def active(self) -> bool:
        return self.limit > 0

    def set(self, limit: int, outstanding: int) -> list[Queue]:
        """Limit to that many messages, 0 for no limit; ``outstanding`` are unacknowledged by now.

        :return: the queues that were refused and may try again.
        """
        was_full = self._full
        if not limit:
            self._volume = 0
        elif not self.limit:
            self._volume = outstanding
        self.limit = limit
        return self._released(was_full)

    def admit(self, queue: Queue, counts: bool) -> bool:
        """May the queue send one more? ``counts`` is whether it will have to be acknowledged."""
        if self._full:
            self._refused[queue] = None
            return False
        if counts:
            self._volume += 1
        return True

    def settled(self, count: int) -> list[Queue]:
        """That many consumed messages were settled.

        :return: the queues that were refused and may try again.
        """
        was_full = self._full
        if self._volume:
            self._volume -= count
        return self._released(was_full)

    def forget(self, queue: Queue) -> None:
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

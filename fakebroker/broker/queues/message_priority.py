"""Priority queues: the messages of a queue with ``x-max-priority`` (RabbitMQ 3.10: rabbit_priority_queue)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from fakebroker.broker.message import Message
from fakebroker.broker.queues.ready import Ready


class PriorityReady:
    """One :class:`~fakebroker.broker.queues.ready.Ready` for each priority from 0 to ``maximum``.

    Messages of a higher priority leave first. Its methods are those of :class:`Ready`.
    """

    __slots__ = ("_levels", "_maximum")

    def __init__(self, maximum: int) -> None:
        self._maximum = maximum
        self._levels: dict[int, Ready] = {}

    def __len__(self) -> int:
        return sum(map(len, self._levels.values()))

    def __iter__(self) -> Iterator[Message]:
        for priority in sorted(self._levels, reverse=True):
            yield from self._levels[priority]

    @property
    def entries(self) -> Iterator[Message | Iterable[Message]]:
        for level in self._levels.values():
            yield from level.entries

    @property
    def bytes(self) -> int:
        return sum(level.bytes for level in self._levels.values())

    @property
    def expires(self) -> int | None:
        return self.front.expires

    def append(self, message: Message) -> None:
        self.level(message).append(message)

    def bypass(self, message: Message) -> None:
        self.level(message).bypass(message)

    def pop(self) -> Message:
        return self.front.pop()

    def put_back(self, message: Message) -> None:
        self.level(message).put_back(message)

    def put_first(self, message: Message) -> None:
        self.level(message).put_first(message)

    def clear(self) -> None:
        for level in self._levels.values():
            level.clear()

    @property
    def front(self) -> Ready:
        return self._levels[max(priority for priority, level in self._levels.items() if level)]

    def level(self, message: Message) -> Ready:
        """No priority counts as 0, one above the maximum as the maximum (RabbitMQ 3.10)."""
        priority = min(message.content.properties.priority or 0, self._maximum)
        level = self._levels.get(priority)
        if level is None:
            level = self._levels[priority] = Ready()
        return level

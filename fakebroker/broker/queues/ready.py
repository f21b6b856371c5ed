"""Messages waiting in a queue, in the order in which they will leave it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush

from fakebroker.broker.message import Message, Messages


class Ready:
    """First come, first served; what is put back returns to where it was.

    Messages leave at the front only. So whatever comes back belongs before everything that never left, and a number is
    needed for a message that has left, not for each that waits: ``_left`` counts those, and the heap holds the returned
    ones by their number.
    """

    __slots__ = ("_count", "_fresh", "_left", "_returned", "bytes")

    def __init__(self) -> None:
        self._fresh: deque[Message | Messages] = deque()
        self._returned: list[tuple[int, Message]] = []
        self._count = 0
        self._left = 0
        self.bytes = 0  # of the bodies

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Message]:
        for _, message in sorted(self._returned, key=lambda pair: pair[0]):
            yield message
        for entry in self._fresh:
            if isinstance(entry, Messages):
                yield from entry
            else:
                yield entry

    @property
    def entries(self) -> Iterator[Message | Messages]:
        """What waits as it is kept, in any order."""
        yield from (message for _, message in self._returned)
        yield from self._fresh

    @property
    def expires(self) -> int | None:
        """When the message that leaves next is dead; there must be one."""
        if self._returned:
            return self._returned[0][1].expires
        head = self._fresh[0]
        return head.expires if isinstance(head, Message) else None

    def append(self, message: Message) -> None:
        """A new message, last in line."""
        self._fresh.append(message)
        self._count += 1
        self.bytes += len(message.content.body)

    def append_all(self, alike: Messages) -> None:
        """New messages that never expire, last in line."""
        self._fresh.append(alike)
        self._count += len(alike)
        self.bytes += sum(map(len, alike.bodies))

    def bypass(self, message: Message) -> None:
        """A new message that leaves at once: it gets its number and does not wait. None may be waiting."""
        message.position = self._left
        self._left += 1

    def pop(self) -> Message:
        """Take the head; there must be one."""
        if self._returned:
            message = heappop(self._returned)[1]
        else:
            head = self._fresh[0]
            if isinstance(head, Messages):
                return self.pop_alike(1)[0]
            message = head
            self._fresh.popleft()
            message.position = self._left
            self._left += 1
        self._count -= 1
        self.bytes -= len(message.content.body)
        return message

    @property
    def alike(self) -> int:
        """How many messages at the front came together; 0 for one that is alone."""
        head = self._fresh[0] if self._fresh and not self._returned else None
        return len(head) if isinstance(head, Messages) else 0

    def pop_alike(self, most: int) -> Messages:
        """Take up to so many of those that came together."""
        head = self._fresh[0]
        assert isinstance(head, Messages), "asked before"
        taken = head.take(most, self._left)
        if not head:
            self._fresh.popleft()
        self._left += len(taken)
        self._count -= len(taken)
        self.bytes -= sum(map(len, taken.bodies))
        return taken

    def put_back(self, message: Message) -> None:
        """A message that had left takes its old place again."""
        heappush(self._returned, (message.position, message))
        self._count += 1
        self.bytes += len(message.content.body)

    def put_first(self, message: Message) -> None:
        """A message that had left, and has lost its place, goes before all others."""
        message.position = min(self._returned[0][0] if self._returned else 0, 0) - 1
        Ready.put_back(self, message)

    def clear(self) -> None:
        """Forget all that wait."""
        self._fresh.clear()
        self._returned.clear()
        self._count = self.bytes = 0


class ReturnsFirst(Ready):
    """What is put back leaves before everything else, in the order it was put back (quorum queues)."""

    __slots__ = ("_returns",)

    def __init__(self) -> None:
        super().__init__()
        self._returns = 0

    def put_back(self, message: Message) -> None:
        message.position = self._returns
        self._returns += 1
        super().put_back(message)

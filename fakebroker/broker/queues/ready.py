"""The order of the messages that wait in a queue: first in, first out, and where a message goes that is put back."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from heapq import heappop, heappush

from fakebroker.broker.message import Message
from fakebroker.broker.queues.message_batch import MessageBatch


class Ready:
    """First in, first out. A message that is put back takes its old place again.

    Messages leave at the front only. So a message that is put back belongs before all that have never left. Among those
    that are put back, the one that left first goes first. That needs a number for each message that has left, and none
    for those that wait: ``_left`` counts the messages that have left, and the heap holds those that are back.
    """

    __slots__ = ("_count", "_fresh", "_left", "_returned", "bytes")

    def __init__(self) -> None:
        self._fresh: deque[Message | MessageBatch] = deque()
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
            if isinstance(entry, MessageBatch):
                yield from entry
            else:
                yield entry

    @property
    def entries(self) -> Iterator[Message | MessageBatch]:
        """What waits as it is kept, in any order."""
        yield from (message for _, message in self._returned)
        yield from self._fresh

    @property
    def expires(self) -> int | None:
        """The time, in milliseconds, after which the first message is dead; None for never. There must be a message."""
        if self._returned:
            return self._returned[0][1].expires
        head = self._fresh[0]
        return head.expires if isinstance(head, Message) else None

    def append(self, message: Message) -> None:
        """Add a new message at the end."""
        self._fresh.append(message)
        self._count += 1
        self.bytes += len(message.content.body)

    def append_batch(self, batch: MessageBatch) -> None:
        """Add new messages that never expire at the end."""
        self._fresh.append(batch)
        self._count += len(batch)
        self.bytes += sum(map(len, batch.bodies))

    @property
    def front(self) -> Ready:
        """Where the message waits that leaves next."""
        return self

    def level(self, message: Message) -> Ready:
        """Where a message like this one waits."""
        return self

    def bypass(self, message: Message) -> None:
        """Give a new message its number as if it had waited and left. No other message may be waiting."""
        message.position = self._left
        self._left += 1

    def pop(self) -> Message:
        """Take the first message. There must be one."""
        if self._returned:
            message = heappop(self._returned)[1]
        else:
            head = self._fresh[0]
            if isinstance(head, MessageBatch):
                return self.pop_batch(1)[0]
            message = head
            self._fresh.popleft()
            message.position = self._left
            self._left += 1
        self._count -= 1
        self.bytes -= len(message.content.body)
        return message

    @property
    def batched(self) -> int:
        """How many messages the batch at the front has; 0 if no batch is there."""
        head = self._fresh[0] if self._fresh and not self._returned else None
        return len(head) if isinstance(head, MessageBatch) else 0

    def pop_batch(self, most: int) -> MessageBatch:
        """Take messages of the batch at the front.

        :param most: how many at most.
        """
        head = self._fresh[0]
        assert isinstance(head, MessageBatch), "asked before"
        taken = head.take(most, self._left)
        if not head:
            self._fresh.popleft()
        self._left += len(taken)
        self._count -= len(taken)
        self.bytes -= sum(map(len, taken.bodies))
        return taken

    def put_back(self, message: Message) -> None:
        """Put a message that has left back to its old place."""
        heappush(self._returned, (message.position, message))
        self._count += 1
        self.bytes += len(message.content.body)

    def put_first(self, message: Message) -> None:
        """Put a message that has left before all others, wherever it was."""
        message.position = min(self._returned[0][0] if self._returned else 0, 0) - 1
        Ready.put_back(self, message)

    def clear(self) -> None:
        """Forget all messages."""
        self._fresh.clear()
        self._returned.clear()
        self._count = self.bytes = 0


class ReturnsFirst(Ready):
    """Messages that are put back leave before all others, in the order they were put back (quorum queues)."""

    __slots__ = ("_returns",)

    def __init__(self) -> None:
        super().__init__()
        self._returns = 0

    def put_back(self, message: Message) -> None:
        message.position = self._returns
        self._returns += 1
        super().put_back(message)

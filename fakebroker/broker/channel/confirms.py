"""Publisher confirms: which go out together (RabbitMQ 3.10: rabbit_channel:send_confirms_and_nacks).

A message that goes nowhere is confirmed at once. What queues have taken or refused is told at the end of the turn, all
that one arrival of bytes set off, so that a client that sends several messages in one write is told of them with
``multiple``, as it regularly is by RabbitMQ; one that waits for each confirm gets each alone.

A queue confirms a message before it sends it on, and mostly its channel passes on the delivery first, and then all
confirms. But where the limit of the whole channel is to be asked before a delivery, that takes a while, and the confirm
goes ahead, unless it waits for a disk or for other nodes (rabbit_amqqueue_process, rabbit_limiter).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fakebroker.broker.message import Message

if TYPE_CHECKING:
    from fakebroker.broker.queues.classic import Queue

SendConfirm = Callable[[bool, int, bool], None]
"""Called with whether messages were taken, the number of the last of them, and whether all before it are meant too."""


class Confirms:
    """Numbers the messages of one session from 1 on, and tells what became of them.

    :param send: tells the client.
    :param wake: asks for :meth:`tell` to be called at the end of the turn.
    :param one_by_one: whether each message is to be told of by itself: whoever means the confirm of one message, as a
        fault does, must find it.
    """

    def __init__(
        self, send: SendConfirm, wake: Callable[[], None], one_by_one: Callable[[], bool] = lambda: False
    ) -> None:
        self._send = send
        self._wake = wake
        self._one_by_one = one_by_one
        self.number = 0  # of the last message
        self._untold = False  # is the next message one that the client knows nothing of?
        self._apart = False  # are there gaps between the numbers, so that none may be told of together?
        self._taken: list[int] = []
        self._refused: list[int] = []

    def expect(self, number: int) -> None:
        """Number the next message as its client does: a rule has kept others from coming, or changed their order.

        :param number: 0 for a message that the client knows nothing of, which is never told of.
        """
        if number == self.number + 1:
            return
        self._apart = True
        if number:
            self.number = number - 1
        else:
            self._untold = True

    def unroutable(self) -> None:
        """The next message went nowhere."""
        if self._untold:
            self._untold = False
            return
        self.number += 1
        self._send(True, self.number, False)

    def routed(self, taken: bool, count: int = 1) -> None:
        """The next message, or so many, went to queues, and all have taken it or one has not."""
        if self._untold:
            self._untold = False
            return
        first = self.number + 1
        self.number += count
        (self._taken if taken else self._refused).extend(range(first, first + count))
        self._wake()

    def next(self) -> Callable[[], None]:
        """What tells of the next message by itself, once it has been routed, if nothing has told of it before."""
        number = self.number + 1

        def tell() -> None:
            for are_taken, numbers in ((True, self._taken), (False, self._refused)):
                if number in numbers:
                    numbers.remove(number)
                    self._send(are_taken, number, False)

        return tell

    def tell(self) -> None:
        """Tell the client what it has not been told yet."""
        taken, refused = self._taken, self._refused
        self._taken, self._refused = [], []
        if self._apart or self._one_by_one():
            for number in sorted(taken + refused):
                self._send(number in taken, number, False)
            return
        if len(taken) == 1:
            self._send(True, taken[0], False)
        else:
            self._coalesce(True, taken, refused)
        self._coalesce(False, refused, taken)

    def _coalesce(self, are_taken: bool, numbers: Sequence[int], others: Sequence[int]) -> None:
        """One for all before the first of another fate, the rest one by one. RabbitMQ calls one alone multiple here."""
        early = [number for number in numbers if not others or number < others[0]]
        if early:
            self._send(are_taken, early[-1], True)
        for number in numbers[len(early) :]:
            self._send(are_taken, number, False)


def confirms_later(queue: Queue, message: Message) -> bool:
    """Whether a queue has a message written first, or agreed upon."""
    return queue.type != "classic" or (queue.durable and message.persistent)

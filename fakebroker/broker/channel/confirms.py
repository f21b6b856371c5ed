"""Publisher confirms: when each is sent, and which go together.

RabbitMQ 3.10: rabbit_channel:send_confirms_and_nacks.

A message that goes to no queue is confirmed at once. For all others the confirms are sent at the end of the turn. So a
client that sends several messages in one write gets one confirm for them, with ``multiple``, as it mostly does from
RabbitMQ. A client that waits for each confirm gets each alone.

**Confirms and deliveries.** A channel may consume what it publishes. Mostly it sends the delivery before the confirm:
the deliveries come first, and then all confirms. It is the other way round where the queue has to ask the prefetch
limit of the whole channel before it delivers. That takes a while, and the confirm *goes ahead*. It does not if it has
to wait itself, for a disk or for other nodes (rabbit_amqqueue_process, rabbit_limiter).

**Liberties.** How many messages one confirm is for depends on how many confirms of queues the channel has read when it
comes to it. A queue confirms in its order; of two queues either may be the first. Where a chooser says how many, each
message remembers its queues.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from fakebroker.broker.message import Message
from fakebroker.broker.scheduling import ChooserPort

if TYPE_CHECKING:
    from fakebroker.broker.queues.base import Queue

SendConfirm = Callable[[bool, int, bool], None]
"""Sends one confirm. Called with whether it is an ack (True) or a nack, the message's number, and ``multiple``."""


class Confirms:
    """Numbers the messages of one channel, from 1 on, and confirms them to the client.

    :param send: sends a confirm to the client.
    :param wake: asks for :meth:`tell` to be called at the end of the turn.
    :param one_by_one: whether each message has to have a confirm of its own. It has where rules are loaded: a rule may
        be about the confirm of one message, and must find it.
    :param with_queues: whether to remember which queues have taken a message.
    """

    def __init__(
        self,
        send: SendConfirm,
        wake: Callable[[], None],
        one_by_one: Callable[[], bool] = lambda: False,
        with_queues: bool = False,
    ) -> None:
        self._send = send
        self._wake = wake
        self._one_by_one = one_by_one
        self.number = 0  # of the last message
        self._untold = False  # is the next message one that the client has not sent?
        self._apart = False  # have numbers been left out, so that no confirm may be for several?
        self._taken: list[int] = []
        self._refused: list[int] = []
        self._queues: dict[int, Sequence[Queue]] | None = {} if with_queues else None

    def expect(self, number: int) -> None:
        """Give the next message the number that its client has for it.

        It is another than the next number when a rule has dropped messages, or changed their order.

        :param number: 0 for one that the client has not sent, such as a copy made by a rule. It is never confirmed.
        """
        if number == self.number + 1:
            return
        self._apart = True
        if number:
            self.number = number - 1
        else:
            self._untold = True

    def unroutable(self, chooser: ChooserPort | None = None) -> None:
        """Confirm the next message at once: it goes to no queue.

        :param chooser: who says which messages before it are confirmed with it; None for none.
        """
        if self._untold:
            self._untold = False
            return
        self.number += 1
        with_it = [] if chooser is None else self._some(chooser, at_least=0)
        if with_it:
            self._taken.append(self.number)
            self._tell([*with_it, self.number])
        else:
            self._send(True, self.number, False)

    @property
    def is_due(self) -> bool:
        """Whether something is not confirmed yet."""
        return bool(self._taken or self._refused)

    def routed(self, taken: bool, count: int = 1, queues: Sequence[Queue] = ()) -> None:
        """Confirm the next message, or several, at the end of the turn.

        :param taken: whether all of its queues have taken it; if not, the confirm is a nack.
        :param queues: its queues.
        """
        if self._untold:
            self._untold = False
            return
        first = self.number + 1
        self.number += count
        (self._taken if taken else self._refused).extend(range(first, first + count))
        if self._queues is not None:
            self._queues[first] = queues
        self._wake()

    def next(self) -> Callable[[], None]:
        """Make a call that confirms the next message by itself, where the confirm goes ahead of a delivery.

        The call is made when the message has been routed. It does nothing if the message has been confirmed by then.
        """
        number = self.number + 1

        def tell() -> None:
            for are_taken, numbers in ((True, self._taken), (False, self._refused)):
                if number in numbers:
                    numbers.remove(number)
                    self._send(are_taken, number, False)

        return tell

    def tell(self, chooser: ChooserPort | None = None) -> None:
        """Confirm what is not confirmed yet.

        :param chooser: who says how much of it; None for all.
        """
        self._tell(None if chooser is None else self._some(chooser, at_least=1))

    def _some(self, chooser: ChooserPort, at_least: int) -> list[int]:
        """The messages that are confirmed now: all, or so many from the first on, or one and what its queues have to
        confirm before it."""
        untold = sorted(self._taken + self._refused)
        if not untold:
            return []
        counts = {"all": len(untold)}
        if len(untold) > 1:
            counts.update(first=1, half=(len(untold) + 1) // 2, last=0)
        if not at_least:
            counts = {"none": 0, **counts}
        kind = [*counts][chooser.choose("confirms", len(counts))]
        return self._up_to(untold) if kind == "last" else untold[: counts[kind]]

    def _up_to(self, untold: list[int]) -> list[int]:
        """The last message, and those before it that share a queue with it, or with one of those."""
        assert self._queues is not None, "there is a chooser"
        queues = set(self._queues.get(untold[-1], ()))
        found = [untold[-1]]
        for number in reversed(untold[:-1]):
            mine = self._queues.get(number, ())
            if not queues.isdisjoint(mine):
                queues.update(mine)
                found.append(number)
        return sorted(found)

    def _tell(self, numbers: Sequence[int] | None) -> None:
        """Confirm these messages; None for all."""
        taken, refused = self._taken, self._refused
        self._taken, self._refused = [], []
        left: list[int] = []
        if numbers is not None:
            self._taken = [number for number in taken if number not in numbers]
            self._refused = [number for number in refused if number not in numbers]
            left = self._taken + self._refused
            taken = [number for number in taken if number in numbers]
            refused = [number for number in refused if number in numbers]
        if self._queues is not None:
            for number in taken + refused:
                self._queues.pop(number, None)
        if self._apart or self._one_by_one():
            for number in sorted(taken + refused):
                self._send(number in taken, number, False)
            return
        if len(taken) == 1:
            self._send(True, taken[0], False)
        else:
            self._coalesce(True, taken, refused + left)
        self._coalesce(False, refused, taken + left)

    def _coalesce(self, are_taken: bool, numbers: Sequence[int], others: Sequence[int]) -> None:
        """Confirm with ``multiple`` all messages before the first of the ``others``, and the rest one by one.

        A single message before the others is confirmed with ``multiple``, too: RabbitMQ does so.

        :param others: the messages that get a nack, where these get an ack, or the other way round; and those that are
            not confirmed yet.
        """
        early = [number for number in numbers if not others or number < min(others)]
        if early:
            self._send(are_taken, early[-1], True)
        for number in numbers[len(early) :]:
            self._send(are_taken, number, False)


def confirms_later(queue: Queue, message: Message) -> bool:
    """Whether a queue confirms a message late: when it is on disk, or when other nodes have it."""
    return queue.type != "classic" or (queue.durable and message.persistent)

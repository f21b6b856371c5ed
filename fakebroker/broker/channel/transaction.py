"""What a transactional channel holds back until tx.commit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

from fakebroker.broker.channel.confirms import confirms_later
from fakebroker.broker.channel.settlement import Settlement
from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Delivery

if TYPE_CHECKING:
    from fakebroker.broker.queues.classic import Queue

Route: TypeAlias = "tuple[Message, list[Queue]]"


class Publication(NamedTuple):
    """A message with its route. ``queues`` are names, looked up when it is handed out: a queue may go and come between.

    ``returned`` is called with the message when none of them is there.
    """

    message: Message
    queues: Sequence[str]
    returned: Callable[[Message], None] | None


class Transaction:
    """Publishes and settlements since tx.select, or since the last commit or rollback."""

    def __init__(self) -> None:
        self.publications: list[Publication] = []
        self.settlements: list[tuple[Settlement, list[Delivery]]] = []

    def settle(self, how: Settlement, deliveries: Sequence[Delivery]) -> None:
        """Remember a settlement; of the same kind in a row, all are one."""
        if self.settlements and self.settlements[-1][0] is how:
            self.settlements[-1][1].extend(deliveries)
        else:
            self.settlements.append((how, list(deliveries)))

    @property
    def deliveries(self) -> list[Delivery]:
        """What is settled when the transaction is committed."""
        return [delivery for _, deliveries in self.settlements for delivery in deliveries]


def answered_before(routes: Sequence[Route], limited: Collection[Queue]) -> int:
    """Which of the messages that a commit hands out is the first whose deliveries come behind ``commit-ok``.

    The answer comes with the queues' last confirms, which may go ahead of the deliveries that they belong to.

    :param limited: the queues that ask the limit of the whole channel before they send it something.
    :return: the message's place; the number of messages when all deliveries come before the answer.
    """
    if any(confirms_later(queue, message) for message, queues in routes for queue in queues):
        return len(routes)
    asking = [[queue for queue in queues if queue in limited] for _, queues in routes]
    last = max(Counter(queue for queues in asking for queue in queues).values(), default=0)
    so_far: Counter[Queue] = Counter()
    for place, queues in enumerate(asking):
        so_far.update(queues)
        if any(so_far[queue] == last for queue in queues):
            return place
    return len(routes)

"""Transactions: what tx.commit does, and in which order (RabbitMQ 3.10: rabbit_channel)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from fakebroker.broker.channel.confirms import confirms_later
from fakebroker.broker.channel.publisher import Publication, Publisher
from fakebroker.broker.channel.settlement import Settlement
from fakebroker.broker.message import Message
from fakebroker.broker.queues.consumer import Delivery
from fakebroker.errors import AMQPError

if TYPE_CHECKING:
    from fakebroker.broker.queues.base import Queue

Route: TypeAlias = "tuple[Message, list[Queue]]"
Settlements: TypeAlias = "list[tuple[Settlement, list[Delivery]]]"

TX_COMMIT = (90, 20)
"""The class and method that a failed commit's channel.close names."""


class Transaction:
    """Holds back what a transactional channel publishes and settles, from tx.select on.

    When it is committed or rolled back, the next one begins in the same object. ``committing`` is whether queues have
    yet to confirm what the last commit handed out: until then commit-ok waits.

    :param publisher: the channel's; from now on it holds back what it publishes.
    """

    def __init__(self, publisher: Publisher) -> None:
        self.committing = False
        self._publisher = publisher
        self._settlements: Settlements = []
        self._watcher = publisher.vhost.common.watcher
        publisher.uncommitted = []

    @property
    def publications(self) -> Sequence[Publication]:
        """The messages that wait for the commit."""
        return self._publisher.uncommitted or ()

    @property
    def deliveries(self) -> list[Delivery]:
        """The deliveries that the commit will settle."""
        return [delivery for _, deliveries in self._settlements for delivery in deliveries]

    def settle(self, how: Settlement, deliveries: Sequence[Delivery]) -> None:
        """Hold back a settlement. Several of the same kind in a row become one."""
        if self._watcher is not None:
            self._watcher.settling(deliveries)
        if self._settlements and self._settlements[-1][0] is how:
            self._settlements[-1][1].extend(deliveries)
        else:
            self._settlements.append((how, list(deliveries)))

    def commit(self, done: Callable[[], None]) -> Settlements:
        """Hand out the messages, in the order they were published.

        When a queue refuses a message the channel fails instead of being answered, at the moment when the answer would
        come: what other queues have taken has been delivered by then.

        :param done: answers the client. It is called when all messages have been handed out, before anything is
            settled. That is at once when no message goes to a queue, which would have to confirm it.
        :return: what is to be settled now, in the order in which the client settled it.
        """
        publications, settlements = self.publications, self._settlements
        self._publisher.uncommitted, self._settlements = [], []
        find = self._publisher.vhost.queues.get
        routes = [
            (message, [queue for queue in map(find, names) if queue is not None]) for message, names, _ in publications
        ]
        refused: list[Message] = []
        mailbox, answer = self._publisher.mailbox, partial(self._answer, done, refused)
        place = answered_before(routes, self._publisher.limited)
        waits = self.committing = any(queues for _, queues in routes)
        for number, ((message, queues), publication) in enumerate(zip(routes, publications, strict=True)):
            if number == place:
                mailbox.put(answer)
            taken = self._publisher.hand_out(message, queues, publication.returned)
            if not taken and not all(queue.slow for queue in queues):
                refused.append(message)  # a slow queue refuses before the commit listens, and RabbitMQ never learns it
        if not waits:
            done()
        elif place == len(routes):
            mailbox.put(answer)
        return settlements

    def _answer(self, done: Callable[[], None], refused: list[Message]) -> None:
        self.committing = False
        if refused:
            self._publisher.channel.fail(AMQPError("precondition-failed", "partial tx completion", TX_COMMIT))
        else:
            done()

    def rollback(self) -> list[Delivery]:
        """Forget everything.

        :return: the deliveries that the client had settled, which are outstanding again.
        """
        deliveries = self.deliveries
        if self._watcher is not None:
            self._watcher.rolled_back([each.message for each in self.publications], deliveries)
        self._settlements = []
        self._publisher.uncommitted = []
        return deliveries


def answered_before(routes: Sequence[Route], limited: Collection[Queue]) -> int:
    """Find the message of a commit before whose deliveries ``commit-ok`` is sent.

    RabbitMQ sends it when the last queue has confirmed. That confirm may go ahead of the delivery it belongs to: see
    :mod:`fakebroker.broker.channel.confirms`.

    :param routes: the messages in the order of the commit, each with its queues.
    :param limited: the queues that ask the limit of the whole channel before they send it something.
    :return: the message's index; the number of messages when all deliveries come before the answer.
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

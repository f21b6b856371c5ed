"""What a transactional channel holds back until tx.commit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from fakebroker.broker.consumer import Delivery
from fakebroker.broker.message import Message
from fakebroker.broker.settling import Settlement


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

"""How much memory a broker takes, and how much of it may be journal and unread answers."""

from __future__ import annotations

from collections.abc import Callable

from fakebroker.broker.memory_estimate import of_vhost
from fakebroker.server.factory import BrokerFactory


class MemoryUse:
    """The memory of one broker, counted as ``fakebroker.broker.memory_estimate`` counts it."""

    def __init__(self, factory: BrokerFactory) -> None:
        self._factory = factory

    @property
    def octets(self) -> int:
        """About how many octets it takes: messages, wherever they are, what clients have declared, what is on its way
        to them and from them. The journal is not counted, which has its own limit."""
        factory = self._factory
        total = sum(map(of_vhost, factory.broker.vhosts.values()))
        return total + sum(protocol.octets_held for protocol in factory.protocols.values())

    def limit(self, octets: int, watcher: Callable[[int], None]) -> None:
        """Keep journal and unread answers to an eighth of so many octets each.

        :param watcher: called with the number of octets that have come from a client, before they are handled.
        """
        factory, part = self._factory, octets // 8
        journal = factory.context.journal
        journal.limit(max_octets=min(journal.max_octets, part))
        factory.most_unread = min(factory.most_unread, part)
        factory.on_arrival = watcher

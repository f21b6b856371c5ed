"""How much memory a broker takes, and how much of that journal and unread answers may be."""

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
        """About how many octets the broker takes: for messages, for what clients have declared, for what is on its way
        from clients and to them. The journal is not counted; it has a limit of its own."""
        factory = self._factory
        total = sum(map(of_vhost, factory.broker.vhosts.values()))
        return total + sum(protocol.octets_held for protocol in factory.protocols.values())

    def limit(self, octets: int, watcher: Callable[[int], None]) -> None:
        """Limit the journal, and all unread answers together, to an eighth of so many octets each.

        :param watcher: called with the number of octets that have arrived from a client, before they are handled.
        """
        factory, part = self._factory, octets // 8
        journal = factory.context.journal
        journal.limit(max_octets=min(journal.max_octets, part))
        factory.most_unread = min(factory.most_unread, part)
        factory.on_arrival = watcher

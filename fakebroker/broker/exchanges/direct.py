"""Direct exchanges (specification 3.1.3.1): the routing key equals the binding's."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.broker.exchanges.exchange import (
    Binding,
    Destination,
    Exchange,
    ExchangeDeclaration,
    ExchangeHost,
    Headers,
)


class DirectExchange(Exchange):
    type = "direct"

    def __init__(self, vhost: ExchangeHost, declared: ExchangeDeclaration) -> None:
        super().__init__(vhost, declared)
        self._by_key: dict[str, dict[Binding, None]] = {}

    def matches(self, routing_key: str, headers: Headers) -> Sequence[Destination]:
        return [binding.destination for binding in self._by_key.get(routing_key, ())]

    def add(self, binding: Binding) -> None:
        self._by_key.setdefault(binding.routing_key, {})[binding] = None

    def remove(self, binding: Binding) -> None:
        bindings = self._by_key[binding.routing_key]
        del bindings[binding]
        if not bindings:
            del self._by_key[binding.routing_key]


class DefaultExchange(DirectExchange):
    """The exchange without a name. Every queue is bound to it by the queue's name, and nothing else ever is.

    These bindings are not kept: :mod:`fakebroker.broker.exchanges.routing` looks the queue up. So a message that
    reaches it as an alternate exchange goes nowhere, as in RabbitMQ 3.10.
    """

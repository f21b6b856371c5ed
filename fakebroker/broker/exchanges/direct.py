"""Direct exchanges (specification 3.1.3.1): the routing key equals the binding's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fakebroker.broker.exchanges.exchange import Binding, Destination, Exchange, Headers


class DirectExchange(Exchange):
    type = "direct"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
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
    """The exchange without a name: every queue is bound to it by its own name, and nothing else ever is.

    As a source it is asked by :meth:`fakebroker.broker.vhost.VirtualHost.route` directly. Reached as an alternate
    exchange it routes nowhere, as in RabbitMQ 3.10, where its bindings are implied and not kept.
    """

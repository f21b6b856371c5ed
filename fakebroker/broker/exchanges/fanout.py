"""Fanout exchanges (specification 3.1.3.2): every binding matches."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.broker.exchanges.exchange import Binding, Destination, Exchange, Headers


class FanoutExchange(Exchange):
    type = "fanout"

    def matches(self, routing_key: str, headers: Headers) -> Sequence[Destination]:
        return [binding.destination for binding in self.bindings.values()]

    def add(self, binding: Binding) -> None:
        """The bindings themselves are all that is needed."""

    def remove(self, binding: Binding) -> None:
        """The bindings themselves are all that is needed."""

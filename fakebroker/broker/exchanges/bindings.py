"""The bindings of a virtual host."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from fakebroker.broker.common import Belongs
from fakebroker.broker.exchanges.exchange import Binding, Destination, Exchange, Headers
from fakebroker.broker.queues.base import Queue
from fakebroker.broker.queues.registry import Queues
from fakebroker.validation import text
from fakebroker.values import check_table

__all__ = ["Binding", "Bindings"]


class ExchangeRegistry(Protocol):
    """What bindings need of the exchanges of their virtual host."""

    def __getitem__(self, name: str, /) -> Exchange: ...

    def find(self, name: str, /) -> Exchange:
        """The exchange of that name."""

    def auto_delete(self, exchange: Exchange, /) -> None:
        """The exchange has lost a binding: it goes, if that was the last one and it is an auto-delete exchange."""


class BindingHost(Protocol):
    """What bindings need of their virtual host."""

    @property
    def name(self) -> str: ...

    @property
    def exchanges(self) -> ExchangeRegistry: ...

    @property
    def queues(self) -> Queues: ...

    def topology_changed(self) -> None:
        """Messages may take other ways from now on."""


class Bindings:
    """All bindings of a virtual host. Iterating gives them oldest first.

    Each queue implies a binding of the default exchange. These are not kept; :meth:`all` lists them before the others.
    """

    _vhost = Belongs[BindingHost]()

    def __init__(self, vhost: BindingHost) -> None:
        self._vhost = vhost
        self._all: dict[Binding, None] = {}
        self._by_destination: dict[Destination, dict[Binding, None]] = {}

    def __iter__(self) -> Iterator[Binding]:
        return iter(list(self._all))

    def __len__(self) -> int:
        return len(self._all)

    def __repr__(self) -> str:
        return f"<Bindings of {self._vhost.name!r}: {list(self._all)!r}>"

    def all(self) -> list[Binding]:
        """The bindings of the default exchange, in the order of the queues, and then all others, oldest first."""
        default = self._vhost.exchanges[""]
        return [Binding(default, queue, queue.name) for queue in self._vhost.queues.values()] + list(self._all)

    def of(self, destination: Destination | str) -> list[Binding]:
        """The bindings that lead to a queue or an exchange, without the default exchange's.

        :param destination: a queue or its name, or an exchange.
        :raises TypeError: when it is neither.
        :raises AMQPError: not-found.
        """
        return list(self._by_destination.get(self._destination(destination), ()))

    def bind(
        self,
        source: Exchange | str,
        destination: Destination | str,
        routing_key: str = "",
        arguments: Headers | None = None,
    ) -> None:
        """Add a binding. If it is there already, nothing changes.

        :param source: an exchange or its name. A binding of the default exchange can't be added.
        :param destination: a queue or its name, or an exchange.
        :raises AMQPError: not-found; precondition-failed for arguments that the exchange's type refuses.
        :raises TypeError: for anything of a wrong type.
        :raises ValueError: for what can't be sent.
        """
        arguments = {} if arguments is None else arguments
        source, destination = self._ends(source, destination, routing_key, arguments)
        source.validate(arguments)
        binding = Binding(source, destination, routing_key, arguments)
        key = binding.key
        if key in source.bindings:
            return
        source.add(binding)
        source.bindings[key] = binding
        self._all[binding] = None
        self._by_destination.setdefault(destination, {})[binding] = None
        self._vhost.topology_changed()

    def _ends(
        self, source: Exchange | str, destination: Destination | str, routing_key: str, arguments: Headers | None
    ) -> tuple[Exchange, Destination]:
        """Both ends of a binding, after all four parts have been checked."""
        text("a routing key", routing_key)
        check_table("the arguments of a binding", {} if arguments is None else arguments)
        if isinstance(source, str):
            source = self._vhost.exchanges.find(source)
        if not isinstance(source, Exchange):
            raise TypeError(f"the source of a binding is an exchange or its name, not {source!r}")
        return source, self._destination(destination)

    def _destination(self, destination: Destination | str) -> Destination:
        if isinstance(destination, str):
            return self._vhost.queues.find(destination)
        if not isinstance(destination, (Queue, Exchange)):
            raise TypeError(f"the destination of a binding is a queue or its name, or an exchange, not {destination!r}")
        return destination

    def has(
        self,
        source: Exchange | str,
        destination: Destination | str,
        routing_key: str = "",
        arguments: Headers | None = None,
    ) -> bool:
        """Is there exactly this binding?"""
        source, destination = self._ends(source, destination, routing_key, arguments)
        return Binding(source, destination, routing_key, arguments).key in source.bindings

    def unbind(
        self,
        source: Exchange | str,
        destination: Destination | str,
        routing_key: str = "",
        arguments: Headers | None = None,
    ) -> None:
        """Remove a binding. If it is not there, nothing changes. An auto-delete source goes with its last binding."""
        source, destination = self._ends(source, destination, routing_key, arguments)
        binding = source.bindings.get(Binding(source, destination, routing_key, arguments).key)
        if binding is not None:
            self._remove(binding)
            self._vhost.exchanges.auto_delete(source)

    def remove_source(self, exchange: Exchange) -> None:
        """Remove all bindings of which an exchange is the source; it is being deleted."""
        for binding in list(exchange.bindings.values()):
            self._remove(binding)

    def remove_destination(self, destination: Destination) -> None:
        """Remove all bindings to a queue or an exchange that is being deleted.

        Auto-delete exchanges that have lost their last binding go too.
        """
        bindings = self.of(destination)
        for binding in bindings:
            self._remove(binding)
        for source in dict.fromkeys(binding.source for binding in bindings):
            self._vhost.exchanges.auto_delete(source)

    def restart(self) -> None:
        """Lose what a broker's restart loses: bindings with an end that is not durable.

        No auto-delete exchange goes because of that.
        """
        for binding in self:
            if not (binding.source.durable and binding.destination.durable):
                self._remove(binding)

    def _remove(self, binding: Binding) -> None:
        del binding.source.bindings[binding.key]
        binding.source.remove(binding)
        del self._all[binding]
        siblings = self._by_destination[binding.destination]
        del siblings[binding]
        if not siblings:
            del self._by_destination[binding.destination]
        self._vhost.topology_changed()

"""What all types of exchanges have in common. A type adds how it keeps its bindings, and which of them match a message.

An exchange and its bindings hold each other.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import ClassVar, NamedTuple, Protocol, TypeAlias

from fakebroker.broker.common import Belongs
from fakebroker.broker.queues.base import Queue
from fakebroker.broker.resource_names import resource
from fakebroker.broker.stats import ExchangeStats
from fakebroker.erlang.compare import identity
from fakebroker.validation import Sealed
from fakebroker.values import Table, Value

Destination: TypeAlias = "Queue | Exchange"
Headers = Mapping[str, Value]


class Binding:
    """One binding. Two bindings are the same when all four parts are, with the types of their arguments."""

    __slots__ = ("arguments", "destination", "routing_key", "source")

    def __init__(
        self, source: Exchange, destination: Destination, routing_key: str, arguments: Headers | None = None
    ) -> None:
        self.source = source
        self.destination = destination
        self.routing_key = routing_key
        self.arguments: Table = dict(arguments or {})

    @property
    def key(self) -> Hashable:
        """The identity of this binding among those of its source."""
        return (self.destination, self.routing_key, identity(self.arguments))

    def __repr__(self) -> str:
        target = f"{'exchange ' if isinstance(self.destination, Exchange) else ''}{self.destination.name!r}"
        arguments = f", {self.arguments!r}" if self.arguments else ""
        return f"<Binding {self.source.name!r} -> {target} by {self.routing_key!r}{arguments}>"


class ExchangeDeclaration(NamedTuple):
    """The arguments of exchange.declare, without the type."""

    name: str
    durable: bool
    auto_delete: bool = False
    internal: bool = False
    arguments: Headers | None = None


class ExchangePolicies(Protocol):
    """What an exchange needs of the policies of its virtual host."""

    def for_exchange(self, name: str, /) -> Mapping[str, Value]:
        """The definition that applies to an exchange."""


class ExchangeHost(Protocol):
    """What an exchange needs of its virtual host."""

    @property
    def name(self) -> str: ...

    @property
    def policies(self) -> ExchangePolicies: ...


class Exchange(Sealed):
    """An exchange of a virtual host.

    ``bindings`` holds the bindings of which it is the source, by their identity, oldest first. Only
    :class:`fakebroker.broker.exchanges.bindings.Bindings` changes them.
    """

    type: ClassVar[str]
    kind: ClassVar[str] = "exchange"
    reads_headers: ClassVar[bool] = False  # does the route depend on more than the routing key?
    vhost = Belongs[ExchangeHost]()

    def __init__(self, vhost: ExchangeHost, declared: ExchangeDeclaration) -> None:
        self.vhost = vhost
        self.vhost_name = vhost.name
        self.name = declared.name
        self.durable = declared.durable
        self.auto_delete = declared.auto_delete
        self.internal = declared.internal
        self.counts = ExchangeStats()
        self.declared_by = "rmq-internal"  # the user who declared it
        self.arguments: Table = dict(declared.arguments or {})
        self.bindings: dict[Hashable, Binding] = {}

    def __repr__(self) -> str:
        flags = [flag for flag in ("durable", "auto_delete", "internal") if getattr(self, flag)]
        return f"<Exchange {' '.join([repr(self.name), self.type, *flags])} in {self.vhost_name!r}>"

    @property
    def resource(self) -> str:
        return resource("exchange", self.name, self.vhost_name)

    @property
    def alternate(self) -> str | None:
        """The name of the alternate exchange: from the argument, else from the policy, else None.

        A message that no binding matches goes there (:mod:`fakebroker.broker.exchanges.routing`).
        """
        key = "alternate-exchange"
        name = self.arguments[key] if key in self.arguments else self.vhost.policies.for_exchange(self.name).get(key)
        return name if isinstance(name, str) else None

    @classmethod
    def validate(cls, arguments: Headers) -> None:
        """Check the arguments of a binding. Only headers exchanges refuse some.

        :raises AMQPError: precondition-failed.
        """

    @abstractmethod
    def matches(self, routing_key: str, headers: Headers) -> Sequence[Destination]:
        """The destinations of the bindings that match a message. A destination may come more than once."""

    @abstractmethod
    def add(self, binding: Binding) -> None:
        """Add a new binding to the type's own index."""

    @abstractmethod
    def remove(self, binding: Binding) -> None:
        """Remove a binding, which must be there, from the type's own index."""

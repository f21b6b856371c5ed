"""The exchanges of a virtual host: declaring, finding, deleting."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from fakebroker.broker.by_name import ByName
from fakebroker.broker.common import Belongs
from fakebroker.broker.equivalence import check_arguments, check_attribute
from fakebroker.broker.exchanges.atoms import ATOMS
from fakebroker.broker.exchanges.bindings import Bindings
from fakebroker.broker.exchanges.direct import DefaultExchange, DirectExchange
from fakebroker.broker.exchanges.exchange import Exchange, ExchangeDeclaration, ExchangeHost, Headers
from fakebroker.broker.exchanges.fanout import FanoutExchange
from fakebroker.broker.exchanges.headers import HeadersExchange
from fakebroker.broker.exchanges.topic import TopicExchange
from fakebroker.broker.resource_names import not_found
from fakebroker.errors import AMQPError
from fakebroker.validation import flags, text
from fakebroker.values import check_table

TYPES: Mapping[str, type[Exchange]] = {
    cls.type: cls for cls in (DirectExchange, FanoutExchange, TopicExchange, HeadersExchange)
}

# The exchanges of a new virtual host of RabbitMQ 3.10, by name, type and whether they are internal. All are durable.
PREDECLARED = (
    ("amq.direct", "direct", False),
    ("amq.fanout", "fanout", False),
    ("amq.headers", "headers", False),
    ("amq.match", "headers", False),
    ("amq.rabbitmq.trace", "topic", True),
    ("amq.topic", "topic", False),
)


class ExchangesHost(ExchangeHost, Protocol):
    """What the registry needs of its virtual host, beside what each exchange needs."""

    @property
    def bindings(self) -> Bindings: ...

    def topology_changed(self) -> None:
        """Messages may take other ways from now on."""


def exchange_type(name: str) -> type[Exchange]:
    """The class of a type of exchange, by the type's name.

    :raises AMQPError: command-invalid for an unknown type (RabbitMQ 3.10 closes the connection with 503).
    """
    try:
        return TYPES[name]
    except KeyError:
        known = "invalid" if name in ATOMS else "unknown"
        raise AMQPError("command-invalid", f"{known} exchange type '{name}'") from None


class Exchanges(ByName[Exchange]):
    """By name, in order of declaration; ``vhost.exchanges["logs"]``."""

    what = "exchange"
    _vhost = Belongs[ExchangesHost]()

    def __init__(self, vhost: ExchangesHost) -> None:
        super().__init__()
        self._vhost = vhost
        self._by_name[""] = DefaultExchange(vhost, ExchangeDeclaration("", durable=True))
        for name, kind, internal in PREDECLARED:
            self._by_name[name] = TYPES[kind](vhost, ExchangeDeclaration(name, durable=True, internal=internal))

    def __repr__(self) -> str:
        return f"<Exchanges of {self._vhost.name!r}: {', '.join(map(repr, self._by_name))}>"

    def find(self, name: str) -> Exchange:
        """The exchange of that name.

        :raises AMQPError: not-found.
        """
        try:
            return self._by_name[name]
        except KeyError:
            raise not_found("exchange", name, self._vhost.name) from None

    def declare(
        self,
        name: str,
        type: str = "direct",
        durable: bool = False,
        auto_delete: bool = False,
        internal: bool = False,
        arguments: Headers | None = None,
    ) -> Exchange:
        """Create an exchange, or check that the one of that name is equivalent. No permission is asked for here.

        :raises TypeError: for a name, a type, a flag or arguments of a wrong type.
        :raises ValueError: for what can't be sent.
        :raises AMQPError: command-invalid for an unknown type; precondition-failed when an attribute or the argument
            ``alternate-exchange`` differs from what is there.
        """
        text("the name of an exchange", name)
        text("the type of an exchange", type)
        flags(durable=durable, auto_delete=auto_delete, internal=internal)
        check_table("the arguments of an exchange", {} if arguments is None else arguments)
        cls = exchange_type(type)
        arguments = arguments or {}
        existing = self._by_name.get(name)
        if existing is not None:
            _check_equivalence(existing, cls, durable, auto_delete, internal, arguments)
            return existing
        exchange = cls(self._vhost, ExchangeDeclaration(name, durable, auto_delete, internal, arguments))
        self._by_name[name] = exchange
        self._vhost.topology_changed()
        return exchange

    def delete(self, name: str, if_unused: bool = False) -> None:
        """Remove an exchange and all bindings from it and to it. An unknown name is no error.

        :param if_unused: refuse to remove an exchange that is the source of a binding.
        :raises AMQPError: precondition-failed when it is refused.
        """
        text("the name of an exchange", name)
        exchange = self._by_name.get(name)
        if exchange is None:
            return
        if if_unused and exchange.bindings:
            raise AMQPError("precondition-failed", f"{exchange.resource} in use")
        self._remove(exchange)

    def _remove(self, exchange: Exchange) -> None:
        del self._by_name[exchange.name]
        self._vhost.bindings.remove_source(exchange)
        self._vhost.bindings.remove_destination(exchange)
        self._vhost.topology_changed()

    def auto_delete(self, exchange: Exchange) -> None:
        """Remove an auto-delete exchange that has just lost its last binding as a source; do nothing with others."""
        if exchange.auto_delete and not exchange.bindings and self._by_name.get(exchange.name) is exchange:
            self._remove(exchange)

    def restart(self) -> None:
        """Lose what a broker's restart loses: the exchanges that are not durable."""
        for exchange in [exchange for exchange in self._by_name.values() if not exchange.durable]:
            if exchange.name in self._by_name:
                self._remove(exchange)


def _check_equivalence(
    exchange: Exchange, cls: type[Exchange], durable: bool, auto_delete: bool, internal: bool, arguments: Headers
) -> None:
    resource = exchange.resource
    check_attribute("type", cls.type, exchange.type, resource)
    check_attribute("durable", durable, exchange.durable, resource)
    check_attribute("auto_delete", auto_delete, exchange.auto_delete, resource)
    check_attribute("internal", internal, exchange.internal, resource)
    check_arguments(arguments, exchange.arguments, ("alternate-exchange",), resource)

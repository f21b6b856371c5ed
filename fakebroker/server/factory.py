"""One factory for every transport: it makes, numbers and remembers the broker's connections."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IAddress, ITransport
from twisted.internet.protocol import Factory

from fakebroker.amqp.connection import Connection
from fakebroker.amqp.handlers import HANDLERS
from fakebroker.broker.broker import Broker
from fakebroker.clock import Time
from fakebroker.link import Link, LinkContext
from fakebroker.link.schedule import Schedule
from fakebroker.server.protocol import BrokerProtocol
from fakebroker.server.weak_methods import weakly

MOST_UNREAD = 16 * 1024 * 1024

LAST_WRITE = 0.2
"""Real seconds for a peer that does not read to take what was written last, when the broker stops."""


class BrokerFactory(Factory):
    """Builds the protocol of each connection to one broker."""

    noisy = False

    def __init__(self, broker: Broker, context: LinkContext) -> None:
        self.broker = broker
        self._links: dict[int, Link] = {}
        self.context = context._replace(links=self._links)
        self.turn = broker.turn
        self.protocols: dict[int, BrokerProtocol] = {}
        self.unread = 0
        """How many octets wait for clients that do not read, on all connections."""
        self.most_unread = MOST_UNREAD
        """How many may wait before a client that does not read is no longer answered."""
        self.on_arrival: Callable[[int], None] | None = None
        """Called with the number of octets that have arrived, before they are handled."""
        protocols = self.protocols
        self._schedule = Schedule(context, lambda: [each.link for each in protocols.values()])
        context.faults.on_due = weakly(self._schedule.due)
        self._connections = 0
        self._all_gone: list[Deferred[None]] = []

    def buildProtocol(self, addr: IAddress | None) -> BrokerProtocol:
        """Build the protocol of a connection, which gets the next number."""
        self._connections += 1
        return BrokerProtocol(self, self._connections)

    def connection_made(self, protocol: BrokerProtocol) -> None:
        """Make the link and the connection of a protocol: its transport is there."""
        number, transport = protocol.number, protocol.transport
        # Over TLS: who the client's certificate says it is. (To ask isinstance of a Protocol takes 20 times as long.)
        external_user: Callable[[], str | None] | None = getattr(transport, "external_user", None)

        def connect(link: Link) -> Connection:
            name = connection_name(transport)
            protocol.connection = Connection(self.broker, link, number, name, HANDLERS, external_user)
            return protocol.connection

        protocol.link = Link(number, protocol, self.context, connect)
        self.protocols[number] = protocol
        self._links[number] = protocol.link
        protocol.connection.await_handshake()
        self.turn.run(protocol.link.made, protocol)

    def connection_lost(self, protocol: BrokerProtocol) -> None:
        """Forget a protocol. Whoever waits for the last one to go is told when it has."""
        self.protocols.pop(protocol.number, None)
        self._links.pop(protocol.number, None)
        if not self.protocols:
            self._tell_all_gone()

    def _tell_all_gone(self) -> None:
        waiting, self._all_gone = self._all_gone, []
        for deferred in waiting:
            deferred.callback(None)

    def shut_down(self, reactor: object) -> Deferred[None]:
        """Close every connection. A peer that does not read what was written last is reset.

        :param reactor: for connections over TCP; None when there can be none.
        :returns: a Deferred that fires when no connection is left.
        """
        self.context.faults.stop()
        for protocol in list(self.protocols.values()):
            protocol.shut_down()
        return self._when_all_gone(reactor, LAST_WRITE, self.abort_all)

    def farewell(self, reactor: object, seconds: float) -> Deferred[None]:
        """Tell every client that the broker stops, and wait for those that answer.

        A client that is writing may never read what it was told if its socket is closed at once.

        :param seconds: how many real seconds to wait.
        :returns: a Deferred that fires when no connection is left, or the time is over.
        """
        for protocol in list(self.protocols.values()):
            self.turn.run(protocol.say_goodbye, protocol)
        return self._when_all_gone(reactor, seconds, self._tell_all_gone)

    def _when_all_gone(self, reactor: object, seconds: float, late: Callable[[], None]) -> Deferred[None]:
        """Wait until no connection is left.

        :param seconds: after so many real seconds ``late`` is called, if some are left.
        """
        if self.protocols and reactor is None:  # over TLS in memory: real time does not bring what is under way
            late()
            return succeed(None)
        if not self.protocols:
            return succeed(None)
        gone: Deferred[None] = Deferred()
        self._all_gone.append(gone)
        timer = cast(Time, reactor).callLater(seconds, late)

        def in_time(_: object) -> None:
            if timer.active():
                timer.cancel()

        return gone.addCallback(in_time)

    def crash_all(self) -> None:
        """Be gone from all clients. They are reset; those that a partition keeps from the broker see nothing of it."""
        for protocol in list(self.protocols.values()):
            self.turn.run(protocol.crash, protocol)

    def abort_all(self) -> None:
        """Reset every connection."""
        for protocol in list(self.protocols.values()):
            self.turn.run(protocol.reset, protocol)


class ListenerFactory(Factory):
    """Listens for clients, on one port or in memory. A reset of the broker does not change it.

    :param current: gives the broker's factory, another one after each reset.
    """

    noisy = False

    def __init__(self, current: Callable[[], BrokerFactory]) -> None:
        self._current = current

    def buildProtocol(self, addr: IAddress | None) -> BrokerProtocol:
        """Have the broker's factory build a protocol. It holds this factory, so that the broker is not freed."""
        protocol = self._current().buildProtocol(addr)
        protocol.listener = self
        return protocol


def connection_name(transport: ITransport | None) -> str:
    """``peer -> host``, as RabbitMQ names a connection."""
    assert transport is not None, "it is there"
    return f"{_address(transport.getPeer())} -> {_address(transport.getHost())}"


def _address(address: object) -> str:
    host, port = getattr(address, "host", None), getattr(address, "port", None)
    return str(address) if host is None else f"{host}:{port}"

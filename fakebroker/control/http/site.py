"""The HTTP port: RabbitMQ's management API and fakebroker's endpoints as one twisted.web site, and its listener."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.protocols.policies import ProtocolWrapper, WrappingFactory
from twisted.web.resource import getChildForRequest
from twisted.web.server import Site

from fakebroker.control.http.body import LIMIT
from fakebroker.control.http.endpoint import Endpoint, Refusal, bad_request
from fakebroker.control.http.fakebroker import faults, journal, ledger, verbs, verdicts
from fakebroker.control.http.management import (
    bindings,
    connections,
    consumers,
    definitions,
    exchanges,
    health,
    limits,
    messages,
    nodes,
    overview,
    parameters,
    permissions,
    policies,
    queues,
    users,
    vhosts,
)
from fakebroker.control.http.protocol import Inquiry, Talk
from fakebroker.control.http.resource import Root
from fakebroker.fake import FakeBroker
from fakebroker.server.listeners import BACKLOG

MANAGEMENT: tuple[Endpoint, ...] = (
    *overview.ENDPOINTS,
    *nodes.ENDPOINTS,
    *vhosts.ENDPOINTS,
    *users.ENDPOINTS,
    *permissions.ENDPOINTS,
    *policies.ENDPOINTS,
    *parameters.ENDPOINTS,
    *limits.ENDPOINTS,
    *connections.ENDPOINTS,
    *consumers.ENDPOINTS,
    *exchanges.ENDPOINTS,
    *queues.ENDPOINTS,
    *messages.ENDPOINTS,
    *bindings.ENDPOINTS,
    *definitions.ENDPOINTS,
    *health.ENDPOINTS,
)
"""RabbitMQ's management API."""


OWN: tuple[Endpoint, ...] = (
    *verbs.ENDPOINTS,
    *faults.ENDPOINTS,
    *journal.ENDPOINTS,
    *ledger.ENDPOINTS,
    *verdicts.ENDPOINTS,
)
"""The control of the broker itself."""


class QuietSite(Site):
    """A site that does not log each request: such lines would hide the others."""

    displayTracebacks = False
    protocol = Talk  # type: ignore[assignment]
    bodies = 0  # octets of incomplete bodies
    unread = 0  # octets of unread answers
    streams = 0

    def refusal(self, request: Inquiry, length: int | None) -> Refusal | None:
        """Why a request is refused before its body is read. The body has ``length`` octets, None for chunks."""
        request.prepath, request.postpath = [], [unquote_to_bytes(part) for part in request.path[1:].split(b"/")]
        refusal: Refusal | None = getChildForRequest(self.resource, request).refusal(request)
        if refusal is None and length is not None and length > LIMIT:
            return bad_request("Exceeded HTTP request body size limit")
        return refusal

    def log(self, request: object) -> None:
        """Write nothing."""


def site(broker: FakeBroker, hosts: Iterable[str] = (), reactor: object = None) -> Site:
    """Everything that the HTTP port serves.

    :param hosts: names by which clients may call this broker, beside ``localhost`` and IP addresses; requests with
        another ``Host`` are refused.
    :param reactor: where time-outs of connections come from; the global reactor by default.
    """
    return QuietSite(Root(broker, (*MANAGEMENT, *OWN), tuple(hosts)), requestFactory=Inquiry, reactor=reactor)


MOST_CONNECTIONS = 1024
"""The most connections at a time, as in RabbitMQ. Further ones are closed."""


class HttpPort(WrappingFactory):
    """A site that listens and knows its connections, so that it can end those that clients keep alive."""

    noisy = False

    def __init__(self, site: Site) -> None:
        super().__init__(site)
        self._listening: Any = None
        self._gone: list[Deferred[None]] = []

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._listening.getHost().port)

    def listen(self, reactor: Any, host: str, port: int) -> HttpPort:
        """Begin to listen.

        :raises twisted.internet.error.CannotListenError: when the port is taken.
        """
        self._listening = reactor.listenTCP(port, self, BACKLOG, host)
        return self

    def buildProtocol(self, addr: Any) -> Any:
        """The protocol for a new client; None, which closes the connection, at the limit."""
        return super().buildProtocol(addr) if len(self.protocols) < MOST_CONNECTIONS else None

    def unregisterProtocol(self, p: ProtocolWrapper) -> None:
        """A connection is closed. Tell the one who waits for the last."""
        super().unregisterProtocol(p)
        if not self.protocols:
            gone, self._gone = self._gone, []
            for deferred in gone:
                deferred.callback(None)

    def stop(self) -> Deferred[None]:
        """Stop listening and end all connections.

        :returns: a Deferred that fires when none is left in the reactor.
        """
        waiting: list[Deferred[Any]] = [maybeDeferred(self._listening.stopListening)]
        if self.protocols:
            gone: Deferred[None] = Deferred()
            self._gone.append(gone)
            waiting.append(gone)
        for protocol in list(self.protocols):
            protocol.transport.abortConnection()
        return DeferredList(waiting).addCallback(lambda _: None)


def listen(
    broker: FakeBroker, reactor: object, host: str = "127.0.0.1", port: int = 0, hosts: Iterable[str] = ()
) -> HttpPort:
    """Serve a broker's HTTP surfaces.

    :param port: 0 takes a port that is free; :attr:`HttpPort.port` tells which.
    :param hosts: as for :func:`site`.
    :raises twisted.internet.error.CannotListenError: when the port is taken.
    """
    return HttpPort(site(broker, hosts, reactor)).listen(reactor, host, port)

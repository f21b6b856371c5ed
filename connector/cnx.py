"""The handle of a transport, in place of the ``IConnector`` of ``reactor.connectTCP``."""

from __future__ import annotations

from typing import Any, Literal

from twisted.internet.defer import Deferred, succeed
from twisted.internet.interfaces import IReactorTime, IStreamClientEndpoint
from twisted.python.failure import Failure

from connector.client import Client, ClientFactory, gone


class TransportConnector:
    """Connects a client through an endpoint, and disconnects it. ``IConnector.disconnect()`` returns while the socket
    is still in the reactor, which trial then reports as unclean. This ``disconnect()`` returns a Deferred that fires
    when nothing of the transport is left. It may be called before, while and after it connects.

    :ivar disconnecting: whether ``disconnect()`` was called.
    """

    def __init__(self, clock: IReactorTime, limit: float | None) -> None:
        self._clock = clock
        self._limit = limit
        self._attempt: Deferred[object] | None = None
        self._client: Client | None = None
        self.disconnecting = False

    @property
    def state(self) -> Literal["disconnected", "connecting", "connected"]:
        """As ``IConnector`` has it."""
        if self._attempt is not None:
            return "connecting"
        if self._client is not None and not self.gone().called:
            return "connected"
        return "disconnected"

    def connect(self, endpoint: IStreamClientEndpoint, factory: ClientFactory) -> Deferred[Client]:
        """Connect; the Deferred can be cancelled, and fails with what the endpoint fails with."""

        def done(result: Client | Failure) -> Client | Failure:
            self._attempt = None
            factory.abandoned = True
            if isinstance(result, Client):
                self._client = result
            return result

        attempt: Deferred[Any] = endpoint.connect(factory)
        self._attempt = attempt
        return attempt.addBoth(done)

    def disconnect(self) -> Deferred[None]:
        """Close the transport; fires when it is closed. After a time-out it is aborted."""
        self.disconnecting = True
        if self._attempt is not None:
            self._attempt.cancel()
        if self._client is None:
            return succeed(None)
        client = self._client
        client.leave()
        client.transport.loseConnection()
        waiting = self.gone()
        if self._limit is not None:
            waiting.addTimeout(self._limit, self._clock, lambda *_: self.abort())
        return waiting

    def abort(self) -> Deferred[None]:
        """Abort the transport; fires when it is closed."""
        if self._client is not None:
            self._client.abort()
        return self.gone()

    def gone(self) -> Deferred[None]:
        """Fires when the transport is closed, on either side; at once if there is none."""
        return succeed(None) if self._client is None else gone(self._client)

"""Connections with no socket: a pair of transports in memory, and the endpoint that makes them.

What is written arrives by ``callLater(0)`` on the broker's clock, never inside ``write``, so that protocols see the
same order of events as over TCP; under a virtual clock a whole conversation runs in one ``clock.advance(0)``. Each
write arrives as a piece of its own, so that a fault that slices bytes is seen to slice them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

from twisted.internet import defer, error
from twisted.internet.interfaces import (
    IAddress,
    IProtocol,
    IProtocolFactory,
    IPushProducer,
    IStreamClientEndpoint,
    ITCPTransport,
)
from twisted.internet.protocol import Protocol
from twisted.logger import Logger
from twisted.python.failure import Failure
from zope.interface import implementer

from fakebroker.clock import DelayedCall, Time

WRITE_BUFFER = 65536
"""Octets that may wait for a peer that does not read, before a transport asks its producer to pause."""


@implementer(IAddress)
class MemoryAddress:
    """One end of a connection in memory.

    :param side: ``"client"`` or ``"broker"``.
    :param number: which connection of the broker it is, from 1.
    """

    def __init__(self, side: str, number: int) -> None:
        self.host = side
        self.port = number

    def __repr__(self) -> str:
        return f"MemoryAddress({self.host!r}, {self.port})"


@implementer(ITCPTransport)
class MemoryTransport:
    """One end of a pair; what one end writes, the other end's protocol receives."""

    _log = Logger()
    peer: MemoryTransport | None = None
    """The other end; None when this one is gone."""

    def __init__(
        self,
        clock: Time,
        protocol: IProtocol,
        address: MemoryAddress,
        peer_address: MemoryAddress,
        gone: Callable[[], None] = lambda: None,
    ) -> None:
        self.connected = True
        self.disconnecting = False
        self.lingers = True
        """Whether a close is a FIN; a socket that does not linger sends a reset behind what was written."""
        self.refused = False
        """Whether the broker refuses the connection that is being made."""
        self._clock = clock
        self._protocol = protocol
        self._address = address
        self._peer_address = peer_address
        self._gone = gone
        self._inbox: deque[bytes] = deque()
        self._unread = 0
        self._paused = False
        self._end: Exception | None = None
        self._run_call: DelayedCall | None = None
        self._producer: IPushProducer | None = None
        self._producer_paused = False

    # --- what the protocol at this end asks for

    def write(self, data: bytes) -> None:
        """Send bytes; they arrive in a later call from the clock."""
        peer = self.peer
        if not data or self.disconnecting or peer is None or not peer.connected:
            return
        peer._inbox.append(bytes(data))
        peer._unread += len(data)
        peer._schedule()
        if peer._unread > WRITE_BUFFER and self._producer is not None and not self._producer_paused:
            self._producer_paused = True
            self._producer.pauseProducing()

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send several pieces as one."""
        self.write(b"".join(data))

    def loseConnection(self) -> None:
        """Close: the other end hears of it when it has read everything, this end in a later call."""
        if self.peer is not None and not self.disconnecting:
            self.peer._ends(error.ConnectionDone() if self.lingers else error.ConnectionLost())
            self._closes(error.ConnectionDone())

    def loseWriteConnection(self) -> None:
        """The same as :meth:`loseConnection`: an AMQP peer never half-closes."""
        self.loseConnection()

    def abortConnection(self) -> None:
        """Reset: what the other end has not read yet is lost."""
        if self.peer is not None:
            self.peer._inbox.clear()
            self.peer._paused = False
            self.peer._ends(error.ConnectionLost())
            self._closes(error.ConnectionAborted())

    def pauseProducing(self) -> None:
        """Stop reading; an end that closes has stopped already."""
        self._paused = not self.disconnecting

    def resumeProducing(self) -> None:
        """Go on reading."""
        self._paused = False
        self._schedule()

    def stopProducing(self) -> None:
        """Close."""
        self.loseConnection()

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        """A producer is paused while the other end reads too slowly."""
        self._producer = producer
        if not streaming:
            producer.resumeProducing()

    def unregisterProducer(self) -> None:
        """There is no producer any more."""
        self._producer = None
        self._producer_paused = False

    def getPeer(self) -> Any:
        """The other end's address."""
        return self._peer_address

    def getHost(self) -> Any:
        """This end's address."""
        return self._address

    def getTcpNoDelay(self) -> bool:
        """Memory has no delay."""
        return True

    def setTcpNoDelay(self, enabled: bool) -> None:
        """Memory has no delay."""

    def getTcpKeepAlive(self) -> bool:
        """Memory needs no keep-alive."""
        return False

    def setTcpKeepAlive(self, enabled: bool) -> None:
        """Memory needs no keep-alive."""

    # --- what the clock brings

    def drain_both(self) -> None:
        """Bring both ends what is on its way now, rather than when the clock gets to it."""
        ends = [end for end in (self.peer, self) if end is not None]
        while any(end._run_call is not None for end in ends):
            for end in ends:
                if end._run_call is not None:
                    end._run_call.cancel()
                    end._run()

    def _schedule(self) -> None:
        if (self._run_call is None or not self._run_call.active()) and self.connected:
            self._run_call = self._clock.callLater(0, self._run)

    def _ends(self, reason: Exception) -> None:
        """The other end has closed: heard of when everything before it has been read."""
        if self._end is None:
            self._end = reason
            self._schedule()

    def _closes(self, reason: Exception) -> None:
        """This end has closed: what it has not read it never will."""
        self.disconnecting = True
        self._inbox.clear()
        self._paused = False
        self._end = reason
        self._schedule()

    def _run(self) -> None:
        self._run_call = None
        try:
            while self._inbox and not self._paused:
                data = self._inbox.popleft()
                self._unread -= len(data)
                self._protocol.dataReceived(data)
        except Exception:
            # As the reactor does it over TCP: the protocol's error is logged, and costs it the connection.
            self._fail(_failure())
            return
        if self._inbox:
            return
        peer = self.peer
        if peer is not None and peer._producer_paused and peer._producer is not None:
            peer._producer_paused = False
            peer._producer.resumeProducing()
        if self._end is not None and not self._paused:
            self._lost(_failure(self._end))

    def _fail(self, failure: Failure) -> None:
        self._log.failure("A protocol failed on what it received in memory", failure=failure)
        if self.peer is not None:
            self.peer._ends(error.ConnectionLost())
        self._lost(failure)

    def _lost(self, reason: Failure) -> None:
        if self.connected:
            producer, protocol, gone = self._producer, self._protocol, self._gone
            self.let_go()
            stop = None if producer is None else producer.stopProducing
            for call in (stop, partial(protocol.connectionLost, reason), gone):
                try:
                    if call is not None:
                        call()
                except Exception:  # as the reactor does it over TCP: it is logged, and disturbs nobody
                    self._log.failure("A protocol failed when its connection in memory was lost")

    def let_go(self) -> None:
        """Be gone. Whoever keeps an end keeps no more than that: as over TCP, it lets go of its producer and its
        protocol, and of the other end too."""
        self.connected = False
        self.disconnecting = True
        self._inbox.clear()
        self.unregisterProducer()
        self.peer = None
        del self._protocol, self._gone


def _failure(reason: Exception | None = None) -> Failure:
    """A Failure of a reason, or of the exception being handled."""
    return Failure(reason)  # type: ignore[no-untyped-call]


class _TurnedAway(Protocol):
    """Stands where the factory built nothing: over TCP such a socket is accepted, and closed at once."""

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.loseConnection()


@implementer(IStreamClientEndpoint)
class MemoryEndpoint:
    """Connects a client's protocol to the broker in memory.

    :param factory: the broker's protocol factory.
    :param accepting: whether the broker accepts connections now; if not, the client is refused as by a closed port.
    """

    def __init__(self, clock: Time, factory: IProtocolFactory, accepting: Callable[[], bool]) -> None:
        self._clock = clock
        self._factory = factory
        self._accepting = accepting
        self._connections = 0

    def connect(self, protocolFactory: IProtocolFactory) -> defer.Deferred[IProtocol]:
        """Connect; the Deferred has fired already when it is returned.

        :raises twisted.internet.error.ConnectionRefusedError: (as a failure) when the broker does not accept.
        """
        if not self._accepting():
            return defer.fail(error.ConnectionRefusedError())  # type: ignore[no-untyped-call]
        self._connections += 1
        near, far = MemoryAddress("client", self._connections), MemoryAddress("broker", 5672)
        protocolFactory.doStart()
        client = protocolFactory.buildProtocol(far)
        if client is None:
            protocolFactory.doStop()
            return defer.fail(error.NoProtocol())
        server = self._factory.buildProtocol(near) or _TurnedAway()
        client_end = MemoryTransport(self._clock, client, near, far, protocolFactory.doStop)
        server_end = MemoryTransport(self._clock, server, far, near)
        client_end.peer, server_end.peer = server_end, client_end
        server.makeConnection(server_end)
        if server_end.refused:
            client_end.let_go()
            protocolFactory.doStop()
            return defer.fail(error.ConnectionRefusedError())  # type: ignore[no-untyped-call]
        client.makeConnection(client_end)
        return defer.succeed(client)

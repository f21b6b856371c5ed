"""Connections with no socket: a pair of transports in memory, and the endpoint that makes them.

What is written arrives by ``callLater(0)`` on the broker's clock, never inside ``write``. So protocols see events in
the same order as over TCP, and on a virtual clock a whole conversation runs in one ``clock.advance(0)``. Each write
arrives as a piece of its own: where a fault slices bytes, the client gets the slices.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
from itertools import count
from typing import Any

from twisted.internet import defer, error
from twisted.internet.interfaces import (
    IAddress,
    IHalfCloseableProtocol,
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

from fakebroker.broker.scheduling import ChooserPort
from fakebroker.clock import DelayedCall, Time

WRITE_BUFFER = 65536
"""So many octets may wait for a peer that does not read. After that a transport asks its producer to pause."""


LATENCIES = (0.0, 0.0005, 0.005, 0.05)
"""Seconds that octets may take on a connection, where that is left to chance."""


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
    """One end of a pair. What one end writes, the protocol of the other end receives.

    :param latency: seconds until this end receives what the other one has written.
    :param joins: tells whether this end receives several pieces as one; None where it never does.
    """

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
        latency: float = 0,
        joins: Callable[[], object] | None = None,
    ) -> None:
        self.connected = True
        self.disconnecting = False
        self.lingers = True
        """Whether the end is closed with a FIN. Otherwise a reset follows what was written."""
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
        self._sends_no_more = False
        self._peer_sends_no_more = False
        self._end: Exception | None = None
        self._run_call: DelayedCall | None = None
        self._producer: IPushProducer | None = None
        self._producer_paused = False
        self._latency = latency
        self._joins = joins

    # --- what the protocol at this end asks for

    def write(self, data: bytes) -> None:
        """Send bytes. They arrive in a later call from the clock."""
        peer = self.peer
        if not data or self.disconnecting or peer is None or not peer.connected or self._sends_no_more:
            return
        peer._inbox.append(bytes(data))
        peer._unread += len(data)
        peer._schedule()
        if peer._unread > WRITE_BUFFER and self._producer is not None and not self._producer_paused:
            self._producer_paused = True
            self._producer.pauseProducing()

    def writeSequence(self, data: Iterable[bytes]) -> None:
        """Send several pieces of bytes as one."""
        self.write(b"".join(data))

    @property
    def unsent(self) -> int:
        """How many octets the other end has not read yet."""
        return 0 if self.peer is None else self.peer._unread

    def loseConnection(self) -> None:
        """Close. The other end is told when it has read everything, this end in a later call from the clock."""
        if self.peer is not None and not self.disconnecting:
            self.peer._ends(error.ConnectionDone() if self.lingers else error.ConnectionLost())
            self._closes(error.ConnectionDone())

    def loseWriteConnection(self) -> None:
        """Send no more, and go on reading. The other end is told when it has read everything: by ``readConnectionLost``
        when its protocol can do with one half, else its connection is lost."""
        if self.peer is not None and not self.disconnecting:
            self._sends_no_more = True
            self.peer._peer_sends_no_more = True
            self.peer._schedule()

    def abortConnection(self) -> None:
        """Reset the connection. What the other end has not read yet is lost."""
        if self.peer is not None:
            self.peer._inbox.clear()
            self.peer._paused = False
            self.peer._ends(error.ConnectionLost())
            self._closes(error.ConnectionAborted())

    def pauseProducing(self) -> None:
        """Stop reading, unless this end is being closed: then it has stopped already."""
        self._paused = not self.disconnecting

    def resumeProducing(self) -> None:
        """Go on reading."""
        self._paused = False
        self._schedule()

    def stopProducing(self) -> None:
        """Close."""
        self.loseConnection()

    def registerProducer(self, producer: IPushProducer, streaming: bool) -> None:
        """Take a producer, which is paused while the other end does not read."""
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
        """Bring both ends now what is on its way, rather than when the clock comes to it."""
        ends = [end for end in (self.peer, self) if end is not None]
        while any(end._run_call is not None for end in ends):
            for end in ends:
                if end._run_call is not None:
                    end._run_call.cancel()
                    end._run()

    def _schedule(self) -> None:
        if (self._run_call is None or not self._run_call.active()) and self.connected:
            self._run_call = self._clock.callLater(self._latency, self._run)

    def _ends(self, reason: Exception) -> None:
        """The other end has closed. This end is told when it has read everything before that."""
        if self._end is None:
            self._end = reason
            self._schedule()

    def _closes(self, reason: Exception) -> None:
        """This end has closed. What it has not read by now it never reads."""
        self.disconnecting = True
        self._inbox.clear()
        self._paused = False
        self._end = reason
        self._schedule()

    def _run(self) -> None:
        self._run_call = None
        if self._joins is not None and len(self._inbox) > 1 and self._joins():
            self._inbox = deque([b"".join(self._inbox)])
        try:
            while self._inbox and not self._paused:
                data = self._inbox.popleft()
                self._unread -= len(data)
                self._protocol.dataReceived(data)
        except Exception:
            # As the reactor does over TCP: the error is logged, and the connection is lost.
            self._fail(_failure())
            return
        if self._inbox:
            return
        peer = self.peer
        if peer is not None and peer._producer_paused and peer._producer is not None:
            peer._producer_paused = False
            peer._producer.resumeProducing()
        if self._paused:
            return
        if self._end is not None:
            self._lost(_failure(self._end))
        elif self._peer_sends_no_more:
            self._half_ended()

    def _half_ended(self) -> None:
        self._peer_sends_no_more = False
        protocol = IHalfCloseableProtocol(self._protocol, None)
        if protocol is None:
            self._lost(_failure(error.ConnectionDone()))
        else:
            protocol.readConnectionLost()

    def _fail(self, failure: Failure) -> None:
        self._log.failure("A protocol failed on what it received in memory", failure=failure)
        if self.peer is not None:
            self.peer._ends(error.ConnectionLost())
        self._lost(failure)

    def _lost(self, reason: Failure) -> None:
        if self.connected:
            producer, protocol, gone, peer = self._producer, self._protocol, self._gone, self.peer
            self.let_go()
            if peer is not None:  # it is told, unless it has closed itself
                peer._ends(error.ConnectionDone())
            stop = None if producer is None else producer.stopProducing
            for call in (stop, partial(protocol.connectionLost, reason), gone):
                try:
                    if call is not None:
                        call()
                except Exception:  # as the reactor does over TCP: it is logged, and disturbs nobody
                    self._log.failure("A protocol failed when its connection in memory was lost")

    def let_go(self) -> None:
        """Be gone. As over TCP, this end holds its producer, its protocol and the other end no longer: whoever keeps
        the end keeps none of those."""
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
    """Stands for a protocol where the factory has built none. Over TCP such a socket is accepted and closed."""

    def connectionMade(self) -> None:
        assert self.transport is not None
        self.transport.loseConnection()


@implementer(IStreamClientEndpoint)
class MemoryEndpoint:
    """Connects a client's protocol to the broker in memory.

    :param factory: the broker's protocol factory.
    :param accepting: tells whether the broker accepts connections now. If not, the client is refused, as by a closed
        port.
    :param chooser: chooses how long octets take on each connection; None for no time.
    :param port: gives the port that the next client comes from, by which the broker names its connection.
    """

    def __init__(
        self,
        clock: Time,
        factory: IProtocolFactory,
        accepting: Callable[[], bool],
        chooser: ChooserPort | None = None,
        port: Callable[[], int] | None = None,
    ) -> None:
        self._clock = clock
        self._factory = factory
        self._accepting = accepting
        self._port = port or count(1).__next__
        self._chooser = chooser

    def connect(self, protocolFactory: IProtocolFactory) -> defer.Deferred[IProtocol]:
        """Connect a client. The Deferred has fired already when it is returned.

        :raises twisted.internet.error.ConnectionRefusedError: (as a failure) when the broker does not accept.
        """
        if not self._accepting():
            return defer.fail(error.ConnectionRefusedError())  # type: ignore[no-untyped-call]
        near, far = MemoryAddress("client", self._port()), MemoryAddress("broker", 5672)
        protocolFactory.doStart()
        client = protocolFactory.buildProtocol(far)
        if client is None:
            protocolFactory.doStop()
            return defer.fail(error.NoProtocol())
        server = self._factory.buildProtocol(near) or _TurnedAway()
        gone, chooser = protocolFactory.doStop, self._chooser
        if chooser is None:
            client_end = MemoryTransport(self._clock, client, near, far, gone)
            server_end = MemoryTransport(self._clock, server, far, near)
        else:
            late = LATENCIES[chooser.choose("latency", len(LATENCIES))]
            joins = partial(chooser.choose, "reads", 2), partial(chooser.choose, "together", 2)
            client_end = MemoryTransport(self._clock, client, near, far, gone, late, joins[0])
            server_end = MemoryTransport(self._clock, server, far, near, latency=late, joins=joins[1])
        client_end.peer, server_end.peer = server_end, client_end
        server.makeConnection(server_end)
        if server_end.refused:
            client_end.let_go()
            protocolFactory.doStop()
            return defer.fail(error.ConnectionRefusedError())  # type: ignore[no-untyped-call]
        client.makeConnection(client_end)
        return defer.succeed(client)

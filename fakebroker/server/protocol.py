"""Bytes in, bytes out: the Twisted protocol that joins reader, link and connection."""

from __future__ import annotations

import socket
import struct
import typing
from collections.abc import Callable
from functools import partial
from typing import Any

from twisted.internet import error, tcp
from twisted.internet.interfaces import IHalfCloseableProtocol, IPushProducer
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from fakebroker.amqp.connection import Connection
from fakebroker.amqp.connection_memory import of_connection
from fakebroker.broker.broker import Broker
from fakebroker.clock import DelayedCall
from fakebroker.link import Link, LinkContext
from fakebroker.server.direct_write import Patience, is_idle, sender
from fakebroker.server.in_memory import MemoryTransport
from fakebroker.turn import Phase, Turn
from fakebroker.wire.reader import Reader

ENOUGH = 65536
"""Octets that are written at once rather than at the end of the turn."""

UNREAD = 1024 * 1024
"""Octets of answers that may wait for a client that does not read; then what it asks for has to wait, too."""

UNHANDLED = 1024 * 1024
"""Octets of what it asks for that may wait; then nothing more is read from it."""

CLOSE_TIMEOUT = 5.0
"""Seconds that a client which does not read has to take what was written last (RabbitMQ's ``SSL_CLOSE_TIMEOUT``)."""

_NO_LINGER = struct.pack("ii", 1, 0)
_DONE = Failure(error.ConnectionDone())  # type: ignore[no-untyped-call]


class ProtocolOwner(typing.Protocol):
    """What a protocol needs of the factory that has made it."""

    unread: int
    """Octets that wait for clients that do not read, on all connections."""

    @property
    def broker(self) -> Broker: ...

    @property
    def context(self) -> LinkContext: ...

    @property
    def turn(self) -> Turn: ...

    @property
    def most_unread(self) -> int:
        """How many octets may wait before each client is answered no more than a few."""

    @property
    def on_arrival(self) -> Callable[[int], None] | None:
        """Called with the number of octets that have come, before they are handled."""

    def connection_made(self, protocol: BrokerProtocol) -> None:
        """Give the protocol its link and its connection."""

    def connection_lost(self, protocol: BrokerProtocol) -> None:
        """Forget the protocol."""


@implementer(IPushProducer, IHalfCloseableProtocol)
class BrokerProtocol(Protocol):
    """One socket, over TCP or in memory; only the transport differs.

    Everything written in one turn leaves in one piece. While the connection is paused what has arrived
    waits in the reader, undecoded. A client that does not read gets no deliveries, and when many answers wait for it
    none of those either: its requests wait first, where its heartbeats are still heard, and then it is not read from.
    """

    connection: Connection
    link: Link
    listener: object = None
    """Through what the client has come."""
    _socket: Any
    """The transport, a TCP one, TLS, or one in memory: what they have in common no interface of Twisted's names."""

    def __init__(self, factory: ProtocolOwner, number: int) -> None:
        self.factory = factory
        self.number = number
        self.paused = False
        """Whether nothing that arrives is handled."""
        self.unread = 0
        """Octets that have been written since the client stopped reading, as far as that is known."""
        self._is_shut = False
        self._is_slow = False  # does the client not read as fast as we write?
        self._stalled = False
        self._is_deaf = False  # is nothing read from it, because it does not read?
        self._has_ended = False  # has the client said all that it will?
        self._impatience: DelayedCall | None = None
        self._journal = factory.context.journal
        self._unwritten: list[bytes] = []
        self._unwritten_octets = 0

    # --- Twisted's side

    def connectionMade(self) -> None:
        """Join reader, link and connection."""
        self._socket = self.transport
        self._send = sender(self._socket)
        self.factory.connection_made(self)
        self.reader = Reader(None, self.connection.still_reads)
        self._socket.setTcpNoDelay(True)
        self._socket.registerProducer(self, True)

    def dataReceived(self, data: bytes) -> None:
        """Handle what has come, up to the point where somebody pauses."""
        size = len(data)
        self.link.octets_received += size
        self._journal.octets += size
        if self.factory.on_arrival is not None:
            self.factory.on_arrival(size)
        self.reader.take_in(data)
        self.factory.turn.begin(self._handle_arrived, self)

    def readConnectionLost(self) -> None:
        """The client sends no more, but may still read: RabbitMQ answers what it has got before it hangs up."""
        self._has_ended = True
        if self._stalled:
            return
        self.flush()
        if self._is_clear():
            self._set_no_linger()
            self._socket.connectionLost(_DONE)  # nothing is left to wait for
        else:
            self.hang_up()

    def writeConnectionLost(self) -> None:
        """This side never closes one half only."""

    def connectionLost(self, reason: Failure | None = None) -> None:
        """Tell the connection, whoever closed the socket."""
        self.paused = True
        self._read_again()
        impatience, self._impatience = self._impatience, None
        if impatience is not None and impatience.active():
            impatience.cancel()
        reset = reason is not None and not isinstance(reason.value, error.ConnectionDone)
        try:
            self.factory.turn.run(lambda: self.link.lost(reset))
        finally:
            self.connection.lost()  # once more does no harm, and this is the last chance
            self.factory.connection_lost(self)
            self._socket.unregisterProducer()

    def _handle_arrived(self) -> None:
        reader, link, connection = self.reader, self.link, self.connection
        # A broker with an alarm stops reading at the first message, be it complete or not.
        is_alarmed = self.factory.broker.alarms.active
        reader.one_by_one = link.one_by_one or is_alarmed
        while not self.paused:
            event = reader.next()
            if event is None:
                if is_alarmed and reader.awaits_body:
                    connection.block()
                return
            link.inbound(event)
            reader.spec = connection.spec
            reader.frame_max = connection.frame_max
        most = UNHANDLED if self.factory.unread < self.factory.most_unread else ENOUGH
        if self._stalled and not self._is_deaf and reader.octets > most:
            self._is_deaf = True
            connection.stop_listening()

    def pauseProducing(self) -> None:
        """The client does not read as fast as we write: nothing is delivered to it for now."""
        self._is_slow = True
        self.connection.pause_deliveries()

    def resumeProducing(self) -> None:
        """The client has read: what it has asked for is answered, and deliveries go on."""
        self._read_again()
        self.factory.turn.run(self._go_on, self)
        if self._has_ended and not self._stalled:
            self.readConnectionLost()

    def _go_on(self) -> None:
        self.connection.resume_deliveries()
        if self._stalled:
            self._stalled = False
            self.paused = self._is_shut
            if self._is_deaf:
                self._is_deaf = False
                self.connection.listen_again()
            self._handle_arrived()

    def _write_unread(self, octets: int) -> None:
        """Take note of what was written to a client that does not read; in the end it is not answered any more."""
        self.unread += octets
        self.factory.unread += octets
        if self.unread > UNREAD or self.factory.unread > self.factory.most_unread:
            self._stalled = self.paused = True

    def _read_again(self) -> None:
        self._is_slow = False
        self.factory.unread -= self.unread
        self.unread = 0

    @property
    def octets_held(self) -> int:
        """About how many octets of memory it takes, with all that waits on either way."""
        waiting = self.reader.octets + self.reader.unfinished + self.unread
        return waiting + self.link.octets_held + of_connection(self.connection)

    def stopProducing(self) -> None:
        """The socket is gone; :meth:`connectionLost` says so too."""

    # --- the link's side

    def write(self, data: bytes) -> None:
        """Send bytes at the end of this turn, or at once when they are many: only what the transport has seen can
        make it pause the deliveries."""
        self.link.octets_sent += len(data)
        self._unwritten.append(data)
        self._unwritten_octets += len(data)
        if len(self._unwritten) == 1:
            self.factory.turn.put_off(Phase.FLUSH, self.flush, self)
        elif self._unwritten_octets > ENOUGH:
            self.flush()

    def flush(self) -> None:
        """Hand what has been written to the transport, in one piece."""
        unwritten, self._unwritten = self._unwritten, []
        self._journal.octets += self._unwritten_octets
        self._unwritten_octets = 0
        if unwritten:
            data = b"".join(unwritten) if len(unwritten) > 1 else unwritten[0]
            self._send(data)
            if self._is_slow:
                self._write_unread(len(data))

    def when_read(self, call: Callable[[], None], pieces: int) -> Callable[[], None]:
        """Make a call when the peer has had time to read by itself what was written, one of so many pieces.

        In memory each write is read by itself. Over TCP it takes real time: whatever is there when a peer reads comes
        as one.

        :returns: what forgets it.
        """
        if isinstance(self._socket, MemoryTransport):
            timer: DelayedCall = self.factory.context.clock.of(self).callLater(0, call)
            return timer.cancel
        return Patience(self._socket.reactor, pieces, lambda: self.factory.turn.begin(call, self)).cancel

    def lose(self) -> None:
        """Close the socket (FIN) once everything written has gone."""
        self.flush()
        self._socket.unregisterProducer()
        self._socket.loseConnection()
        if not isinstance(self._socket, MemoryTransport) and not self._is_clear() and self._impatience is None:
            self._impatience = self.factory.broker.clock.callLater(CLOSE_TIMEOUT, self.abort)

    def _is_clear(self) -> bool:
        """Whether nothing waits to be sent."""
        return isinstance(self._socket, tcp.Connection) and is_idle(self._socket)

    def hang_up(self) -> None:
        """Close the socket as RabbitMQ does: once everything written has gone, the client gets a reset.

        RabbitMQ 3.10 sets ``{linger, {true, 0}}`` on its sockets.
        """
        self._set_no_linger()
        self.lose()

    def _set_no_linger(self) -> None:
        if isinstance(self._socket, MemoryTransport):
            self._socket.lingers = False
        elif isinstance(self._socket, tcp.Connection):
            self._socket.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
            # Twisted sends a FIN before it closes, unless told otherwise; there is no public way to say it.
            self._socket._shouldShutdown = False

    def abort(self) -> None:
        """Reset the socket."""
        self._unwritten.clear()
        self._socket.abortConnection()

    def refuse(self) -> None:
        """Never let the client in: in memory its attempt fails, over TCP the socket is reset."""
        if isinstance(self._socket, MemoryTransport):
            self._socket.refused = True
        self.abort()

    def stop(self) -> None:
        """The broker stops: tell the client 320 and hang up at once, whatever it says and reads (RabbitMQ 3.10.8)."""
        self.connection.close("broker forced connection closure with reason 'shutdown'")
        self.connection.drop()
        if isinstance(self._socket, tcp.Connection) and not is_idle(self._socket):
            self.abort()

    def shut_down(self) -> None:
        """The broker stops: say so to the client, and hang up; in memory that happens now."""
        turn = self.factory.turn
        turn.run(self.say_goodbye, self)
        turn.run(partial(self.link.finish, "close"), self)
        if isinstance(self._socket, MemoryTransport):
            self._socket.drain_both()
            # It has been lost by now, unless an error came between.
            self.connection.lost()
            self.factory.connection_lost(self)

    def say_goodbye(self) -> None:
        """Tell the client that the broker stops; once it has answered, it is hung up on."""
        self.connection.close("broker forced connection closure with reason 'shutdown'")

    def pause(self) -> None:
        """Stop reading."""
        self.paused = self._is_shut = True
        self._socket.pauseProducing()

    def resume(self) -> None:
        """Go on reading, beginning with what arrived before the pause."""
        self._is_shut = False
        self.paused = self._stalled
        self._socket.resumeProducing()
        self.factory.turn.run(self._handle_arrived, self)

    # --- what goes wrong

    def reset(self) -> None:
        """Reset the socket, and have the connection lost now, not when the reactor tells: no more is said to it."""
        self.link.finish("reset")
        self.connection.lost()

    def crashed(self) -> None:
        """An error has left something undone: tell the client and hang up, or reset it where it can't be told."""
        self.connection.crashed()
        try:
            self.flush()
        except Exception:
            self.reset()
            raise

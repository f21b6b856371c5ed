"""Bytes in, bytes out: the Twisted protocol that joins reader, link and connection."""

from __future__ import annotations

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
from fakebroker.clock import DelayedCall
from fakebroker.link import Link
from fakebroker.server.arrival_times import ArrivalTimes
from fakebroker.server.closing import close_with_reset, is_clear
from fakebroker.server.cutting import Cutter
from fakebroker.server.direct_write import ReadDelay, is_idle, sender
from fakebroker.server.in_memory import MemoryTransport
from fakebroker.server.no_socket import NO_SOCKET
from fakebroker.server.protocol_owner import ProtocolOwner
from fakebroker.turn import Phase
from fakebroker.wire.reader import Reader

ENOUGH = 65536
"""So many octets are written at once, rather than at the end of the turn."""

UNREAD = 1024 * 1024
"""So many octets of answers may wait for a client that does not read. After that its requests wait, too."""

UNHANDLED = 1024 * 1024
"""So many octets of its requests may wait. After that nothing more is read from it."""

CLOSE_TIMEOUT = 5.0
"""Seconds for a client that does not read to take what was written last (RabbitMQ's ``SSL_CLOSE_TIMEOUT``)."""

_DONE = Failure(error.ConnectionDone())  # type: ignore[no-untyped-call]


@implementer(IPushProducer, IHalfCloseableProtocol)
class BrokerProtocol(Protocol):
    """One socket. Over TCP, TLS and in memory it is the same; only the transport differs.

    What is written in one turn leaves in one piece. While the connection is paused, what arrives waits in the reader
    and is not decoded.

    A client that does not read gets no deliveries: the transport says so, and they are paused. Its requests are
    answered until ``UNREAD`` octets wait for it. After that they are read, and wait; so its heartbeats are heard. When
    ``UNHANDLED`` octets wait, nothing more is read from the client.
    """

    connection: Connection
    link: Link
    listener: object = None
    """The factory through which the client has come."""
    _socket: Any
    """The transport. Twisted has no interface for what those of TCP, TLS and memory have in common."""

    def __init__(self, factory: ProtocolOwner, number: int) -> None:
        self.factory = factory
        self.number = number
        self.paused = False
        """Whether nothing that arrives is handled."""
        self.unread = 0
        """How many octets have been written since the transport said that the client does not read."""
        self._is_shut = False
        self._is_slow = False  # does the client not read what is written?
        self._stalled = False
        self._is_deaf = False  # is nothing read from the client, because it does not read?
        self._has_ended = False  # has the client closed its half of the socket?
        self._is_gone = False
        self._is_put_off = False  # does a rule keep waiting what has been taken in?
        self._arrivals: ArrivalTimes | None = None
        self._close_timer: DelayedCall | None = None
        self._journal = factory.context.journal
        self._unwritten: list[bytes] = []
        self._unwritten_octets = 0

    # --- Twisted's side

    def connectionMade(self) -> None:
        """The transport is there: make the link, the connection and the reader."""
        self._socket = self.transport
        self._send = sender(self._socket)
        chooser, clock = self.factory.broker.chooser, self.factory.context.clock.of(self)
        self._cutter = None if chooser is None else Cutter(chooser, self.when_read, clock)
        self.factory.connection_made(self)
        self.reader = Reader(None, self.connection.still_reads, batches=True)
        self._socket.setTcpNoDelay(True)
        self._socket.registerProducer(self, True)

    def dataReceived(self, data: bytes) -> None:
        """Handle what has arrived, up to where somebody pauses."""
        size = len(data)
        self.link.octets_received += size
        self._journal.octets += size
        if self.factory.on_arrival is not None:
            self.factory.on_arrival(size)
        self.reader.take_in(data)
        if self._arrivals is not None:
            self._arrivals.note(size)
        self.factory.turn.begin(self._handle_arrived, self)

    def readConnectionLost(self) -> None:
        """The client has closed its half, but may still read. RabbitMQ answers what it has got, and then hangs up."""
        if not self.link.withholds(self._read_lost):
            self._read_lost()

    def _read_lost(self) -> None:
        self._has_ended = True
        if self._stalled:
            return
        self._flush_all()
        if is_clear(self._socket):
            close_with_reset(self._socket)
            self._socket.connectionLost(_DONE)  # nothing is left to wait for
        else:
            self.hang_up()

    def writeConnectionLost(self) -> None:
        """This side has closed its half, because of a rule. The client may still write."""

    def connectionLost(self, reason: Failure | None = None) -> None:
        """The socket is gone, whoever has closed it."""
        self._is_gone = True
        if self.link.withholds(lambda: self._lost(reason)):
            self._socket, self._send = NO_SOCKET, NO_SOCKET.write
        else:
            self._lost(reason)

    def _lost(self, reason: Failure | None) -> None:
        self.paused = True
        self._read_again()
        if self._cutter is not None:
            self._cutter.stop()
        close_timer, self._close_timer = self._close_timer, None
        if close_timer is not None and close_timer.active():
            close_timer.cancel()
        reset = reason is not None and not isinstance(reason.value, error.ConnectionDone)
        try:
            self.factory.turn.run(lambda: self.link.lost(reset))
        finally:
            self.connection.lost()  # once more does no harm, and this is the last chance
            self.factory.connection_lost(self)
            self._socket.unregisterProducer()

    def _handle_arrived(self) -> None:
        reader, link, connection = self.reader, self.link, self.connection
        scheduler = self.factory.broker.common.scheduler
        # A broker with an alarm stops reading at the first message, be it complete or not.
        is_alarmed = self.factory.broker.alarms.active
        while not self.paused:
            event = reader.next()
            if event is None:
                if is_alarmed and reader.awaits_body:
                    connection.block()
                return
            if rest := link.inbound(event):
                reader.put_back(rest)
            if scheduler is not None and reader.octets:
                scheduler.between_commands()
            reader.spec = connection.spec
            reader.frame_max = connection.frame_max
        most = UNHANDLED if self.factory.unread < self.factory.most_unread else ENOUGH
        if (self._stalled or self._is_put_off) and not self._is_deaf and reader.octets > most:
            self._is_deaf = True
            connection.stop_listening()

    def pauseProducing(self) -> None:
        """The client does not read what is written: deliver nothing to it for now."""
        self._is_slow = True
        self.connection.pause_deliveries()

    def resumeProducing(self) -> None:
        """The client has read: answer what it has asked for, and go on delivering."""
        self._read_again()
        self.factory.turn.run(self._go_on, self)
        if self._has_ended and not self._stalled:
            self.readConnectionLost()

    def _go_on(self) -> None:
        self.connection.resume_deliveries()
        if self._stalled:
            self._stalled = False
            self.paused = self._is_shut or self._is_put_off
            if self._is_deaf:
                self._is_deaf = False
                self.connection.listen_again()
            self._handle_arrived()

    def _write_unread(self, octets: int) -> None:
        """Count what is written to a client that does not read. When it is too much, handle none of its requests."""
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
        """About how many octets of memory the connection takes, with all that waits to be handled or to be written."""
        waiting = self.reader.octets + self.reader.unfinished + self.unread
        return waiting + self.link.octets_held + of_connection(self.connection)

    def stopProducing(self) -> None:
        """The socket is gone; :meth:`connectionLost` says so too."""

    # --- the link's side

    def write(self, data: bytes) -> None:
        """Write bytes at the end of the turn. Many are written at once: the transport can have deliveries paused only
        when it has got them."""
        self.link.octets_sent += len(data)
        self._unwritten.append(data)
        self._unwritten_octets += len(data)
        if len(self._unwritten) == 1:
            self.factory.turn.put_off(Phase.FLUSH, self.flush, self)
        elif self._unwritten_octets > ENOUGH:
            self.flush()

    def flush(self) -> None:
        """Give the transport what has been written in this turn, in one piece."""
        unwritten, self._unwritten = self._unwritten, []
        self._journal.octets += self._unwritten_octets
        self._unwritten_octets = 0
        if unwritten:
            data = b"".join(unwritten) if len(unwritten) > 1 else unwritten[0]
            if self._cutter is not None:
                data = self._cut(data)
            self._send(data)
            if self._is_slow:
                self._write_unread(len(data))

    def _cut(self, data: bytes) -> bytes:
        """What is written now; the rest is written later, before anything else."""
        assert self._cutter is not None, "asked before"
        now = self._cutter.cut(data, self.flush)
        if len(now) < len(data):
            self._unwritten.append(data[len(now) :])
            self._unwritten_octets = len(data) - len(now)
            self._journal.octets -= self._unwritten_octets
        return now

    def _flush_all(self) -> None:
        """Write what is left, whole: nothing comes behind it."""
        if self._cutter is not None:
            self._cutter.stop()
            self._cutter = None
        self.flush()

    def has_read(self) -> bool:
        """Whether the peer has surely read all that was written. That is known in memory alone."""
        return not self._unwritten and isinstance(self._socket, MemoryTransport) and not self._socket.unsent

    def when_read(self, call: Callable[[], None], pieces: int) -> Callable[[], object]:
        """Make a call when the peer has had time to read what was written, before more is written.

        In memory a peer reads each write by itself. Over TCP it reads as one whatever has come by then, so that real
        time has to pass.

        :param pieces: how many pieces are written in all.
        :returns: what cancels the call.
        """
        reactor = getattr(self._socket, "reactor", None)
        if reactor is None:  # in memory, be there TLS or not
            timer: DelayedCall = self.factory.context.clock.of(self).callLater(0, call)
            return timer.cancel
        return ReadDelay(reactor, pieces, lambda: self.factory.turn.begin(call, self)).cancel

    def lose(self) -> None:
        """Close the socket with a FIN, once everything that was written has gone."""
        self._flush_all()
        self._socket.unregisterProducer()
        self._socket.loseConnection()
        waits = not self._is_gone and not isinstance(self._socket, MemoryTransport) and not is_clear(self._socket)
        if waits and self._close_timer is None:
            self._close_timer = self.factory.broker.clock.callLater(CLOSE_TIMEOUT, self.abort)

    def half_close(self) -> None:
        """Close this side's half of the socket with a FIN, once everything that was written has gone. Go on reading."""
        self._flush_all()
        self._socket.unregisterProducer()
        self._socket.loseWriteConnection()

    def hang_up(self) -> None:
        """Close the socket as RabbitMQ does: with a reset, once everything that was written has gone.

        RabbitMQ 3.10 sets ``{linger, {true, 0}}`` on its sockets.
        """
        close_with_reset(self._socket)
        self.lose()

    def abort(self) -> None:
        """Reset the socket."""
        self._unwritten.clear()
        if self._cutter is not None:
            self._cutter.stop()
        self._socket.abortConnection()

    def refuse(self) -> None:
        """Refuse the connection. In memory the client's attempt fails; over TCP its socket is reset."""
        if isinstance(self._socket, MemoryTransport):
            self._socket.refused = True
        self.abort()

    def stop(self) -> None:
        """The broker restarts: tell the client 320, and hang up without waiting for its answer (RabbitMQ 3.10.8)."""
        self.connection.close("broker forced connection closure with reason 'shutdown'")
        self.connection.drop()
        if isinstance(self._socket, tcp.Connection) and not is_idle(self._socket):
            self.abort()

    def shut_down(self) -> None:
        """The broker stops: tell the client, and close. In memory the client hears of it at once."""
        turn = self.factory.turn
        turn.run(self.say_goodbye, self)
        turn.run(partial(self.link.finish, "close"), self)
        if isinstance(self._socket, MemoryTransport):
            self._socket.drain_both()
            # Both have been told by now, unless an error came between.
            self.connection.lost()
            self.factory.connection_lost(self)
        self._withhold_no_end()

    def say_goodbye(self) -> None:
        """Tell the client that the broker stops. When it answers, the connection ends."""
        self.connection.close("broker forced connection closure with reason 'shutdown'")

    def pause(self) -> None:
        """Stop reading."""
        self.paused = self._is_shut = True
        self._socket.pauseProducing()

    def resume(self) -> None:
        """Go on reading, first what had arrived before the pause."""
        self._is_shut = False
        self.paused = self._stalled or self._is_put_off
        self._socket.resumeProducing()
        self.factory.turn.run(self._handle_arrived, self)

    def arrival_time(self) -> float:
        """When the item has arrived that is handled now. From the first call on it is noted for each."""
        if self._arrivals is None:
            self.reader.unbatch()
            self._arrivals = ArrivalTimes(self.factory.context.clock, self.reader.octets)
        return self._arrivals.of(self.reader.octets)

    def put_off(self) -> None:
        """Handle nothing more of what arrives, and go on taking it in, up to ``UNHANDLED`` octets."""
        self.paused = self._is_put_off = True

    def take_up(self) -> None:
        """Handle what has arrived, and what arrives."""
        self._is_put_off = False
        self.paused = self._is_shut or self._stalled
        if self._is_deaf and not self._stalled:
            self._is_deaf = False
            self.connection.listen_again()
        self.factory.turn.run(self._handle_arrived, self)

    # --- what goes wrong

    def reset(self) -> None:
        """Reset the socket. The connection is lost now, not when the reactor tells, and says nothing more."""
        self.link.finish("reset")
        self.connection.lost()
        self._withhold_no_end()

    def crash(self) -> None:
        """The broker is gone from one moment to the other. The client's socket is reset, if a reset passes to it."""
        self.link.abort()
        self.connection.lost()

    def _withhold_no_end(self) -> None:
        """A rule may have kept from the broker that the socket is gone. Now it is told."""
        self.link.withhold_no_end()
        if self._socket is NO_SOCKET:
            self._lost(None)

    def crashed(self) -> None:
        """An error has left something undone: tell the client and hang up. Reset a client that can't be told."""
        self.connection.crashed()
        try:
            self.flush()
        except Exception:
            self.reset()
            raise

"""An asyncio transport over a connection in memory: what a client gets from ``create_connection``."""

from __future__ import annotations

import asyncio
import errno
import os
from asyncio import protocols
from collections import deque
from collections.abc import Callable, Iterable
from contextvars import Context, copy_context
from typing import Any, TypeAlias

from twisted.internet import error
from twisted.internet.interfaces import IPushProducer
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure
from zope.interface import implementer

from fakebroker.server.in_memory import WRITE_BUFFER, MemoryTransport

Octets: TypeAlias = "bytes | bytearray | memoryview"

HIGH_WATER = 65536
"""asyncio's own default: so many octets may wait to be sent before a protocol is asked to pause."""


class Wire(Protocol):
    """Twisted's side of the transport: it takes what the broker's end sends.

    :param arrived: called with each piece of octets.
    :param ended: called with the error that the connection has ended with; None when the broker has closed it.
    :param sent: called when the broker has read everything.
    """

    transport: MemoryTransport

    def __init__(
        self,
        arrived: Callable[[bytes], None],
        ended: Callable[[OSError | None], None],
        sent: Callable[[], None],
    ) -> None:
        self.dataReceived = arrived  # type: ignore[assignment, method-assign]
        self._ended = ended
        self._sent = sent

    def connectionMade(self) -> None:
        self.transport.registerProducer(_Sender(self._sent), True)

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        is_done = isinstance(reason.value, error.ConnectionDone)
        self._ended(None if is_done else _error(errno.ECONNRESET))


@implementer(IPushProducer)
class _Sender:
    """Is told when the broker's end has read everything."""

    def __init__(self, sent: Callable[[], None]) -> None:
        self.resumeProducing = sent

    def pauseProducing(self) -> None:
        """The transport looks at what is unread whenever it writes."""

    def stopProducing(self) -> None:
        """The connection is lost, of which the wire is told."""


class BrokerTransport(asyncio.Transport):
    """A connection in memory, which behaves as asyncio's transports over TCP do.

    :param loop: the client's loop. What arrives is given to the protocol in calls of their own, as over TCP.
    :param protocol: the client's protocol.
    :param extra: what ``get_extra_info`` knows.
    """

    _start_tls_compatible = True  # asyncio's start_tls() asks for it

    def __init__(self, loop: asyncio.AbstractEventLoop, protocol: asyncio.BaseProtocol, extra: dict[str, Any]) -> None:
        super().__init__(extra)
        self.wire = Wire(self._arrived, self._ended, self._sent)
        self._loop = loop
        self._protocol = protocol
        self._context: Context = copy_context()
        self._inbox: deque[bytes | OSError | None] = deque()
        """What has arrived: octets; at the end None for a FIN, or the error of a reset."""
        self._delivery: asyncio.Handle | None = None
        self._is_paused = False
        self._is_closing = False
        self._has_sent_eof = False
        self._is_cut = False
        """Whether nothing that is written arrives anywhere any more."""
        self._is_broken = False
        """Whether the other end has answered a write with a reset, after it had closed."""
        self._asked_to_pause = False
        self._high = HIGH_WATER
        self._low = HIGH_WATER // 4

    def __repr__(self) -> str:
        state = "closing" if self._is_closing else "paused" if self._is_paused else "open"
        return f"<{type(self).__name__} to {self.get_extra_info('peername')} {state}>"

    def begin(self) -> None:
        """Tell the protocol that it is connected, before anything that has arrived."""
        self._soon(self._protocol.connection_made, self)

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Let another protocol have what arrives from now on."""
        self._protocol = protocol

    def get_protocol(self) -> asyncio.BaseProtocol:
        """The protocol that has what arrives."""
        return self._protocol

    # --- reading

    def is_reading(self) -> bool:
        """Whether the protocol is given what arrives."""
        return not self._is_paused and not self._is_closing

    def pause_reading(self) -> None:
        """Give the protocol nothing; the broker notices when much is unread."""
        if self._is_closing or self._is_paused:
            return
        self._is_paused = True
        if self.wire.connected:
            self.wire.transport.pauseProducing()

    def resume_reading(self) -> None:
        """Go on."""
        if self._is_closing or not self._is_paused:
            return
        self._is_paused = False
        if self.wire.connected:
            self.wire.transport.resumeProducing()
        self._deliver_soon()

    def _arrived(self, data: bytes) -> None:
        self._inbox.append(data)
        self._deliver_soon()

    def _ended(self, reason: OSError | None) -> None:
        self.wire.connected = 0
        self._is_cut = True
        self._inbox.append(reason)
        self._deliver_soon()

    def _deliver_soon(self) -> None:
        if self._inbox and self._delivery is None and not self._is_closing:
            self._delivery = self._soon(self._deliver)

    def _deliver(self) -> None:
        """Give the protocol one piece, as a read from a socket does."""
        self._delivery = None
        if self._is_paused or self._is_closing or not self._inbox:
            return
        piece = self._inbox.popleft()
        try:
            if isinstance(piece, OSError):
                self._force_close(piece)
            elif piece is None:
                self._received_eof()
            elif isinstance(self._protocol, asyncio.BufferedProtocol):
                protocols._feed_data_to_buffered_proto(self._protocol, piece)  # type: ignore[attr-defined]
            else:
                self._protocol.data_received(piece)  # type: ignore[attr-defined]
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as error:
            self._report(error, "Fatal error: the protocol failed on what it received.")
            self._force_close(error)
        self._deliver_soon()

    def _received_eof(self) -> None:
        keep_open = self._protocol.eof_received()  # type: ignore[attr-defined]
        if not keep_open:
            self.close()

    # --- writing

    def write(self, data: Octets) -> None:
        """Send octets.

        :raises TypeError: for what is not octets.
        :raises RuntimeError: after ``write_eof``.
        """
        if not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data argument must be a bytes-like object, not {type(data).__name__!r}")
        if self._has_sent_eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        if not data or self._is_closing:
            return
        if self._is_cut:
            self._write_to_nobody()
            return
        self.wire.transport.write(bytes(data))
        self._ask_to_pause()

    def writelines(self, list_of_data: Iterable[Octets]) -> None:
        """Send several pieces as one."""
        self.write(b"".join(list_of_data))

    def _write_to_nobody(self) -> None:
        """The broker's end is gone. As over TCP, its reset has the write after this one fail."""
        if self._is_broken:
            self._force_close(_error(errno.EPIPE))
        else:
            self._loop.call_soon(self._breaks)

    def _breaks(self) -> None:
        self._is_broken = True

    def can_write_eof(self) -> bool:
        """Whether one half can be closed. It can, as over TCP."""
        return True

    def write_eof(self) -> None:
        """Send no more. What arrives is still read."""
        if self._is_closing or self._has_sent_eof:
            return
        self._has_sent_eof = True
        if self.wire.connected:
            self.wire.transport.loseWriteConnection()

    def get_write_buffer_size(self) -> int:
        """How many octets wait to be sent. The first that the broker does not read are with the system, so to say."""
        return max(0, self.wire.transport.unsent - WRITE_BUFFER) if self.wire.connected else 0

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """Below how many waiting octets the protocol may go on, and above how many it has to pause."""
        return self._low, self._high

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """Choose these numbers, as asyncio describes it.

        :raises ValueError: unless high >= low >= 0.
        """
        if high is None:
            high = HIGH_WATER if low is None else 4 * low
        if low is None:
            low = high // 4
        if not high >= low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        self._high, self._low = high, low
        self._ask_to_pause()

    def _ask_to_pause(self) -> None:
        if not self._asked_to_pause and self.get_write_buffer_size() > self._high:
            self._asked_to_pause = True
            self._protocol.pause_writing()

    def _sent(self) -> None:
        if self._asked_to_pause:
            self._asked_to_pause = False
            self._soon(self._protocol.resume_writing)

    # --- the end

    def is_closing(self) -> bool:
        """Whether it is closed, or on the way."""
        return self._is_closing

    def close(self) -> None:
        """Send what is written, and close."""
        if not self._is_closing:
            if self.wire.connected:
                self.wire.transport.loseConnection()
            self._lose(None)

    def abort(self) -> None:
        """Reset the connection."""
        self._force_close(None)

    def _force_close(self, error: BaseException | None) -> None:  # asyncio's TLS calls it
        if not self._is_closing:
            if self.wire.connected:
                self.wire.transport.abortConnection()
            self._lose(error)

    def _lose(self, error: BaseException | None) -> None:
        self._is_closing = True
        self._inbox.clear()
        self._soon(self._protocol.connection_lost, error)

    def _report(self, error: BaseException, message: str) -> None:
        context = {"message": message, "exception": error, "transport": self, "protocol": self._protocol}
        self._loop.call_exception_handler(context)

    def _soon(self, call: Callable[..., object], *args: object) -> asyncio.Handle:
        return self._loop.call_soon(call, *args, context=self._context)


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))

"""Writing to a TCP socket at once, without waiting for the reactor."""

from __future__ import annotations

from collections.abc import Callable

from twisted.internet import tcp
from twisted.internet.interfaces import ITransport

from fakebroker.clock import Time

LEAST, MOST, IN_ALL = 0.001, 0.006, 0.5
"""Real seconds for a peer to read one piece: at least, at most, and what all pieces together get if that is enough. A
thread may keep Python to itself for 0.005."""

TURNS = 2
"""The time of a piece is waited in so many parts."""


def sender(transport: ITransport) -> Callable[[bytes], None]:
    """A function that writes to a transport; over plain TCP it does so at once, where nothing else waits to be sent.

    Twisted keeps what is written until the reactor has asked whether the socket takes it. It nearly always does; to ask
    first, and to stop asking afterwards, costs more than to send. What the socket does not take is written in Twisted's
    way, and all that comes after it until that has gone. That way also finds out about lost connections.
    """
    if not isinstance(transport, tcp.Connection) or transport.TLS:
        write: Callable[[bytes], None] = transport.write
        return write
    connection: tcp.Connection = transport

    def send(data: bytes) -> None:
        if is_idle(connection):
            sent = connection.writeSomeData(data)
            if sent == len(data):
                return
            if isinstance(sent, int) and sent > 0:
                data = data[sent:]
        connection.write(data)  # type: ignore[no-untyped-call]

    return send


class ReadDelay:
    """Waits until a peer that reads as fast as it can has read what was written last, and makes a call then.

    The peer may have to wait for the processor, or, as a thread of this process, for Python. So may this side. That is
    why the time is waited in several parts: when this side comes late once, the peer still gets the other parts.

    :param pieces: how many pieces are written in all. The more there are, the less time each gets.
    :param done: the call.
    """

    def __init__(self, reactor: Time, pieces: int, done: Callable[[], None]) -> None:
        self._reactor = reactor
        self._seconds = max(LEAST, min(MOST, IN_ALL / pieces)) / TURNS
        self._turns = 0
        self._done = done
        self._wait()

    def _wait(self) -> None:
        self._turns += 1
        self._timer = self._reactor.callLater(self._seconds, self._done if self._turns == TURNS else self._wait)

    def cancel(self) -> None:
        """Wait no longer."""
        if self._timer.active():
            self._timer.cancel()


def is_idle(connection: tcp.Connection) -> bool:
    """Whether a socket is connected, and nothing waits to be sent. Twisted has no public way to ask for the latter."""
    if not connection.connected or connection._writeDisconnected:
        return False
    return not connection.dataBuffer and not connection._tempDataBuffer

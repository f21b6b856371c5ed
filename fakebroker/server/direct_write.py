"""Sending without a detour through the reactor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import tcp

from fakebroker.clock import Time

LEAST, MOST, IN_ALL = 0.001, 0.006, 0.5
"""Real seconds that a peer has to read a piece by itself, and for all the pieces if that is enough for each. A thread
may keep Python to itself for 0.005."""

TURNS = 2
"""In so many waits."""


def sender(transport: Any) -> Callable[[bytes], None]:
    """What writes to a transport; over plain TCP right now, where nothing waits to be sent before it.

    Twisted keeps what is written until the reactor has asked whether the socket takes it, which it nearly always does:
    asking first, and not asking any more afterwards, costs more than sending. What the socket does not take goes the
    usual way, and so does everything after it until that is gone; the usual way also finds out about lost connections.
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


class Patience:
    """Waits until a peer that reads as fast as it can has read what was written last.

    The peer may have to wait for the processor, or as a thread of this process for Python. So may this side: it waits
    several times, lest both waited and only this one had its turn.

    :param pieces: of how many that was one: of many, each gets less time.
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
    """Whether it is connected, and nothing waits to be sent. There is no public way to ask for the latter."""
    if not connection.connected or connection._writeDisconnected:
        return False
    return not connection.dataBuffer and not connection._tempDataBuffer

"""Sending without a detour through the reactor."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.internet import tcp


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


def is_idle(connection: tcp.Connection) -> bool:
    """Whether it is connected, and nothing waits to be sent. There is no public way to ask for the latter."""
    if not connection.connected or connection._writeDisconnected:
        return False
    return not connection.dataBuffer and not connection._tempDataBuffer

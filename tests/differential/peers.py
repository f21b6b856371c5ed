"""What a scenario can be played to: a real broker over TCP, or fakebroker in memory."""

from __future__ import annotations

import select
import socket
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from tests.differential.client import Stream


class Peer(Protocol):
    """A broker."""

    live: bool  # answers take real time, and nothing tells when there are no more: probes must
    pause: float  # seconds between the rounds of probes, for a broker that is busy with its disk

    def open(self) -> Stream: ...

    def pump(self, streams: Sequence[Stream], seconds: float) -> None:
        """Let it work. A live one: until something comes or the time has passed; another: that much virtual time."""
        ...


class _Socket:
    """A TCP connection that never raises: a broken one is closed."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=10)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.closed = False
        self._gone = False

    def fileno(self) -> int:
        return self._socket.fileno()

    @property
    def readable(self) -> bool:
        return not self._gone

    def send(self, data: bytes) -> None:
        with suppress(OSError):  # what it had to say before can still be read
            self._socket.sendall(data)

    def receive(self) -> bytes:
        data = b""
        while not self._gone and select.select([self._socket], [], [], 0)[0]:
            try:
                part = self._socket.recv(1 << 20)
            except OSError:
                part = b""
            data += part
            if not part:
                self._end()
        return data

    def abort(self) -> None:
        if not self._gone:
            self._end()

    def _end(self) -> None:
        self.closed = self._gone = True
        self._socket.close()


class TCPPeer:
    """Any broker at an address; meant for a real RabbitMQ."""

    live = True

    def __init__(self, host: str, port: int) -> None:
        self.pause = 0.0
        self._address = (host, port)

    def open(self) -> Stream:
        return _Socket(self._address)

    def pump(self, streams: Sequence[Stream], seconds: float) -> None:
        sockets = [stream for stream in streams if isinstance(stream, _Socket) and stream.readable]
        if sockets:
            select.select(sockets, [], [], max(seconds, 0))
        elif seconds > 0:
            time.sleep(seconds)


def parse_address(text: str) -> tuple[str, int]:
    """``HOST:PORT``, with port 5672 when it is left out."""
    host, _, port = text.rpartition(":")
    return (host, int(port)) if host else (text, 5672)

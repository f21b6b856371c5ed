"""Sockets that are turned by hand, in the thread of the test: a reactor of its own, and raw clients on real sockets."""

from __future__ import annotations

import socket
import ssl
import struct
from typing import Any

from twisted.internet.task import Clock
from twisted.python.failure import Failure

from fakebroker.testing import VirtualClock
from fakebroker.testing.background.worker import make_reactor
from tests.rawclient import RawClient

TURNS = 12
"""Turns of the reactor that an exchange on the loopback takes at most, with some to spare."""


class Sockets(Clock):
    """What makes things go on: stands where a raw client has its clock."""

    def __init__(self, clock: VirtualClock) -> None:
        super().__init__()
        self.clock = clock
        self.reactor = make_reactor()
        self.clients: list[SocketClient] = []
        self.advance(0)

    def advance(self, amount: float) -> None:
        """Let everything on its way arrive."""
        for _ in range(TURNS):
            self.clock.advance(0)
            self.reactor.iterate(0)
            for client in list(self.clients):
                client.read()

    def connect(self, port: int, version: str, secure: bool) -> SocketClient:
        """A client that has sent nothing."""
        connected: Any = socket.create_connection(("127.0.0.1", port))
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.setblocking(False)
        client = SocketClient(self, version, connected)
        if secure:
            client.begin_tls()
        self.clients.append(client)
        self.advance(0)
        return client

    def close(self) -> None:
        """Leave no descriptor open."""
        for client in list(self.clients):
            client.abort()
        self.advance(0)
        for reader in self.reactor.removeAll():
            reader.connectionLost(Failure(ConnectionAbortedError()))
        self.reactor.waker.connectionLost(None)
        if hasattr(self.reactor, "_poller") and hasattr(self.reactor._poller, "close"):
            self.reactor._poller.close()


class SocketClient(RawClient):
    """A raw client on a socket."""

    def __init__(self, sockets: Sockets, version: str, connected: Any) -> None:
        super().__init__(sockets, version)
        self.sockets = sockets
        self.socket = connected
        self.reads = True

    def begin_tls(self) -> None:
        """The handshake, without a look at the certificate."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket, do_handshake_on_connect=False)
        while True:
            try:
                self.socket.do_handshake()
                return
            except ssl.SSLWantReadError:
                self.sockets.advance(0)

    def read(self) -> None:
        """Take what has come."""
        if not self.reads:
            return
        try:
            while data := self.socket.recv(65536):
                self.dataReceived(data)
            self.ended(EOFError())
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        except OSError as error:
            self.ended(error.with_traceback(None))

    def ended(self, error: Exception) -> None:
        """The broker has closed."""
        self.sockets.clients.remove(self)
        self.socket.close()
        self.connectionLost(Failure(error))

    def send_octets(self, data: bytes) -> None:
        self.socket.sendall(data)
        self.sockets.advance(0)

    def hang_up(self) -> None:
        if self in self.sockets.clients:
            self.sockets.clients.remove(self)
        self.socket.close()
        self.sockets.advance(0)

    def stop_reading(self) -> None:
        self.reads = False

    def abort(self) -> None:
        """Reset."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.hang_up()

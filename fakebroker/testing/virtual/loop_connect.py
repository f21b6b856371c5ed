"""How a client of asyncio connects to a broker in memory."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from typing import Any

from twisted.internet import error
from twisted.python.failure import Failure

from fakebroker.testing.virtual.loop_transport import BrokerTransport
from fakebroker.testing.virtual.network import Once, Place

SERVICES = {"amqp": 5672, "amqps": 5671}
"""Ports that a client may name, as /etc/services does."""


def port_number(port: object) -> object:
    """A port as a number, where it is one or a name that is known here."""
    if isinstance(port, str):
        return int(port) if port.isdigit() else SERVICES.get(port, port)
    return port


class Connecting:
    """A client that connects to a broker in memory.

    :param loop: the client's.
    :param place: where the broker is.
    :param address: the broker's, in figures.
    :param own_port: the port that the client seems to have.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, place: Place, address: str, own_port: int) -> None:
        self._loop = loop
        self._place = place
        self._address = address
        self._own_port = own_port

    async def connect(
        self,
        make: Callable[[], asyncio.BaseProtocol],
        tls: ssl.SSLContext | bool | None,
        server_hostname: str | None,
        **timeouts: float | None,
    ) -> tuple[asyncio.Transport, asyncio.BaseProtocol]:
        """Connect, and speak TLS when asked to.

        :param make: makes the client's protocol.
        :param timeouts: those of TLS, as ``create_connection`` takes them.
        :raises ConnectionRefusedError: when the broker is down, or refuses.
        :raises ssl.SSLError: when the handshake fails.
        """
        protocol = make()
        if not tls:
            return await self._connect(protocol), protocol
        raw = await self._connect(asyncio.Protocol())
        context = _context(server_hostname) if tls is True else tls
        assert isinstance(context, ssl.SSLContext)
        transport = await self._loop.start_tls(
            raw,
            protocol,
            context,
            server_hostname=server_hostname,
            **timeouts,  # type: ignore[arg-type]
        )
        assert transport is not None
        protocol.connection_made(transport)
        return transport, protocol

    async def _connect(self, protocol: asyncio.BaseProtocol) -> BrokerTransport:
        address, port = self._address, self._place.port
        transport = BrokerTransport(self._loop, protocol, extra_info(self._own_port, address, port))
        failures: list[Failure] = []
        self._place.endpoint().connect(Once(transport.wire)).addErrback(failures.append)
        waiter = self._loop.create_future()
        if failures:
            self._loop.call_soon(_failed, waiter, refused(failures[0].value, address, port))
        else:
            transport.begin()
            self._loop.call_soon(_connected, waiter)
        try:
            await waiter
        except BaseException:
            transport.abort()
            raise
        return transport


def _context(server_hostname: str | None) -> ssl.SSLContext:
    """What ``ssl=True`` stands for."""
    context = ssl.create_default_context()
    if not server_hostname:
        context.check_hostname = False
    return context


def _connected(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


def _failed(waiter: asyncio.Future[None], error: BaseException) -> None:
    if not waiter.done():
        waiter.set_exception(error)


def refused(reason: BaseException | None, address: str, port: int) -> BaseException:
    """The error that asyncio raises when nobody listens."""
    if isinstance(reason, error.ConnectionRefusedError):
        return ConnectionRefusedError(errno.ECONNREFUSED, f"Connect call failed {(address, port)}")
    return reason or OSError(errno.EIO, "the broker cannot be reached")


def extra_info(own_port: int, address: str, port: int) -> dict[str, Any]:
    """What ``get_extra_info`` of a connection to a broker knows."""
    if ":" in address:
        peer: tuple[Any, ...] = (address, port, 0, 0)
        own: tuple[Any, ...] = ("::1", own_port, 0, 0)
    else:
        peer, own = (address, port), ("127.0.0.1", own_port)
    return {"peername": peer, "sockname": own, "socket": MemorySocket(own, peer)}


class MemorySocket:
    """What a client sees as the socket of a connection in memory: the addresses, and options that change nothing."""

    def __init__(self, own: tuple[Any, ...], peer: tuple[Any, ...]) -> None:
        self._own = own
        self._peer = peer
        self._options: dict[tuple[int, int], int | bytes] = {}
        self.family = socket.AF_INET6 if len(own) == 4 else socket.AF_INET
        self.type = socket.SOCK_STREAM
        self.proto = socket.IPPROTO_TCP

    def __repr__(self) -> str:
        return f"<MemorySocket from {self._own} to {self._peer}>"

    def getsockname(self) -> tuple[Any, ...]:
        """The client's address."""
        return self._own

    def getpeername(self) -> tuple[Any, ...]:
        """The broker's address."""
        return self._peer

    def setsockopt(self, level: int, option: int, value: int | bytes | None, length: int = 0) -> None:
        """Remember an option."""
        self._options[level, option] = length if value is None else value

    def getsockopt(self, level: int, option: int, length: int = 0) -> int | bytes:
        """What was set; 0 before."""
        return self._options.get((level, option), bytes(length) if length else 0)

    def fileno(self) -> int:
        """No descriptor: -1, as of a socket that is closed."""
        return -1

    def gettimeout(self) -> float:
        """It does not block."""
        return 0.0

    def getblocking(self) -> bool:
        """It does not block."""
        return False

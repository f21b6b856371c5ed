"""Blocking sockets in virtual time: methods of ``socket.socket``, replaced in place.

A connection to a broker's address is made in memory. Whatever would block lets virtual time go on instead; a socket
that leads elsewhere stays what it is. Every method does what the original does in a thread that takes part in no
simulation.
"""

from __future__ import annotations

import errno
import functools
import os
import socket
from collections.abc import Callable, Iterable
from typing import Any

from fakebroker.testing.virtual.children import install_children
from fakebroker.testing.virtual.connections import Pair
from fakebroker.testing.virtual.foreign import install_foreign
from fakebroker.testing.virtual.names import install_names
from fakebroker.testing.virtual.network import Network, Place
from fakebroker.testing.virtual.patches import Patches
from fakebroker.testing.virtual.polling import install_polling
from fakebroker.testing.virtual.simulation import Simulation, current
from fakebroker.testing.virtual.tls_sockets import install_tls
from fakebroker.testing.virtual.waiting import glance, readable, within, writable

Method = Callable[..., Any]
Octets = bytes | bytearray | memoryview


def install_sockets(simulation: Simulation, patches: Patches) -> None:
    """Let sockets, ``select`` and TLS live in virtual time as long as the patches are in."""
    install_foreign(patches)
    for name, make in _METHODS.items():
        if hasattr(socket.socket, name):
            patches.attribute(socket.socket, name, _made(make, getattr(socket.socket, name)))
    install_children(patches)
    install_names(patches)
    install_polling(patches)
    install_tls(patches)


@functools.cache
def _made(make: Callable[[Method], Method], original: Method) -> Method:
    """What stands for a method, made once: it serves every block."""
    return make(original)


def _pair(sock: socket.socket) -> Pair | None:
    simulation = current()
    return None if simulation is None else simulation.connections.find(sock.fileno())


# --- connecting


def _place(simulation: Simulation, sock: socket.socket, address: object) -> Place | None:
    inet = sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM
    if not inet or not isinstance(address, tuple) or len(address) < 2:
        return None
    return simulation.network.find(address[0], address[1])


def _connect(original: Method) -> Method:
    @functools.wraps(original)
    def connect(self: socket.socket, address: object, /) -> None:
        code = _code(self, address)
        if code is None:
            original(self, address)
        elif code:
            raise OSError(code, os.strerror(code))

    return connect


def _connect_ex(original: Method) -> Method:
    @functools.wraps(original)
    def connect_ex(self: socket.socket, address: object, /) -> int:
        code = _code(self, address)
        return int(original(self, address)) if code is None else code

    return connect_ex


def _code(sock: socket.socket, address: Any) -> int | None:
    """Connect to a broker's address.

    :returns: the error's number, 0 for none; None for another address.
    """
    simulation = current()
    place = None if simulation is None else _place(simulation, sock, address)
    if simulation is None or place is None or sock.fileno() < 0:
        return None
    table = simulation.connections
    if table.find(sock.fileno()) is not None:
        return errno.EISCONN
    refused = table.refusal(sock.fileno())
    if refused:
        return refused
    waits = sock.gettimeout() != 0
    simulation.turn()
    if table.connect(sock, place, _named(simulation.network, sock, address)):
        simulation.turn()
        return 0 if waits else errno.EINPROGRESS
    if waits:
        return errno.ECONNREFUSED
    table.refuse(sock.fileno(), errno.ECONNREFUSED)
    return errno.EINPROGRESS


def _named(network: Network, sock: socket.socket, address: tuple[object, ...]) -> tuple[object, ...]:
    """The address that a client has connected to, in figures."""
    if sock.family == socket.AF_INET6:
        return network.numeric(address[0], True), address[1], *(address[2:] or (0, 0))
    return network.numeric(address[0]), address[1]


# --- reading


def _reads(original: Method) -> Method:
    @functools.wraps(original)
    def read(self: socket.socket, *args: object, **options: object) -> object:
        simulation = current()
        if simulation is None:
            return original(self, *args, **options)
        timeout = self.gettimeout()
        if timeout != 0:
            readable(simulation, self, timeout)
        try:
            found = original(self, *args, **options)
        except BlockingIOError:
            if timeout != 0 or not (simulation.turn() or glance(simulation, self)):
                raise
            found = original(self, *args, **options)
        simulation.busy.moved()
        simulation.outside.answered(self.fileno())
        return found

    return read


# --- writing


def _sends(original: Method) -> Method:
    @functools.wraps(original)
    def send(self: socket.socket, data: Octets, flags: int = 0, /) -> int:
        simulation = current()
        if simulation is None:
            return int(original(self, data, flags))
        pair = simulation.connections.find(self.fileno())
        timeout = self.gettimeout()
        if pair is None:
            if timeout != 0:
                writable(simulation, self, timeout)
            simulation.outside.asked(self.fileno())
            return int(original(self, data, flags))
        if timeout is None:
            return _send_all(simulation, self, pair, data, flags)
        if timeout != 0:
            writable(simulation, self, timeout)
        return _send(simulation, self, pair, data, flags)

    return send


def _sends_all(original: Method) -> Method:
    @functools.wraps(original)
    def sendall(self: socket.socket, data: Octets, flags: int = 0, /) -> None:
        simulation = current()
        pair = None if simulation is None else simulation.connections.find(self.fileno())
        if simulation is None:
            original(self, data, flags)
        elif pair is None:
            simulation.outside.asked(self.fileno())
            original(self, data, flags)
        else:
            _send_all(simulation, self, pair, data, flags)

    return sendall


_real_send = socket.socket.send


def _send(simulation: Simulation, sock: socket.socket, pair: Pair, data: Octets, flags: int) -> int:
    """Send what there is room for, and let the broker have it."""
    try:
        sent = _real_send(sock, data, flags | socket.MSG_DONTWAIT)
    except BrokenPipeError:
        # A TCP socket tells once that it was reset.
        if sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == errno.ECONNRESET:
            raise ConnectionResetError(errno.ECONNRESET, os.strerror(errno.ECONNRESET)) from None
        raise
    simulation.busy.moved()
    simulation.connections.written(pair)
    simulation.turn()
    return sent


def _send_all(simulation: Simulation, sock: socket.socket, pair: Pair, data: Octets, flags: int) -> int:
    timeout = sock.gettimeout()
    left = within(simulation, timeout)
    with memoryview(data) as view, view.cast("B") as octets:
        done, size = 0, len(octets)
        while done < size:
            if timeout:
                writable(simulation, sock, left())  # else the original would wait for room, in real time
            try:
                done += _send(simulation, sock, pair, octets[done:], flags)
            except BlockingIOError:
                if timeout == 0:
                    raise
                writable(simulation, sock, left())
        return size


def _sends_message(original: Method) -> Method:
    @functools.wraps(original)
    def sendmsg(
        self: socket.socket, buffers: Iterable[Octets], ancdata: object = (), flags: int = 0, *address: object
    ) -> int:
        if ancdata or address or _pair(self) is None:
            return int(original(self, buffers, ancdata, flags, *address))
        return self.send(b"".join(buffers), flags)

    return sendmsg


def _sends_to(original: Method) -> Method:
    @functools.wraps(original)
    def sendto(self: socket.socket, data: Octets, *flags_and_address: Any) -> int:
        if _pair(self) is None:
            return int(original(self, data, *flags_and_address))
        return self.send(data, *flags_and_address[:-1])  # as TCP: who is connected has one peer

    return sendto


def _sends_file(original: Method) -> Method:
    @functools.wraps(original)
    def sendfile(self: Any, file: object, offset: int = 0, count: int | None = None) -> int:
        way = original if _pair(self) is None else type(self)._sendfile_use_send  # the other waits in C
        return int(way(self, file, offset, count))

    return sendfile


# --- addresses and options


def _peer_name(original: Method) -> Method:
    @functools.wraps(original)
    def getpeername(self: socket.socket) -> object:
        pair = _pair(self)
        if pair is not None and pair.was_reset:
            raise OSError(errno.ENOTCONN, os.strerror(errno.ENOTCONN))
        return original(self) if pair is None else pair.peer

    return getpeername


def _own_name(original: Method) -> Method:
    @functools.wraps(original)
    def getsockname(self: socket.socket) -> object:
        pair = _pair(self)
        return original(self) if pair is None else pair.address

    return getsockname


OF_BOTH = (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO, socket.SO_SNDBUF, socket.SO_RCVBUF, socket.SO_ERROR, socket.SO_TYPE)
"""The options of SOL_SOCKET that the pair itself has; all others belong to TCP."""


def _option(original: Method) -> Method:
    """``setsockopt`` and ``getsockopt``."""

    @functools.wraps(original)
    def option(self: socket.socket, level: int, name: int, *args: object) -> object:
        simulation = current()
        if simulation is None:
            return original(self, level, name, *args)
        if level == socket.SOL_SOCKET and name == socket.SO_ERROR:
            return simulation.connections.refusal(self.fileno()) or original(self, level, name, *args)
        pair = simulation.connections.find(self.fileno())
        if pair is None or (level == socket.SOL_SOCKET and name in OF_BOTH):
            return original(self, level, name, *args)
        return original(pair.tcp, level, name, *args)

    return option


# --- closing


def _leaves(original: Method) -> Method:
    """``shutdown``, and what ``close`` calls at last."""

    @functools.wraps(original)
    def leave(self: socket.socket, *args: object) -> None:
        simulation = current()
        pair = _pair(self)
        original(self, *args)
        if simulation is not None and pair is not None:
            pair.client_closes()
            simulation.turn()

    return leave


_METHODS: dict[str, Callable[[Method], Method]] = {
    "connect": _connect,
    "connect_ex": _connect_ex,
    "recv": _reads,
    "recv_into": _reads,
    "recvfrom": _reads,
    "recvfrom_into": _reads,
    "recvmsg": _reads,
    "recvmsg_into": _reads,
    "send": _sends,
    "sendall": _sends_all,
    "sendmsg": _sends_message,
    "sendto": _sends_to,
    "sendfile": _sends_file,
    "accept": _reads,
    "getpeername": _peer_name,
    "getsockname": _own_name,
    "setsockopt": _option,
    "getsockopt": _option,
    "shutdown": _leaves,
    "_real_close": _leaves,
}

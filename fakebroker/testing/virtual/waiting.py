"""Waiting for descriptors in virtual time: what blocking sockets and TLS have in common."""

from __future__ import annotations

import errno
import os
import select
import socket
import struct
from collections.abc import Callable
from typing import Any

from fakebroker.testing.virtual.connections import TIMEVAL
from fakebroker.testing.virtual.simulation import Simulation

_poll: Any = getattr(select, "poll", None)  # eventlet takes it away


def readable(simulation: Simulation, sock: socket.socket, timeout: float | None) -> None:
    """Let time go on until a socket has something to read.

    :param timeout: seconds; None for what SO_RCVTIMEO says.
    :raises TimeoutError: when the time is over.
    """
    _wait(simulation, sock, timeout, select.POLLIN, socket.SO_RCVTIMEO, "octets from")


def writable(simulation: Simulation, sock: socket.socket, timeout: float | None) -> None:
    """The same until it takes what is written.

    :param timeout: seconds; None for what SO_SNDTIMEO says.
    """
    _wait(simulation, sock, timeout, select.POLLOUT, socket.SO_SNDTIMEO, "room for octets to")


def glance(simulation: Simulation, sock: socket.socket) -> bool:
    """A socket that does not wait has nothing to read. Whoever asks again and again lets a little time pass.

    :returns: whether there is something now.
    """
    if not simulation.busy.looked():
        return False
    poll = _poll()
    poll.register(sock.fileno(), select.POLLIN)
    outside = simulation.outside.waiter(lambda: [(sock.fileno(), select.POLLIN)])
    simulation.busy.give_way(lambda: poll.poll(0), outside)
    return bool(poll.poll(0))


def _wait(
    simulation: Simulation, sock: socket.socket, timeout: float | None, event: int, option: int, what: str
) -> None:
    if not simulation.threads.alone:
        simulation.threads.pause()
    poll = _poll()
    poll.register(sock.fileno(), event)
    if poll.poll(0):
        return
    limit = _seconds(sock, option) if timeout is None else timeout
    outside = simulation.outside.waiter(lambda: [(sock.fileno(), event)])
    if not simulation.wait(lambda: poll.poll(0), limit, SocketWish(simulation, sock, what), outside):
        if timeout is None:
            raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        raise TimeoutError("timed out")


class SocketWish:
    """What is waited for, in words, for those who ask."""

    def __init__(self, simulation: Simulation, sock: socket.socket, what: str) -> None:
        self._simulation = simulation
        self._sock = sock
        self._what = what

    def __str__(self) -> str:
        return f"{self._what} {peer(self._simulation, self._sock)}"


def peer(simulation: Simulation, sock: socket.socket) -> str:
    """Whom a socket is connected to, in words."""
    pair = simulation.connections.find(sock.fileno())
    if pair is not None:
        return f"{pair.peer[0]}:{pair.peer[1]}"
    try:
        address = sock.getpeername()
    except OSError:
        return "a socket that is not connected"
    return f"{address[0]}:{address[1]}" if isinstance(address, tuple) else "a socket of this machine"


def _seconds(sock: socket.socket, option: int) -> float | None:
    """What SO_RCVTIMEO or SO_SNDTIMEO says; None for ever."""
    value = sock.getsockopt(socket.SOL_SOCKET, option, TIMEVAL)
    if len(value) != TIMEVAL:
        return None
    seconds, microseconds = struct.unpack("@qq", value)
    return seconds + microseconds / 1e6 if seconds or microseconds else None


def within(simulation: Simulation, timeout: float | None) -> Callable[[], float | None]:
    """Gives what is left of a time that begins now.

    :raises TimeoutError: (from what is returned) when nothing is left.
    """
    if timeout is None:
        return lambda: None
    end = simulation.clock.seconds() + timeout

    def left() -> float:
        remaining = end - simulation.clock.seconds()
        if remaining <= 0 < timeout:
            raise TimeoutError("timed out")
        return remaining

    return left

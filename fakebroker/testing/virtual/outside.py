"""Descriptors that lead out of memory: whether something is under way there, and really waiting for it.

A connection to a database that lies idle does not keep time from jumping; one on which a question was sent that has
not been answered does. What both ends of are in this process (pairs, pipes, a server in a thread) is not outside.
"""

from __future__ import annotations

import _socket
import os
import select
import socket
import stat
import struct
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from fakebroker.testing.virtual.connections import NOTHING, inode_of

GRACE = 0.001
"""The real seconds that descriptors have, on which nothing is known to be under way."""

DOUBT = 0.02
"""The same when it is not known which was later, the last that was sent or the last that was received."""

TICK = 10
"""Milliseconds: Linux counts no finer when something was sent or received."""

EVENTS = select.POLLIN | select.POLLPRI | select.POLLOUT
EDGE = 1 << 31
"""``EPOLLET``: who is told only once about an event is not told about it by us."""

Inode = tuple[int, int]
_poll: Any = getattr(select, "poll", None)  # eventlet takes it away


class Tcp(NamedTuple):
    """What Linux tells of a connection."""

    connecting: bool
    listening: bool
    sent: int
    """Milliseconds since something was sent."""
    received: int
    """Milliseconds since something was received."""
    octets: int
    """How many octets were received."""

    @classmethod
    def of(cls, sock: _socket.socket) -> Tcp | None:
        """None where it is not told."""
        if not hasattr(socket, "TCP_INFO"):
            return None
        try:
            info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 136)
        except OSError:
            return None
        if len(info) < 136:
            return None
        sent, received = struct.unpack_from("=I", info, 44)[0], struct.unpack_from("=I", info, 52)[0]
        return cls(info[0] in (2, 3), info[0] == 10, sent, received, struct.unpack_from("=Q", info, 128)[0])


class RealDescriptors:
    """The descriptors of one simulation that lead out of memory."""

    def __init__(self) -> None:
        self._asked: dict[Inode, bool] = {}
        self._inside: dict[Inode, bool] = {}

    def asked(self, number: int) -> None:
        """Something was sent over a real socket."""
        self._asked[inode_of(number)] = True

    def answered(self, number: int) -> None:
        """Something was received."""
        if self._asked:
            self._asked[inode_of(number)] = False

    def patience(self, number: int) -> float | None:
        """How long to wait for a descriptor really before time jumps.

        :returns: seconds; infinity while something is under way; None for what is not outside.
        """
        inode = inode_of(number)
        if inode == NOTHING:
            return None
        inside = self._inside.get(inode)
        if inside is None:
            inside = self._inside[inode] = is_inside(number)
        if inside:
            return None
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return float("inf") if _has_children() else GRACE
        with borrowed(number) as sock:
            tcp = Tcp.of(sock)
        if tcp is not None and (tcp.connecting or tcp.listening):
            return float("inf") if tcp.connecting else GRACE
        if inode in self._asked:
            return float("inf") if self._asked[inode] else GRACE
        return DOUBT if tcp is None else _patience(tcp)

    def waiter(self, wanted: Callable[[], Iterable[tuple[int, int]]]) -> Callable[[float], bool]:
        """How to wait for descriptors really.

        :param wanted: gives each descriptor and the events that are waited for, as ``poll`` numbers them.
        :returns: a function that waits at most so many seconds, and tells whether something came.
        """

        def wait(seconds: float) -> bool:
            poll, limit = _poll(), 0.0
            for number, events in wanted():
                patience = None if events & EDGE else self.patience(number)
                if patience is not None:
                    poll.register(number, events & EVENTS)
                    limit = max(limit, patience)
            return limit > 0 and bool(poll.poll(min(limit, seconds) * 1000))

        return wait


def is_inside(number: int) -> bool:
    """Whether this process has both ends."""
    mode = os.fstat(number).st_mode
    if stat.S_ISFIFO(mode):
        inode = inode_of(number)
        return sum(inode_of(other) == inode for other in _descriptors()) > 1
    if not stat.S_ISSOCK(mode):
        return False
    with borrowed(number) as sock:
        if sock.family == getattr(socket, "AF_UNIX", None):
            return _is_own_pair(sock)
        try:
            peer = sock.getpeername()
        except OSError:
            return False
    return peer in [name for other in _descriptors() for name in _names(other)]


def _is_own_pair(sock: _socket.socket) -> bool:
    if not hasattr(socket, "SO_PEERCRED"):
        return not sock.getpeername()
    process = struct.unpack("3i", sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[0]
    return bool(process == os.getpid())


def _descriptors() -> list[int]:
    folder = Path("/proc/self/fd" if Path("/proc/self/fd").exists() else "/dev/fd")
    return sorted(int(path.name) for path in folder.iterdir())


def _names(number: int) -> list[object]:
    """The address of a connected socket's own end."""
    try:
        if not stat.S_ISSOCK(os.fstat(number).st_mode):
            return []
        with borrowed(number) as sock:
            sock.getpeername()
            return [sock.getsockname()]
    except OSError:
        return []


def _has_children() -> bool:
    """Whether processes live that this one has started."""
    try:
        os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT | os.WNOHANG)
    except (AttributeError, OSError):
        return False
    return True


@contextmanager
def borrowed(number: int) -> Iterator[_socket.socket]:
    """A socket object for a descriptor, which stays open."""
    sock = _socket.socket(fileno=number)
    try:
        yield sock
    finally:
        sock.detach()


def _patience(tcp: Tcp) -> float:
    if not tcp.octets or tcp.sent + TICK < tcp.received:
        return float("inf")
    return GRACE if tcp.received + TICK < tcp.sent or min(tcp.sent, tcp.received) > DOUBT * 1000 else DOUBT

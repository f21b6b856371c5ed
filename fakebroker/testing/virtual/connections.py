"""Pairs of blocking clients: one end of a pair of sockets each, and what brings octets over to the broker.

The client's descriptor becomes one end of the pair (``dup2``), so that the kernel's ``select``, ``poll`` and ``epoll``
tell about it as about any other. The other end is this module's. Nothing happens by itself: :meth:`Pairs.pump`
brings over what clients have written, in the thread that waits.
"""

from __future__ import annotations

import _socket
import errno
import os
import socket
from collections.abc import Callable
from typing import Any, Protocol
from weakref import WeakSet

from twisted.internet import error
from twisted.internet.protocol import Protocol as Conversation
from twisted.internet.protocol import connectionDone
from twisted.python.failure import Failure

from fakebroker.testing.virtual.network import Once, Place

CHUNK = 65536
"""The most octets that are brought over in one piece."""

TIMEVAL = 16
"""The size of a ``struct timeval``, which SO_RCVTIMEO and SO_SNDTIMEO take."""

FIRST_PORT = 49152
"""The port of the first client, the first of those that IANA leaves to clients; that of the next is one higher."""


class Pair(Conversation):
    """A client's connection: the client's socket is one end of a pair, this object reads and writes the other.

    :param table: the connections that this one belongs to.
    :param client: the client's socket.
    :param peer: the broker's address, as ``getpeername`` tells it.
    :param number: which connection it is, from 0.
    """

    transport: Any

    def __init__(self, table: Pairs, client: socket.socket, peer: tuple[Any, ...], number: int) -> None:
        self.peer = peer
        self.number = number
        self.inode = NOTHING
        self.was_reset = False
        """Whether the broker has reset the connection."""
        self.left = False
        """Whether the client has closed its end, or one direction of it: an end may follow what it has written."""
        self._table = table
        self._number = client.fileno()
        self._near: _socket.socket | None = None
        self._unsent = bytearray()
        self._reading = True
        self._finished = False
        self._own_end = False
        self.tcp: _socket.socket = client
        """What the client's socket was before: it answers for the options of TCP and for the client's own address."""

    # --- the client's side

    def join(self, client: socket.socket) -> None:
        """Make the client's descriptor one end of a pair."""
        self.tcp = _socket.socket(client.family, client.type, client.proto, os.dup(self._number))
        near, far = _socket.socketpair()
        near.setblocking(False)
        for option in (socket.SO_RCVTIMEO, socket.SO_SNDTIMEO):
            value = self.tcp.getsockopt(socket.SOL_SOCKET, option, TIMEVAL)
            if any(value):
                far.setsockopt(socket.SOL_SOCKET, option, value)
        self._table.descriptor_changes(self._number, lambda: self._become(far))
        os.set_blocking(self._number, client.gettimeout() is None)
        self._near = near
        self.inode = inode_of(self._number)

    def _become(self, far: _socket.socket) -> None:
        os.dup2(far.fileno(), self._number, inheritable=os.get_inheritable(self._number))
        far.close()

    @property
    def address(self) -> tuple[Any, ...]:
        """The client's address, as ``getsockname`` tells it: the one it was bound to, or the next that is free."""
        bound: tuple[Any, ...] = self.tcp.getsockname()
        host = bound[0] if bound[0] not in ("0.0.0.0", "::") else ("::1" if len(bound) > 2 else "127.0.0.1")
        return host, bound[1] or FIRST_PORT + self.number, *bound[2:]

    # --- from the client to the broker

    def pump(self) -> bool:
        """Bring over what the client has written, and what the broker has for it.

        :returns: whether there was something.
        """
        moved = self._flush()
        if self._near is None or not (self._reading or self._finished):
            return moved
        try:
            data = self._near.recv(CHUNK)
        except BlockingIOError:
            return moved
        except OSError:  # the client was gone before it had read everything
            self._own_end = True
            if self.transport is not None:
                self.transport.abortConnection()
            return self._end()
        if self._finished:  # what is sent to an end that is closed is answered with a reset
            return self._reset() if data else self._end()
        if not data:
            self._own_end = True
            self.transport.loseConnection()
            return self._end()
        self.transport.write(data)
        if self.left or len(data) == CHUNK:
            self._table.written(self)
        return True

    def pauseProducing(self) -> None:
        """The broker does not read: what the client writes stays in its socket."""
        self._reading = False

    def resumeProducing(self) -> None:
        """The broker reads again."""
        self._reading = True
        self._table.written(self)

    def stopProducing(self) -> None:
        """The connection is lost; ``connectionLost`` tells how."""

    # --- from the broker to the client

    def connectionMade(self) -> None:
        self.transport.registerProducer(self, True)

    def dataReceived(self, data: bytes) -> None:
        self._unsent += data
        self._flush()

    def _flush(self) -> bool:
        """Give the client's socket what it has room for."""
        if not self._unsent or self._near is None:
            return False
        try:
            sent = self._near.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:  # the client reads no more
            sent = len(self._unsent)
        del self._unsent[:sent]
        full = self._table.full
        if self._unsent and self not in full:
            full[self] = None
            if not self._finished:
                self.transport.pauseProducing()
        elif not self._unsent and self in full:
            del full[self]
            if self._finished:
                self._shut()
            else:
                self.transport.resumeProducing()
        return sent > 0

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._finished = True
        self.transport = None
        if self._near is None or self._own_end:
            self._end()
        elif isinstance(reason.value, error.ConnectionDone):
            if not self._unsent:
                self._shut()
        else:
            self._reset()

    def _shut(self) -> None:
        """The broker has closed: the client reads an end after all that came before."""
        if self._near is not None:
            try:
                self._near.shutdown(socket.SHUT_WR)
            except OSError:  # the client has closed too
                self._end()
        self._table.written(self)

    def _reset(self) -> bool:
        """Let the client meet a reset. A socket whose other end is closed with something unread has that."""
        self.was_reset = True
        if self._near is not None and inode_of(self._number) == self.inode:
            client = _socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, self._number)
            try:
                client.send(b"\0", socket.MSG_DONTWAIT)
            except OSError:  # it has written so much that something is unread anyway, or it writes no more
                pass
            finally:
                client.detach()
        return self._end()

    def _end(self) -> bool:
        """Be closed. The client's socket stays what it is until the client closes it."""
        self._finished = True
        if self._near is not None:
            self._near.close()
            self._near = None
        if inode_of(self._number) != self.inode:
            self.forget()
        return True

    def client_closes(self) -> None:
        """The client has closed its socket, or will read or write no more."""
        self.left = True
        if self._near is None:
            self.forget()
        else:
            self._table.written(self)

    def forget(self) -> None:
        """Nobody has the socket any more."""
        self.tcp.close()
        self._table.forget(self)

    def abandon(self) -> None:
        """The block is over: the client meets an end, if it still looks."""
        self._end()
        self.forget()

    def leave_behind(self) -> None:
        """Close the copies of a child that was forked."""
        if self._near is not None:
            self._near.close()
            self.tcp.close()
        if inode_of(self._number) == self.inode:
            closed, other = _socket.socketpair()
            other.close()
            os.dup2(closed.fileno(), self._number, inheritable=os.get_inheritable(self._number))
            closed.close()


class Watcher(Protocol):
    """An ``epoll``: it watches what a descriptor stands for, whatever the descriptor comes to stand for later."""

    def lets_go(self, number: int) -> Callable[[], None] | None:
        """Let it go.

        :returns: what has it watched again; None where it was not watched.
        """


class Pairs:
    """The connections of blocking clients in one simulation."""

    def __init__(self) -> None:
        self.full: dict[Pair, None] = {}
        """Those whose client does not read what the broker has for it."""
        self._pairs: dict[tuple[int, int], Pair] = {}
        self._refused: dict[tuple[int, int], int] = {}
        self._written: dict[Pair, None] = {}
        self._made = 0
        self._watchers: WeakSet[Watcher] = WeakSet()

    def watched_by(self, watcher: Watcher) -> None:
        """Somebody watches descriptors."""
        self._watchers.add(watcher)

    def descriptor_changes(self, number: int, change: Callable[[], None]) -> None:
        """A descriptor comes to stand for something else. To those who watch it it is the same as before."""
        there = [back for watcher in self._watchers for back in [watcher.lets_go(number)] if back is not None]
        change()
        for back in there:
            back()

    def find(self, number: int) -> Pair | None:
        """The connection of a descriptor; None where it is something else. The descriptor may have been copied, or
        be in use for something else by now: what tells is its inode."""
        return self._pairs.get(inode_of(number)) if self._pairs and number >= 0 else None

    def connect(self, client: socket.socket, place: Place, peer: tuple[Any, ...]) -> bool:
        """Connect a client's socket to a broker.

        :returns: False when the broker refuses the connection.
        """
        pair = Pair(self, client, peer, self._made)
        self._made += 1
        outcome: list[object] = []
        place.endpoint().connect(Once(pair)).addBoth(outcome.append)
        if isinstance(outcome[0], Failure):
            return False
        pair.join(client)
        self._pairs[pair.inode] = pair
        return True

    def refuse(self, number: int, code: int) -> None:
        """Remember that a connection that was begun without waiting was refused."""
        self._refused[inode_of(number)] = code

    def refusal(self, number: int) -> int:
        """How a connection that was begun was refused; 0 when it was not. It is told once."""
        return self._refused.pop(inode_of(number), 0) if self._refused else 0

    def written(self, pair: Pair) -> None:
        """A client has written something, or may have."""
        self._written[pair] = None

    def pump(self) -> bool:
        """Bring over what clients have written since the last time.

        :returns: whether there was something.
        """
        if not self._written:
            return False
        pairs, self._written = self._written, {}
        return bool([pair for pair in pairs if pair.pump()])

    def look(self) -> bool:
        """Bring over what was written in ways that nobody noticed: by ``os.write``, or by a socket that was forgotten
        and so closed.

        :returns: whether there was something.
        """
        return bool([pair for pair in list(self._pairs.values()) if pair.pump()])

    def forget(self, pair: Pair) -> None:
        """A connection is gone."""
        self._pairs.pop(pair.inode, None)
        self._written.pop(pair, None)
        self.full.pop(pair, None)

    def close(self) -> None:
        """Let nothing be open any more."""
        for pair in list(self._pairs.values()):
            pair.abandon()
        self._refused.clear()

    def leave_behind(self) -> None:
        """This is a child that was forked: it has copies of all descriptors. The broker's end is closed here. The
        client's end becomes a connection that is closed: it is the parent's client that goes on with the other."""
        for pair in self._pairs.values():
            pair.leave_behind()
        self.__init__()  # type: ignore[misc]


NOTHING = (0, 0)
"""What a descriptor that is not open stands for."""


def inode_of(number: int) -> tuple[int, int]:
    """What a descriptor stands for, as two numbers."""
    try:
        found = os.fstat(number)
    except OSError as problem:
        if problem.errno != errno.EBADF:
            raise
        return NOTHING
    return found.st_dev, found.st_ino

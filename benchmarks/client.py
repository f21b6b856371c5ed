"""A client that costs next to nothing: a blocking socket, and bytes made beforehand."""

from __future__ import annotations

import socket
from collections.abc import Iterable
from struct import Struct
from types import TracebackType
from typing import NamedTuple

from benchmarks.frames import GOODBYE, HANDSHAKE, HEAD, METHOD, Step, declare, frame

PATIENCE = 8.0
"""Seconds a peer may keep its answer to itself."""
_CHUNK = 1 << 18
_COUNT = Struct(">I")


class Unexpected(Exception):
    """A peer did not answer as it should have."""


class Address(NamedTuple):
    """Where a peer listens."""

    host: str
    port: int


class Client:
    """One connection with channel 1 open.

    :raises Unexpected: from every method, when the peer answers with something else.
    """

    def __init__(self, address: Address) -> None:
        self.socket = socket.create_connection(address, PATIENCE)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = b""
        for step in HANDSHAKE:
            self.call(step)

    def __enter__(self) -> Client:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.call(GOODBYE)
        finally:
            self.socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes, all of them."""
        self.socket.sendall(data)

    def call(self, step: Step) -> bytes:
        """Send, and wait for the answer; gives its frame."""
        self.socket.sendall(step.data)
        return self.expect(step.answer)

    def call_all(self, steps: Iterable[Step]) -> None:
        """Send all, then wait for all answers."""
        steps = list(steps)
        for at in range(0, len(steps), 100):  # few enough to fit in the buffers on the way
            some = steps[at : at + 100]
            self.send(b"".join(step.data for step in some))
            for step in some:
                self.expect(step.answer)

    def expect(self, answer: bytes) -> bytes:
        """The next frame, which has to be this method."""
        got = self.frame()
        if got[METHOD : METHOD + 4] != answer:
            raise Unexpected(f"a frame with {answer!r} was due, and {got[:300]!r} came")
        return got

    def frame(self) -> bytes:
        """The next frame, whatever it is."""
        unread = self._unread
        while True:
            if len(unread) >= HEAD.size:
                size = HEAD.unpack_from(unread)[2] + HEAD.size + 1
                if len(unread) >= size:
                    self._unread = unread[size:]
                    return unread[:size]
            unread += self.receive()

    def receive(self) -> bytes:
        """Whatever comes next, or has come and was not looked at."""
        if self._unread:
            unread, self._unread = self._unread, b""
            return unread
        data = self.socket.recv(_CHUNK)
        if not data:
            raise Unexpected("the peer hung up")
        return data

    def message_count(self, queue: str) -> int:
        """How many messages wait in a queue."""
        answer = self.call(declare(queue, passive=True))
        name_size = answer[METHOD + 4]
        count: int = _COUNT.unpack_from(answer, METHOD + 5 + name_size)[0]
        return count

    def open_channel(self, number: int) -> None:
        """Open one more channel."""
        self.call(Step(frame(number, "channel.open"), HANDSHAKE[-1].answer))


def handshake(address: Address) -> None:
    """Connect, log in, open a channel, and leave again."""
    with Client(address):
        pass

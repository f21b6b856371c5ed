"""fakebroker in memory, as a peer of scenarios."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from fakebroker import FakeBroker
from fakebroker.testing import VirtualClock
from tests.differential.client import Stream


class _Stream(Protocol):
    """The client's end of a connection in memory."""

    def __init__(self) -> None:
        self.closed = False
        self._received = bytearray()

    def dataReceived(self, data: bytes) -> None:
        self._received += data

    def connectionLost(self, reason: Failure = Failure(ConnectionError())) -> None:  # noqa: B008
        self.closed = True

    def send(self, data: bytes) -> None:
        cast(Any, self.transport).write(data)

    def receive(self) -> bytes:
        data = bytes(self._received)
        self._received.clear()
        return data

    def abort(self) -> None:
        if not self.closed:
            cast(Any, self.transport).loseConnection()


class _Factory(Factory):
    noisy = False

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return _Stream()


AT_MOST = 0.0501
"""Seconds that liberties may put something off, and a little more."""


class MemoryPeer:
    """A broker of its own, on a virtual clock that begins at a plausible date.

    :param liberties: as a broker's.
    """

    live = False
    pause = 0.0

    def __init__(self, liberties: int | str | None = None) -> None:
        self.clock = VirtualClock() if liberties is not None else Clock()
        self.clock.advance(1_600_000_000)
        self.broker = FakeBroker(clock=self.clock, liberties=liberties)
        if isinstance(self.clock, VirtualClock):
            self.clock.take_liberties(self.broker.liberties)
        self._endpoint = self.broker.endpoint()

    def open(self) -> Stream:
        streams: list[Any] = []
        self._endpoint.connect(_Factory()).addCallback(streams.append)
        return cast(Stream, streams[0])

    def pump(self, streams: Sequence[Stream], seconds: float) -> None:
        """From one due call to the next: a call that is repeated is repeated."""
        end = self.clock.seconds() + seconds
        self.clock.advance(0)
        while seconds > 0:
            due = min((call.getTime() for call in self.clock.getDelayedCalls()), default=end)
            self.clock.advance(max(min(due, end) - self.clock.seconds(), 0))
            if due >= end:
                break
        if self.broker.liberties is not None:
            self._wait_for_what_is_late()

    def _wait_for_what_is_late(self) -> None:
        while True:
            now = self.clock.seconds()
            due = [call.getTime() for call in self.clock.getDelayedCalls() if call.getTime() <= now + AT_MOST]
            if not due:
                break
            self.clock.advance(max(min(due) - now, 0))

"""The one crossing between the peer and the broker: what passes is journalled here, and goes wrong here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from fakebroker.wire.command import Command, Event
from fakebroker.wire.writer import HEARTBEAT, encode

if TYPE_CHECKING:
    from twisted.python.failure import Failure


class Inner(Protocol):
    """The broker's side: the connection."""

    frame_max: int

    def handle(self, event: Event) -> None: ...

    def lost(self) -> None: ...


class Outer(Protocol):
    """The peer's side: the socket."""

    def write(self, data: bytes) -> None: ...

    def lose(self) -> None: ...

    def abort(self) -> None: ...

    def pause(self) -> None: ...

    def resume(self) -> None: ...


class Link:
    """Joins one socket and one connection."""

    connection: Inner

    def __init__(self, number: int, transport: Outer) -> None:
        self.number = number
        self.transport = transport
        self.octets_received = 0
        self.octets_sent = 0

    # --- from the peer

    def inbound(self, event: Event) -> None:
        """One event from the peer."""
        self.connection.handle(event)

    def lost(self, reason: Failure | None) -> None:
        """The socket is gone."""
        self.connection.lost()

    # --- to the peer

    def outbound(self, command: Command) -> None:
        """One command to the peer."""
        self.transport.write(encode(command, self.connection.frame_max))

    def heartbeat(self) -> None:
        """One heartbeat to the peer."""
        self.transport.write(HEARTBEAT)

    def raw(self, data: bytes) -> None:
        """Bytes that are no frame."""
        self.transport.write(data)

    def lose(self) -> None:
        """Close the socket when everything has been written."""
        self.transport.lose()

    def pause(self) -> None:
        """Stop reading."""
        self.transport.pause()

    def resume(self) -> None:
        """Go on reading."""
        self.transport.resume()

"""What the protocol of one connection needs of its factory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from fakebroker.broker.broker import Broker
from fakebroker.link import LinkContext
from fakebroker.turn import Turn


class ProtocolOwner(Protocol):
    """What a ``BrokerProtocol`` needs of the factory that has made it."""

    unread: int
    """How many octets wait for clients that do not read, on all connections."""

    @property
    def broker(self) -> Broker: ...

    @property
    def context(self) -> LinkContext: ...

    @property
    def turn(self) -> Turn: ...

    @property
    def most_unread(self) -> int:
        """How many may wait before a client that does not read is no longer answered."""

    @property
    def on_arrival(self) -> Callable[[int], None] | None:
        """Called with the number of octets that have arrived, before they are handled."""

    def connection_made(self, protocol: Any) -> None:
        """Make the link and the connection of a protocol: its transport is there."""

    def connection_lost(self, protocol: Any) -> None:
        """Forget the protocol."""

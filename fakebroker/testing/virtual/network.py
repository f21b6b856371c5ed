"""Which broker is behind which address."""

from __future__ import annotations

from typing import NamedTuple

from twisted.internet.interfaces import IStreamClientEndpoint

from fakebroker.clock import Time
from fakebroker.fake import FakeBroker
from fakebroker.server.tls import Tls

LOOPBACK = ("localhost", "127.0.0.1", "::1")
"""The names of this machine: whoever asks for one of them reaches a broker at another."""


class Place(NamedTuple):
    """A broker at an address."""

    broker: FakeBroker
    host: str
    port: int
    tls: Tls | None = None
    """What the broker needs to speak TLS there; None for plain AMQP."""

    def endpoint(self) -> IStreamClientEndpoint:
        """Connects a client in memory. Where TLS is spoken, the client has to speak it too."""
        return self.broker.endpoint(self.tls)


class Network:
    """The brokers by their addresses. Every other address is real.

    :param clock: the time of all brokers.
    """

    def __init__(self, clock: Time) -> None:
        self.clock = clock
        self._places: dict[tuple[object, object], Place] = {}

    def add(self, place: Place) -> None:
        """Put a broker at an address.

        :raises ValueError: when there is one already.
        """
        key = _key(place.host, place.port)
        if key in self._places:
            raise ValueError(f"there is a broker in memory at {place.host}:{place.port} already: choose another port")
        self._places[key] = place

    def remove(self, place: Place) -> None:
        """Take it away: the address is real again."""
        self._places.pop(_key(place.host, place.port), None)

    def find(self, host: object, port: object) -> Place | None:
        """The broker at an address; None for an address that is real."""
        return self._places.get(_key(host, port))

    def knows(self, host: object) -> bool:
        """Whether a broker has this name, at any port: then no name server is asked."""
        wanted = _key(host, 0)[0]
        return any(name == wanted for name, _ in self._places)

    def __len__(self) -> int:
        return len(self._places)


def _key(host: object, port: object) -> tuple[object, object]:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in LOOPBACK:
        return "localhost", port
    return (host.lower() if isinstance(host, str) else host), port

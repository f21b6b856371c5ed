"""Which broker is behind which address."""

from __future__ import annotations

from typing import NamedTuple

from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol

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


class Once(Factory):
    """Gives an endpoint the one protocol that is there already. (Twisted's ``connectProtocol`` logs each client.)"""

    noisy = False

    def __init__(self, protocol: Protocol) -> None:
        self._protocol = protocol

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return self._protocol


class Network:
    """The brokers by their addresses. Every other address is real.

    :param clock: the time of all brokers.
    """

    def __init__(self, clock: Time) -> None:
        self.clock = clock
        self._places: dict[tuple[object, object], Place] = {}
        self._names: dict[str, str] = {}

    def add(self, place: Place) -> None:
        """Put a broker at an address.

        :raises ValueError: when there is one already.
        """
        key = _key(place.host, place.port)
        if key in self._places:
            raise ValueError(f"there is a broker in memory at {place.host}:{place.port} already: choose another port")
        self._places[key] = place
        if not _is_numeric(place.host) and place.host not in LOOPBACK:
            self._name(place.host.lower())

    def _name(self, name: str) -> None:
        """Give a name its addresses."""
        if name not in self._names.values():
            number = len(self._names) // 2 + 1
            self._names[f"198.18.{number >> 8}.{number & 255}"] = self._names[f"2001:2::{number:x}"] = name

    def remove(self, place: Place) -> None:
        """Take it away: the address is real again."""
        self._places.pop(_key(place.host, place.port), None)

    def find(self, host: object, port: object) -> Place | None:
        """The broker at an address; None for an address that is real."""
        found = self._places.get(_key(host, port))
        if found is None and self._names and isinstance(host, str):
            found = self._places.get((self._names.get(host), port))
        return found

    def knows(self, host: object) -> bool:
        """Whether a broker has this name, at any port: then no name server is asked."""
        wanted = _key(host, 0)[0]
        return wanted in self._names or any(name == wanted for name, _ in self._places)

    def numeric(self, host: object, six: bool = False) -> str:
        """The address of a broker's name, or of this machine.

        :param six: whether it shall be one of IPv6.
        """
        name = _key(host, 0)[0]
        if name == "localhost":
            return str(host) if host in ("127.0.0.1", "::1") else ("::1" if six else "127.0.0.1")
        found = [address for address, known in self._names.items() if known == name]
        return found[six] if found else str(name)

    def name(self, address: str) -> str:
        """The name of an address that a broker's name was given; any other address as it is."""
        return self._names.get(address, address)

    def __len__(self) -> int:
        return len(self._places)


def _is_numeric(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _key(host: object, port: object) -> tuple[object, object]:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in LOOPBACK:
        return "localhost", port
    return (host.lower() if isinstance(host, str) else host), port

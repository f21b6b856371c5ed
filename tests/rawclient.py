"""A client with no manners of its own: it sends what a test says, and keeps what comes back."""

from __future__ import annotations

from typing import Any

from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from fakebroker import FakeBroker
from fakebroker.wire.command import Command, Content, Event, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load
from fakebroker.wire.writer import encode

HEADERS = {"0-8": b"AMQP\x01\x01\x08\x00", "0-9": b"AMQP\x01\x01\x00\x09", "0-9-1": b"AMQP\x00\x00\x09\x01"}


class RawClient(Protocol):
    """One connection in memory to a broker on a virtual clock; every call runs until all is quiet."""

    def __init__(self, clock: Clock, version: str = "0-9-1") -> None:
        self.clock = clock
        self.version = version
        self.spec = load(version)
        self.reader = Reader(self.spec, lambda channel: True)
        self.events: list[Event] = []
        self.octets = b""
        self.lost: Failure | None = None

    # --- Twisted's side

    def dataReceived(self, data: bytes) -> None:
        self.octets += data
        self.events.extend(self.reader.feed(data))

    def connectionLost(self, reason: Failure | None = None) -> None:
        self.lost = reason

    # --- what a test says

    @classmethod
    def connect(cls, broker: FakeBroker, clock: Clock, version: str = "0-9-1") -> RawClient:
        """Connect and send nothing."""
        client = cls(clock, version)
        factory = Factory()
        factory.noisy = False  # what is logged before somebody listens is kept, and so would be the client
        factory.buildProtocol = lambda addr: client  # type: ignore[method-assign]
        broker.endpoint().connect(factory)
        return client

    def send_octets(self, data: bytes) -> None:
        """Send bytes."""
        assert self.transport is not None
        self.transport.write(data)
        self.clock.advance(0)

    def send(self, name: str, channel: int = 0, content: Content | None = None, **fields: Any) -> None:
        """Send one command."""
        self.send_octets(encode(self.spec.command(channel, name, content, **fields), 0))

    def octets_of(self, name: str, channel: int, body: bytes, **fields: Any) -> bytes:
        """A command with a body, in frames of the size agreed upon."""
        return encode(self.spec.command(channel, name, Content.make({}, body), **fields), 131072)

    def begin(self) -> Command:
        """Send the protocol header; returns connection.start."""
        self.send_octets(HEADERS[self.version])
        return self.take()

    def log_in(
        self, user: str = "guest", password: str = "guest", capabilities: dict[str, Any] | None = None, **fields: Any
    ) -> None:
        """Header and start-ok."""
        self.begin()
        fields.setdefault("client_properties", {"capabilities": capabilities or {}})
        response = f"\0{user}\0{password}".encode()
        self.send("connection.start-ok", mechanism="PLAIN", response=response, locale="en_US", **fields)

    def open(self, vhost: str = "/", heartbeat: int = 0, **log_in: Any) -> RawClient:
        """The whole handshake; heartbeats are off unless a test wants them."""
        self.log_in(**log_in)
        self.take("connection.tune")
        self.send("connection.tune-ok", channel_max=2047, frame_max=131072, heartbeat=heartbeat)
        self.send("connection.open", virtual_host=vhost)
        self.take("connection.open-ok")
        return self

    def open_channel(self, channel: int = 1) -> None:
        """channel.open, and its answer."""
        self.send("channel.open", channel)
        self.take("channel.open-ok")

    def hang_up(self) -> None:
        """Close the socket."""
        assert self.transport is not None
        self.transport.loseConnection()
        self.clock.advance(0)

    def abort(self) -> None:
        """Reset the socket."""
        transport: Any = self.transport
        transport.abortConnection()
        self.clock.advance(0)

    def stop_reading(self) -> None:
        """Take nothing from the socket any more."""
        transport: Any = self.transport
        transport.pauseProducing()

    def read_again(self) -> None:
        """Take from the socket what has come meanwhile, and what comes."""
        transport: Any = self.transport
        transport.resumeProducing()
        self.clock.advance(0)

    # --- what came back

    def take(self, name: str | None = None) -> Command:
        """The oldest command not yet taken, which has to be of this name."""
        assert self.events, f"nothing came where {name or 'a command'} was expected"
        event = self.events.pop(0)
        assert isinstance(event, Command), f"{event!r} came where {name or 'a command'} was expected"
        assert name is None or event.name == name, f"{event!r} came where {name} was expected"
        return event

    @property
    def names(self) -> list[str]:
        """The names of all that came and was not taken."""
        return [each.name if isinstance(each, Command) else type(each).__name__ for each in self.events]


__all__ = ["HEADERS", "Command", "Content", "Heartbeat", "Malformed", "ProtocolHeader", "RawClient"]

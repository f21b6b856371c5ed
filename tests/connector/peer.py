"""A scripted peer: the server's half of a handshake in which every answer can be another one.

It is written with txAMQP's codec alone, so that it shares nothing with the broker under test next door, and can do
what a broker never would.
"""

from __future__ import annotations

from collections.abc import Callable
from struct import unpack
from typing import Any

from twisted.internet.defer import Deferred
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.task import Clock
from twisted.trial.unittest import SynchronousTestCase
from txamqp.connection import Frame, Method
from txamqp.message import Message
from txamqp.protocol import FrameReceiver
from txamqp.spec import Method as MethodDefinition

from connector import AmqpConnector
from connector.spec import load
from fakebroker.server.in_memory import MemoryEndpoint

SPEC = load("0-8")
Answer = Callable[["Peer"], None]


def send(name: str, **fields: Any) -> Answer:
    """Answer with a method, on the same channel; fields that are not given are empty or 0."""
    return lambda peer: peer.transport.write(frame(name, peer.channel, **fields))


def frame(name: str, channel: int, **fields: Any) -> bytes:
    """A method frame."""
    klass, _, method = name.partition(".")
    definition = SPEC.classes.byname[klass].methods.byname[method]
    pairs = [(field.name.replace("-", "_").replace(" ", "_"), field.type) for field in definition.fields]
    values = [fields.pop(field, MethodDefinition.DEFAULTS[kind]) for field, kind in pairs]
    assert not fields, f"{name} has no {fields}"
    packed: bytes = FrameReceiver(SPEC)._pack_frame(Frame(channel, Method(definition, *values)))
    return packed


def data(octets: bytes) -> Answer:
    """Answer with these bytes, whatever they are."""
    return lambda peer: peer.transport.write(octets)


def silence(peer: Peer) -> None:
    """Do not answer."""


def hang_up(peer: Peer) -> None:
    """Close the socket in order."""
    peer.transport.loseConnection()


def reset(peer: Peer) -> None:
    """Reset the socket."""
    peer.transport.abortConnection()


START = send("connection.start", version_major=8, version_minor=0, mechanisms="PLAIN AMQPLAIN", locales="en_US")
HEARTBEAT = b"\x08\x00\x00\x00\x00\x00\x00\xce"
TUNE = send("connection.tune", channel_max=2047, frame_max=131072, heartbeat=60)


class Peer(Protocol):
    """Remembers what the client sent, and answers from its script.

    :ivar channel: where the method came from that is being answered.
    """

    transport: Any

    def __init__(self, script: dict[str, Answer]) -> None:
        self.script = script
        self.header = b""
        self.received: list[tuple[str, Message]] = []
        self.lost: str | None = None
        self.channel = 0
        self._buffer = b""

    @property
    def names(self) -> list[str]:
        """The methods received, in order."""
        return [name for name, _ in self.received]

    def dataReceived(self, octets: bytes) -> None:
        self._buffer += octets
        if not self.header and len(self._buffer) >= 8:
            self.header, self._buffer = self._buffer[:8], self._buffer[8:]
            self.script["header"](self)
        while self.header and len(self._buffer) >= 7:
            end = 8 + unpack("!L", self._buffer[3:7])[0]
            if len(self._buffer) < end:
                break
            packet, self._buffer = self._buffer[:end], self._buffer[end:]
            self._receive(FrameReceiver(SPEC)._unpack_frame(packet))

    def _receive(self, frame: Frame) -> None:
        if frame.payload.type == Frame.HEARTBEAT:
            self.received.append(("heartbeat", None))
            return
        method = frame.payload.method
        name = f"{method.klass.name}.{method.name}"
        self.channel = frame.channel
        self.received.append((name, Message(method, frame.payload.args)))
        self.script.get(name, silence)(self)

    def connectionLost(self, reason: Any = None) -> None:
        self.lost = reason.type.__name__


class PeerFactory(Factory):
    """Makes peers that follow one script, friendly unless told otherwise."""

    noisy = False

    def __init__(self) -> None:
        self.peers: list[Peer] = []
        self.on: dict[str, Answer] = {
            "header": START,
            "connection.start-ok": TUNE,
            "connection.open": send("connection.open-ok"),
            "channel.open": send("channel.open-ok"),
            "connection.close": send("connection.close-ok"),
        }

    def buildProtocol(self, addr: Any) -> Peer:
        self.peers.append(Peer(self.on))
        return self.peers[-1]


class PeerTestCase(SynchronousTestCase):
    """A connector and a scripted peer, in memory, under a virtual clock."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.factory = PeerFactory()
        self.on = self.factory.on
        self.listening = True
        self.endpoint = MemoryEndpoint(self.clock, self.factory, lambda: self.listening)
        self.connector = self.make()

    def make(self, **options: Any) -> AmqpConnector:
        """A connector to the peer."""
        return AmqpConnector(endpoint=self.endpoint, clock=self.clock, **options)

    def later(self, seconds: float, answer: Answer) -> Answer:
        """An answer that comes so many seconds late."""

        def answer_later(peer: Peer) -> None:
            self.clock.callLater(seconds, answer, peer)

        return answer_later

    @property
    def peer(self) -> Peer:
        """The peer of the last connection."""
        return self.factory.peers[-1]

    def result(self, deferred: Deferred[Any]) -> Any:
        """What `deferred` fires with before any time has passed."""
        self.clock.advance(0)
        return self.successResultOf(deferred)

    def error(self, deferred: Deferred[Any], kind: type[Exception], after: float = 0) -> Any:
        """The error of that kind `deferred` fails with after so many seconds; nothing is left behind by then."""
        self.clock.advance(0)
        if after:
            self.assertNoResult(deferred)
            self.clock.advance(after)
            self.clock.advance(0)
        error = self.failureResultOf(deferred, kind).value
        self.assertIs(type(error), kind)
        return error

    def assert_nothing_left(self) -> None:
        """No transport, and nothing due on the clock."""
        self.clock.advance(0)
        self.assertEqual(self.connector.cnx.state, "disconnected")
        self.assertEqual(self.clock.getDelayedCalls(), [])

    def connect(self) -> None:
        """Go through `connect()`."""
        self.result(self.connector.connect())

    def log_in(self) -> None:
        """Go through `connect()` and `authenticate()`."""
        self.connect()
        self.result(self.connector.authenticate())

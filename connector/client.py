"""txAMQP's client, made to never hang, to leave nothing behind, and to know why it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from struct import Struct, pack
from typing import Any, Literal

from twisted.internet.defer import Deferred, inlineCallbacks
from twisted.internet.interfaces import IAddress, IReactorTime
from twisted.internet.protocol import Factory
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure
from txamqp.client import Closed, TwistedDelegate, TwistedEvent
from txamqp.connection import Frame
from txamqp.message import Message
from txamqp.protocol import AMQClient
from txamqp.queue import TimeoutDeferredQueue
from txamqp.spec import Spec

from connector.channel import Channel
from connector.errors import ConnectionLost, ConnectorError, ProtocolError, ProtocolMismatch
from connector.explain import Reason, as_text, failure
from connector.sasl import TableValue, longstr, shortstr, table

FRAME_MAX = 131072
"""The frame-max, in bytes, for a broker that sets no limit; RabbitMQ's default."""

HEADER_LENGTH = 8
"""Bytes of a protocol header, in either direction."""

FRAME_HEAD = Struct("!BHL")
"""Type, channel and length of the payload, which one more byte ends."""

FRAME_TYPES = (1, 2, 3, 8)
"""Method, content header, content body, heartbeat: the same in 0-8, 0-9 and 0-9-1."""


class Delegate(TwistedDelegate):
    """Answers the methods that the broker sends of its own accord; subclass it to answer more of them.

    A broker's method with no handler here (``basic_ack`` of confirms, for one) ends the connection.
    """

    client: Client

    def connection_start(self, channel: Channel, message: Message) -> None:
        """Keep the broker's connection.start; the answer waits for the credentials."""
        self._expect("connection.start", self.client.stage == "connected" and not self.client.was_greeted)
        self.client.was_greeted = True
        self.client.mechanisms = tuple(as_text(message.mechanisms).split())
        self.client.greeted.fire()

    def connection_secure(self, channel: Channel, message: Message) -> None:
        """Answer a challenge; there may be any number of them."""
        self._expect("connection.secure", self.client.stage == "authenticating" and not self.client.was_tuned)
        challenge = message.challenge
        response = self.client.respond(challenge if isinstance(challenge, bytes) else challenge.encode())
        channel.connection_secure_ok(response=response)

    def connection_tune(self, channel: Channel, message: Message) -> None:
        """Agree to the broker's limits; 0 means that it sets none."""
        self._expect("connection.tune", self.client.stage == "authenticating" and not self.client.was_tuned)
        self.client.was_tuned = True
        self.client.MAX_LENGTH = message.frame_max or FRAME_MAX
        self.client.channel_max = message.channel_max or 65535
        interval = self.client.wanted_heartbeat
        channel.connection_tune_ok(message.channel_max, self.client.MAX_LENGTH, interval)
        self.client.start_heartbeat(interval)
        self.client.started.fire()

    def _expect(self, name: str, in_place: bool) -> None:
        """Check that a handshake method comes in its place, and once."""
        if not in_place:
            raise ProtocolError(f"the broker sent {name} where it has no place")

    @inlineCallbacks
    def basic_cancel(self, channel: Channel, message: Message) -> Any:
        """The broker cancelled a consumer: waits on its queue fail with ``txamqp.queue.Closed``."""
        queue = yield self.client.queue(message.consumer_tag)
        queue.close()


class EncodedMethod:
    """A method frame's payload that txAMQP's codec could not have written."""

    type = Frame.METHOD

    def __init__(self, payload: bytes) -> None:
        self.payload = payload

    def encode(self, codec: Any) -> None:
        """Called by txAMQP when it writes the frame."""
        codec.encode_longbytes(self.payload)


class Client(AMQClient):
    """One connection to a broker.

    :ivar stage: the step of the handshake that it has reached.
    :ivar reason: why it ended, in txAMQP's or Twisted's words; None while it is open. The first cause counts.
    :ivar mechanisms: the mechanisms that the broker offers.
    """

    channelClass = Channel

    def __init__(
        self, delegate: Delegate, spec: Spec, clock: IReactorTime, heartbeat: int, respond: Callable[[bytes], bytes]
    ) -> None:
        # No heartbeat for txAMQP yet: it would start before the handshake.
        super().__init__(delegate, "/", spec, clock=clock)
        self.basic_return_queue = TimeoutDeferredQueue(clock=clock)
        self.wanted_heartbeat = heartbeat
        self.respond = respond
        self.greeted = TwistedEvent()
        self.stage: Literal["connected", "authenticating", "open", "closing"] = "connected"
        self.was_greeted = self.was_tuned = False
        self.mechanisms: tuple[str, ...] = ()
        self.channel_max = 65535
        self.reason: Reason | None = None
        self._arrived = b""
        self._framed = False

    # -- the handshake

    def start_ok(self, mechanism: str, response: bytes, properties: Mapping[str, TableValue]) -> None:
        """Answer the broker's ``connection.start``."""
        klass = self.spec.classes.byname["connection"]
        payload = pack("!HH", klass.id, klass.methods.byname["start-ok"].id) + longstr(table(properties))
        payload += shortstr(mechanism) + longstr(response) + shortstr("en_US")
        self.outgoing.put(Frame(0, EncodedMethod(payload)))

    @inlineCallbacks
    def open(self, vhost: str, insist: bool) -> Any:
        """Send ``connection.open``; fires with the answer, open-ok or redirect."""
        self.vhost = vhost
        channel = yield self.channel(0)
        fields = self.spec.classes.byname["connection"].methods.byname["open"].fields.bypyname
        options = {"insist": insist} if "insist" in fields else {}  # in 0-9-1 there is no redirect, and so no "insist"
        # As bytes: txAMQP would count characters.
        return (yield channel.connection_open(vhost.encode(), **options))

    def free_channel(self) -> int | None:
        """The lowest channel number not in use; None if there is none left."""
        numbers = range(1, self.channel_max + 1)
        return next((n for n in numbers if n not in self.channels or self.channels[n].is_free), None)

    def new_channel(self, number: int) -> Deferred[Channel]:
        """The channel of that number; a closed one is replaced by a new one."""
        if number in self.channels and self.channels[number].closed:
            del self.channels[number]
        channel: Deferred[Channel] = self.channel(number)
        return channel

    # -- bytes in

    def dataReceived(self, data: bytes) -> None:
        """Split what has arrived into frames. Wrong bytes never raise here: they end the connection at once."""
        self._arrived += data
        try:
            while not self.closed and not self.paused and (packet := self._next_frame()):
                self.frame_received(self._unpack_frame(packet))
        except Exception as cause:
            self._broken(failure(cause))

    def _next_frame(self) -> bytes:
        if not self._framed and self._arrived and not self._begins_with_frame(self._arrived):
            return b""
        if len(self._arrived) < FRAME_HEAD.size:
            return b""
        kind, _, length = FRAME_HEAD.unpack_from(self._arrived)
        if kind not in FRAME_TYPES:
            raise ProtocolError(f"the broker sent a frame of the unknown type {kind}")
        end = FRAME_HEAD.size + length + 1
        if end > self.MAX_LENGTH:
            raise ProtocolError(f"the broker sent a frame of {end} bytes; {self.MAX_LENGTH} are the limit")
        if len(self._arrived) < end:
            return b""
        packet, self._arrived = self._arrived[:end], self._arrived[end:]
        return packet

    def _begins_with_frame(self, head: bytes) -> bool:
        self._framed = head[:1] == b"\x01"  # a method: connection.start
        if self._framed:
            return True
        if not b"AMQP".startswith(head[:4]):
            raise ProtocolError(f"the broker does not speak AMQP: it began with {head[:16]!r}")
        if len(head) >= HEADER_LENGTH:
            raise ProtocolMismatch(head[:HEADER_LENGTH])
        return False

    def frame_received(self, frame: Frame) -> None:
        """Handle a frame. txAMQP would leave errors of this step unhandled.

        :raises ProtocolError: for a frame on a channel that nobody has opened.
        """
        if frame.channel and frame.channel not in self.channels:
            raise ProtocolError(f"the broker sent a frame on channel {frame.channel}, which nobody has opened")
        self.process_frame(frame).addErrback(self._broken)

    # -- the end

    def fail(self, error: ConnectorError) -> None:
        """End the connection at once because of `error`."""
        self._broken(failure(error))

    def leave(self) -> None:
        """Note that this side ends the connection, unless it has ended already."""
        self.stage = "closing"
        if self.reason is None:
            self.reason = failure(ConnectionLost("this side disconnected", clean=True))

    def abort(self) -> None:
        """Abort the transport; unwritten bytes are dropped."""
        getattr(self.transport, "abortConnection", self.transport.loseConnection)()

    def do_close(self, reason: Reason) -> None:
        """Called once, whatever the reason: all pending Deferreds fail."""
        if self.closed:
            return
        if self.reason is None:
            self.reason = reason
        self.stage = "closing"
        # Copies, since callbacks may open channels and queues. The client counts as closed first, so that these can't
        # stay open.
        channels, queues = list(self.channels.values()), list(self.queues.values())
        self.delegate.close(reason)
        for channel in channels:
            channel.close(reason)
        for queue in [*queues, self.basic_return_queue]:
            queue.close()
        self.greeted.fail_if_not_fired(Closed(reason))

    def connectionLost(self, reason: Failure) -> None:
        """The transport is closed: the heartbeat stops, even if somebody still writes."""
        super().connectionLost(reason)
        self.heartbeatInterval = 0

    def _broken(self, reason: Failure) -> None:
        if self.reason is None:
            self.reason = reason
        self.abort()
        self.do_close(reason)

    # -- heartbeat

    def start_heartbeat(self, interval: int) -> None:
        """Send a heartbeat every `interval` seconds, and expect the broker's; 0 turns both off."""
        if interval > 0:
            self.sendHB = LoopingCall(self.send_heartbeat)
            self.sendHB.clock = self.clock
            self.checkHB = self.clock.callLater(interval * self.MAX_UNSEEN_HEARTBEAT, self.check_heartbeat)
            self.heartbeatInterval = interval
            self.reschedule_send_heartbeat()

    def check_heartbeat(self) -> None:
        """The broker has been silent for too long."""
        silence = self.heartbeatInterval * self.MAX_UNSEEN_HEARTBEAT
        self.fail(ConnectionLost(f"the broker sent nothing for {silence} seconds"))


class ClientFactory(Factory):
    """Builds one client, once the endpoint has a transport for it."""

    noisy = False

    def __init__(self, build: Callable[[], Client]) -> None:
        self._build = build
        self.abandoned = False

    def buildProtocol(self, addr: IAddress | None) -> Client | None:
        """The client; None for a transport that nobody waits for any more."""
        return None if self.abandoned else self._build()


def gone(client: Client) -> Deferred[None]:
    """Fires when the client's transport is closed."""
    fired: Deferred[object] = client.disconnected.wait()
    return fired.addCallback(lambda _: None)

"""A raw client: says what a scenario tells it, right or wrong, and writes down every frame that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from fakebroker.wire.command import Content
from fakebroker.wire.spec import Method, Spec, load
from tests.differential import bookkeeping, frames
from tests.differential.plain import to_plain

PROBE = 60000  # a channel of the runner's own: its round trips tell that the server has come this far

PROPERTIES = (
    "content_type", "content_encoding", "headers", "delivery_mode", "priority", "correlation_id", "reply_to",
    "expiration", "message_id", "timestamp", "type", "user_id", "app_id", "cluster_id",
)  # fmt: skip

HEADERS = {"0-8": b"AMQP\x01\x01\x08\x00", "0-9": b"AMQP\x01\x01\x00\x09", "0-9-1": b"AMQP\x00\x00\x09\x01"}


class Stream(Protocol):
    """A connection to a broker, as bytes."""

    closed: bool  # the broker has hung up

    def send(self, data: bytes) -> None: ...

    def receive(self) -> bytes: ...

    def abort(self) -> None: ...


class Said(NamedTuple):
    """One thing the server said: ``channel`` -1 for what concerns the socket itself."""

    channel: int
    name: str
    args: Any = None
    content: Any = None


class _Arriving:
    """A method with content that is not complete yet."""

    def __init__(self, method: Any, args: Any) -> None:
        self.method, self.args = method, args
        self.header = b""
        self.size = 0
        self.parts: list[bytes] = []


class Client:
    """One connection of a scenario.

    :param letter: its name in the scenario, ``"a"``.
    :param spec: the version to speak.
    """

    def __init__(self, letter: str, spec: Spec, stream: Stream) -> None:
        self.letter = letter
        self.spec = spec
        self.stream = stream
        self.channels: dict[int, bookkeeping.Channel] = {}
        self.said: list[Said] = []
        self.running = False  # the handshake is done and no close has been seen
        self.hung_up = False
        self.credit_flow = False  # a handshake by hand: how soon a bad one is hung up on is of no interest
        self.unanswered = False  # nothing has been heard since the last thing said
        self.corked: bytearray | None = None
        self._buffer = bytearray()
        self._arriving: dict[int, _Arriving] = {}

    def channel(self, number: int) -> bookkeeping.Channel:
        """The book of one channel."""
        return self.channels.setdefault(number, bookkeeping.Channel())

    # -- out ------------------------------------------------------------------------------------------------------

    def send(self, channel: int, name: str, args: Mapping[str, Any], content: bytes | None = None) -> None:
        """A method, and its content when there is one (frames, ready made)."""
        method = self.spec.methods[name]
        self.channel(channel).sends(name, args, method.responses)
        data = frames.frame(frames.METHOD, channel, method.encode(method.make(**args)))
        self.raw(data + (content or b""))

    def raw(self, data: bytes) -> None:
        """Bytes as they are."""
        self.unanswered = True
        if self.corked is not None:
            self.corked += data
        elif not self.stream.closed:
            self.stream.send(data)

    def cork(self) -> None:
        """Keep what is sent until :meth:`uncork`, to send it in one piece."""
        self.corked = bytearray()

    def uncork(self) -> None:
        data, self.corked = self.corked, None
        self.raw(bytes(data or b""))

    def leave(self) -> None:
        """Close the socket from this side."""
        self.running, self.hung_up = False, True
        self.stream.abort()

    # -- in -------------------------------------------------------------------------------------------------------

    def read(self) -> bool:
        """Take in what has come; whether there was anything."""
        data = self.stream.receive()
        self._buffer += data
        self.unanswered = self.unanswered and not data
        while (frame := frames.take(self._buffer)) is not None:
            self._frame(frame)
        if self.stream.closed and not self.hung_up:
            self.hung_up, self.running = True, False
            if not self.credit_flow:
                self.said.append(Said(-1, "hung up"))
            return True
        return bool(data)

    def _frame(self, frame: frames.Frame) -> None:
        if frame.type == 0:
            self.said.append(Said(-1, "protocol header", {"bytes": frame.payload.hex()}))
        elif frame.type == frames.METHOD:
            class_id, method_id = int.from_bytes(frame.payload[:2], "big"), int.from_bytes(frame.payload[2:4], "big")
            method = self.spec.by_id[class_id, method_id]
            arriving = _Arriving(method, _decode(method, frame.payload))
            if method.content:
                self._arriving[frame.channel] = arriving
            else:
                self._method(frame.channel, method.name, arriving.args, None)
        elif frame.type in (frames.HEADER, frames.BODY):
            self._content(frame)
        elif frame.type != frames.HEARTBEAT:
            self.said.append(Said(frame.channel, f"frame {frame.type}", {"payload": frame.payload.hex()}))

    def _content(self, frame: frames.Frame) -> None:
        arriving = self._arriving[frame.channel]
        if frame.type == frames.HEADER:
            arriving.header = frame.payload
            arriving.size = int.from_bytes(frame.payload[4:12], "big")
        else:
            arriving.parts.append(frame.payload)
        if sum(map(len, arriving.parts)) >= arriving.size:
            del self._arriving[frame.channel]
            self._method(frame.channel, arriving.method.name, arriving.args, _content_in_plain(arriving))

    def _method(self, number: int, name: str, args: Any, content: Any) -> None:
        book = self.channel(number)
        if name == "channel.flow-ok" and book.probes and not any(name in due for due in book.waiting):
            book.probes -= 1
            return
        if number == PROBE and name == "channel.open-ok":
            book.receives(name, args)
            return
        book.receives(name, args)
        if name in ("basic.ack", "basic.nack"):
            self._confirm(book, number, name, args)
            return
        self.said.append(Said(number, name, args, content))
        if name == "channel.close" and not book.held:
            self.raw(frames.frame(frames.METHOD, number, self._empty("channel.close-ok")))
        if name == "connection.open-ok":
            self.running = True
        if name in ("connection.close", "connection.close-ok"):
            self.running = False
            if name == "connection.close":
                self.raw(frames.frame(frames.METHOD, 0, self._empty("connection.close-ok")))
            elif name == "connection.close-ok":
                self.leave()

    def _confirm(self, book: bookkeeping.Channel, number: int, name: str, args: Any) -> None:
        """One entry for each publishing: how many go into one frame is luck."""
        requeue = {"requeue": True} if getattr(args, "requeue", False) else {}
        for tag in book.confirms(int(args.delivery_tag), bool(args.multiple)):
            self.said.append(Said(number, name, {"delivery_tag": tag, **requeue}))

    def _empty(self, name: str) -> bytes:
        method = self.spec.methods[name]
        return method.encode(method.make())


def _decode(method: Method, payload: bytes) -> Any:
    """The arguments. Those of a close may hold any bytes: RabbitMQ quotes in its reply-texts what it was sent."""
    if not method.name.endswith(".close"):
        return method.decode(payload)
    size = payload[6]
    text = payload[7 : 7 + size].decode("utf-8", "surrogateescape")
    code, class_id, method_id = (int.from_bytes(part, "big") for part in (payload[4:6], payload[-4:-2], payload[-2:]))
    return method.make(reply_code=code, reply_text=text, class_id=class_id, method_id=method_id)


def _content_in_plain(arriving: _Arriving) -> dict[str, Any]:
    """Properties and body; the sizes of the body frames where there is more than one."""
    body = b"".join(arriving.parts)
    properties = Content(load("0-9-1").classes["basic"], arriving.header[12:], body).properties
    found = {name: to_plain(getattr(properties, name)) for name in PROPERTIES if getattr(properties, name) is not None}
    plain: dict[str, Any] = {}
    if found:
        plain["properties"] = found
    if body:
        plain["body"] = body_in_plain(body)
    if len(arriving.parts) > 1:
        plain["frames"] = [len(part) for part in arriving.parts]
    return plain


def body_in_plain(body: bytes) -> Any:
    """Text as text, long repetitions as ``{"$repeat": [octet, times]}``, the rest as hex."""
    if len(body) > 64 and len(set(body)) == 1:
        return {"$repeat": [body[:1].decode("latin-1"), len(body)]}
    if all(32 <= octet < 127 for octet in body):
        return body.decode("ascii")
    return {"$x": body.hex()}


def body_from_plain(plain: Any) -> bytes:
    """The bytes that :func:`body_in_plain` was given."""
    if isinstance(plain, dict):
        if "$repeat" in plain:
            return str(plain["$repeat"][0]).encode("latin-1") * int(plain["$repeat"][1])
        return bytes.fromhex(plain["$x"])
    return str(plain).encode("utf-8", "surrogateescape")

"""What travels between a peer and the broker: commands with their content, and the other events of a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from fakebroker.errors import AMQPError, DecodeError
from fakebroker.values import Value

if TYPE_CHECKING:
    from fakebroker.wire.spec import Class, Method


class Content:
    """A message as it travels: property bytes and body. The properties are decoded when somebody looks at them.

    Immutable: what is received goes out again with the same bytes.
    """

    __slots__ = ("_properties", "body", "header", "klass")

    def __init__(self, klass: Class, header: bytes, body: bytes) -> None:
        self.klass = klass
        self.header = header
        """The property flags and what follows them in the header frame."""
        self.body = body
        self._properties: Any = None

    @classmethod
    def make(cls, properties: Mapping[str, Value] | None = None, body: bytes = b"") -> Content:
        """Content of the class ``basic``, whose properties are the same in all versions.

        :raises TypeError: for an unknown property.
        """
        from fakebroker.wire.spec import load  # here, because spec needs this module

        klass = load("0-9-1").classes["basic"]
        return cls(klass, klass.encode_properties(klass.Properties(**(properties or {}))), body)

    @property
    def class_id(self) -> int:
        """The class that the content belongs to: 60, basic."""
        return self.klass.id

    @property
    def properties(self) -> Any:
        """The properties by name (``delivery_mode``, ``headers``, ...), None where absent.

        :raises DecodeError: when they can't be decoded. RabbitMQ 3.10 looks when a message is published: then it is
            an internal error, 541.
        """
        if self._properties is None:
            self._properties = self.klass.decode_properties(self.header)
        return self._properties

    def with_properties(self, **changes: Value) -> Content:
        """The same body with some properties changed; None takes a property away."""
        properties = self.properties._replace(**changes)
        return Content(self.klass, self.klass.encode_properties(properties), self.body)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Content):
            return NotImplemented
        return (self.class_id, self.header, self.body) == (other.class_id, other.header, other.body)

    def __hash__(self) -> int:
        return hash((self.class_id, self.header, self.body))

    def __repr__(self) -> str:
        return f"<Content header={self.header!r} body={self.body!r}>"


class Command:
    """A method on a channel, together with its content if it carries any."""

    __slots__ = ("args", "channel", "content", "method")

    def __init__(self, channel: int, method: Method, args: Any, content: Content | None = None) -> None:
        self.channel = channel
        self.method = method
        self.args = args
        self.content = content

    @property
    def name(self) -> str:
        """The method's name, ``"queue.declare"``."""
        return self.method.name

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Command):
            return NotImplemented
        return (self.channel, self.method, self.args, self.content) == (
            other.channel,
            other.method,
            other.args,
            other.content,
        )

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        fields = ", ".join(f"{name}={value!r}" for name, value in self.args._asdict().items())
        return (
            f"<{self.channel} {self.name}({fields})>"
            if self.content is None
            else (f"<{self.channel} {self.name}({fields}) {self.content!r}>")
        )


class Heartbeat:
    """A heartbeat frame."""

    __slots__ = ("channel",)

    def __init__(self, channel: int = 0) -> None:
        self.channel = channel

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Heartbeat) and self.channel == other.channel

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return "<Heartbeat>"


class ProtocolHeader:
    """The 8 bytes that a client begins with, whatever they are."""

    __slots__ = ("data",)

    def __init__(self, data: bytes) -> None:
        self.data = data

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ProtocolHeader) and self.data == other.data

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<ProtocolHeader {self.data!r}>"


class Malformed:
    """Bytes that the peer should not have sent, and how RabbitMQ 3.10 ends that.

    ``error`` is an ``AMQPError`` that the connection answers with its close code (silently during the handshake, not
    at all when it is closed already), or a ``DecodeError``: the socket is dropped at once, with no close.

    ``lost`` is true when the frames' limits are unknown from here on: RabbitMQ sends its close, reads nothing more,
    not even the close-ok, and hangs up after 3 seconds. Otherwise it goes on reading.
    """

    __slots__ = ("channel", "data", "error", "lost")

    def __init__(self, channel: int, error: AMQPError | DecodeError, data: bytes, lost: bool = False) -> None:
        self.channel = channel
        self.error = error
        self.data = data
        """The frame, or as much as there is of it."""
        self.lost = lost

    def __repr__(self) -> str:
        return f"<Malformed {self.error!r} on channel {self.channel}: {self.data!r}>"


Event: TypeAlias = Command | Heartbeat | ProtocolHeader | Malformed

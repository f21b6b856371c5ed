"""What passes between a client and the broker: commands with their content, and what else comes from a stream."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, NamedTuple, TypeAlias

from fakebroker.errors import AMQPError, DecodeError
from fakebroker.values import Value
from fakebroker.wire.classes import Class, Method, basic

if TYPE_CHECKING:
    from typing_extensions import TypeVar

    from fakebroker.wire.methods import BasicProperties

    Args = TypeVar("Args", covariant=True, default=Any)
else:
    from typing import TypeVar

    Args = TypeVar("Args", covariant=True)


class Content:
    """A message on the wire: property bytes and a body. The properties are decoded when somebody looks at them.

    It is immutable, and goes out again with the same bytes.
    """

    __slots__ = ("_properties", "body", "header", "klass")

    def __init__(self, klass: Class, header: bytes, body: bytes) -> None:
        self.klass = klass
        self.header = header
        """The property flags, and what follows them in the header frame."""
        self.body = body
        self._properties: BasicProperties | None = None

    @classmethod
    def make(cls, properties: Mapping[str, Value] | None = None, body: bytes = b"") -> Content:
        """Make content of the class ``basic``. Its properties are the same in all versions.

        :raises TypeError: for an unknown property.
        """
        klass = basic()
        return cls(klass, klass.encode_properties(klass.Properties(**(properties or {}))), body)

    @property
    def class_id(self) -> int:
        """The class that the content belongs to: 60, basic."""
        return self.klass.id

    @property
    def properties(self) -> BasicProperties:
        """The properties by name: ``delivery_mode``, ``headers`` and so on. Each is None when it is not set.

        :raises DecodeError: when they can't be decoded. RabbitMQ 3.10 decodes them when a message is published; then
            this is an internal error, 541.
        """
        if self._properties is None:
            header, klass = self.header, self.klass
            if header and header[0] & klass.table_flags:
                # A decoded table takes up to twenty times its octets. So it is not kept.
                return klass.decode_again(header)
            self._properties = klass.decode_properties(header)
        return self._properties

    def with_body(self, body: bytes) -> Content:
        """Make content with the same properties and another body."""
        return Content(self.klass, self.header, body)

    def with_properties(self, **changes: Value) -> Content:
        """Make content with the same body and other properties; None removes a property.

        :raises TypeError: for an unknown property.
        """
        properties = self.klass.Properties(**{**self.properties._asdict(), **changes})
        return type(self)(self.klass, self.klass.encode_properties(properties), self.body)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Content):
            return NotImplemented
        return (self.class_id, self.header, self.body) == (other.class_id, other.header, other.body)

    def __hash__(self) -> int:
        return hash((self.class_id, self.header, self.body))

    def __repr__(self) -> str:
        return f"<Content header={self.header!r} body={self.body!r}>"


class Taken(Content):
    """The content of a publish that a rule has taken. The broker counts the publish, and does nothing else with it."""

    __slots__ = ()


class _Parts(NamedTuple):
    channel: int
    method: Method
    args: Any
    """The method's fields by name; the type is ``method.Arguments``."""
    content: Content | None = None


class Command(_Parts, Generic[Args]):
    """A method on a channel, together with its content if it carries any.

    What is written for one method says so: a ``Command[QueueDeclare]`` has the fields that ``wire/methods.pyi`` gives
    to ``QueueDeclare``, and the type checker knows them. Of a plain ``Command`` it knows nothing.
    """

    __slots__ = ()

    if TYPE_CHECKING:

        @property
        def args(self) -> Args: ...

    @property
    def name(self) -> str:
        """The method's name, ``"queue.declare"``."""
        return self.method.name


class Heartbeat(NamedTuple):
    """A heartbeat frame."""

    channel: int = 0


class ProtocolHeader(NamedTuple):
    """The 8 bytes that a client begins with. They may be anything."""

    data: bytes


class Malformed(NamedTuple):
    """Bytes that the peer should not have sent, and the error with which RabbitMQ 3.10 answers."""

    channel: int
    error: AMQPError | DecodeError
    """An ``AMQPError`` is answered with its close code. (During the handshake and while the connection is closing there
    is no answer.) After a ``DecodeError`` the socket is dropped at once, with no close."""
    data: bytes
    """The frame. If it is too long, only its head."""
    lost: bool = False
    """Whether nobody knows where the next frame begins. Then RabbitMQ sends its close, reads nothing more, not even the
    close-ok, and hangs up after 3 seconds. Otherwise it goes on reading."""


Event: TypeAlias = Command | Heartbeat | ProtocolHeader | Malformed

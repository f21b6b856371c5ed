"""Protocols: what handlers need of their channel or connection, and what a channel needs of its connection.

``Connection`` and ``Channel`` have all of it. They are given the table of handlers when they are made, so that neither
imports a handler, and no handler imports them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

from fakebroker.amqp.endings import Cause, ChannelCause
from fakebroker.amqp.heartbeat import Heartbeats
from fakebroker.amqp.output import Output
from fakebroker.amqp.states import State
from fakebroker.broker.access.permissions import Access
from fakebroker.broker.access.users import User
from fakebroker.broker.broker import Broker
from fakebroker.broker.channel.port import ChannelPort
from fakebroker.broker.channel.session import Session
from fakebroker.broker.stats import Churn
from fakebroker.broker.vhost import VirtualHost
from fakebroker.errors import AMQPError
from fakebroker.values import Table
from fakebroker.wire.command import Command
from fakebroker.wire.spec import Spec

if TYPE_CHECKING:
    from fakebroker.wire.methods import ChannelReply, ChannelSend, ConnectionSend


class ChannelOwner(Protocol):
    """What a channel, and the handlers of its commands, need of its connection."""

    def __hash__(self) -> int:
        """An exclusive queue keeps its connection, to know its owner again."""

    @property
    def name(self) -> str: ...

    @property
    def broker(self) -> Broker: ...

    @property
    def churn(self) -> Churn:
        """Where channels that open and close are counted."""

    @property
    def vhost(self) -> VirtualHost | None: ...

    @property
    def user(self) -> User | None: ...

    @property
    def spec(self) -> Spec: ...

    @property
    def output(self) -> Output:
        """The way to the client."""

    @property
    def writable(self) -> bool:
        """Whether the client reads what it is sent. A client that does not gets no deliveries."""

    def capable(self, capability: str) -> bool:
        """Whether the client announced a capability such as ``"consumer_cancel_notify"``."""

    def free(self, number: int) -> None:
        """The channel of that number is gone: the client may open another."""

    def fail(self, error: AMQPError, channel: int = 0) -> None:
        """Close the channel or the connection because of an error."""

    def crashed(self) -> None:
        """An error of the broker's own has left something undone: the connection ends."""


class HandlerChannel(ChannelPort, Protocol):
    """An open channel, as the handlers of its commands see it."""

    session: Session
    current_queue: str
    """The queue declared last; an empty name in a command means it."""

    @property
    def connection(self) -> ChannelOwner: ...

    @property
    def broker(self) -> Broker: ...

    @property
    def user(self) -> User: ...

    @property
    def check(self) -> Callable[[Access, str, str], None]:
        """Checks that the user may do that with a ``queue`` or an ``exchange`` of this name.

        It raises AMQPError access-refused otherwise.
        """

    @property
    def check_topic(self) -> Callable[[Access, str, str], None]:
        """Checks that the user may do that with a topic exchange of this name and a routing key.

        It raises AMQPError access-refused otherwise.
        """

    @property
    def send(self) -> ChannelSend:
        """Send one command; fields that are not given have their zero values."""

    def pass_on(self, command: Command, bodies: Sequence[bytes] | None = None) -> None:
        """Send a command that has been made elsewhere, or a batch of commands.

        :param bodies: those of the whole batch. The command is the first of it.
        """

    @property
    def reply(self) -> ChannelReply:
        """Answer a command, unless it asked for no answer (no-wait)."""

    def end_because(self, cause: ChannelCause) -> None:
        """End as ``endings.py`` says for this cause."""


class HandlerConnection(Protocol):
    """A connection, as the handlers of commands on channel 0 see it. The handshake sets its attributes."""

    spec: Spec
    state: State
    user: User | None
    mechanism: str
    """The mechanism that the client has chosen to log in with."""
    claimed_user: str
    """The user that the client says it is, before it has answered the challenge."""
    client_properties: Table
    frame_max: int
    channel_max: int
    heartbeat_interval: int

    @property
    def name(self) -> str: ...

    @property
    def broker(self) -> Broker: ...

    @property
    def output(self) -> Output: ...

    @property
    def heartbeats(self) -> Heartbeats: ...

    @property
    def external_user(self) -> Callable[[], str | None] | None:
        """Over TLS: tells the user that the client's certificate names."""

    @property
    def offered_frame_max(self) -> int: ...

    @property
    def offered_channel_max(self) -> int: ...

    def capable(self, capability: str) -> bool: ...

    def offer(self, channel_max: int, frame_max: int) -> None: ...

    @property
    def send(self) -> ConnectionSend: ...

    def opened(self, vhost: VirtualHost) -> None: ...

    def end_because(self, cause: Cause, fields: dict[str, int | str] | None = None) -> None:
        """End as ``endings.py`` says for this cause; the fields are those of ``connection.close``."""


ChannelHandler = Callable[[HandlerChannel, Command], None]
ConnectionHandler = Callable[[HandlerConnection, Command], None]
BatchHandler = Callable[[HandlerChannel, Command, Sequence[bytes]], "Callable[[], None] | None"]


class Handlers(NamedTuple):
    """The handler of each method, by the method's name."""

    connection: Mapping[str, ConnectionHandler]
    """For commands on channel 0."""
    channel: Mapping[str, ChannelHandler]
    """For commands on an open channel."""
    batches: Mapping[str, BatchHandler]
    """For batches, each given as its first command and all bodies. Returns a function that handles the batch as one, or
    None where that is not possible."""

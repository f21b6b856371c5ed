"""A channel without a client: commands go through the same handlers as a client's, and the answers are collected.

RabbitMQ's management plugin and its direct client have such channels too. Permissions, arguments and errors are those
of any other client.
"""

from __future__ import annotations

from functools import partial
from types import TracebackType
from typing import TYPE_CHECKING, NamedTuple

from fakebroker.amqp.channel import Channel
from fakebroker.amqp.endings import ChannelCause
from fakebroker.amqp.handlers import HANDLERS
from fakebroker.amqp.output import Nowhere
from fakebroker.broker.access.users import User
from fakebroker.broker.broker import Broker
from fakebroker.broker.stats import Churn
from fakebroker.broker.vhost import VirtualHost
from fakebroker.errors import AMQPError
from fakebroker.wire.command import Command, Content
from fakebroker.wire.spec import load

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicProperties


class Fetched(NamedTuple):
    """A message taken out of a queue with :meth:`~fakebroker.fake.FakeBroker.get`."""

    body: bytes
    properties: BasicProperties
    """By name, ``None`` where absent: ``fetched.properties.headers``."""
    redelivered: bool
    exchange: str
    routing_key: str
    message_count: int
    """How many messages are left in the queue."""


class _Collector(Nowhere):
    """Takes the place of the link to a client, and keeps what the broker says."""

    unbatched = True

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def outbound(self, command: Command) -> None:
        """Keep what the broker says."""
        self.commands.append(command)


class _DirectConnection:
    """The connection of a direct channel. There is no client: nothing is negotiated, and nobody is told of its end."""

    writable = True

    def __init__(self, broker: Broker, user: User, vhost: VirtualHost, output: _Collector, name: str) -> None:
        self.name = name
        self.broker = broker
        self.churn = Churn()  # its own: the broker does not count it
        self.user = user
        self.vhost = vhost
        self.spec = load("0-9-1")
        self.output = output
        self._channel: Channel | None = None

    def open(self) -> Channel:
        """Make the one channel."""
        self._channel = Channel(self, 1, HANDLERS)
        return self._channel

    def capable(self, capability: str) -> bool:
        """No client has announced anything."""
        return False

    def free(self, number: int) -> None:
        """Let go of the channel, which holds this."""
        self._channel = None

    def fail(self, error: AMQPError, channel: int = 0) -> None:
        """End because of an error that no command has caused. Errors of commands are raised to the caller instead."""
        self.close()

    def crashed(self) -> None:
        """End because of an error of the broker's own."""
        self.close()

    def close(self) -> None:
        """Give unacknowledged messages back to their queues."""
        channel = self._channel
        if channel is not None:
            channel.stop_deliveries()
            self.broker.turn.run(partial(channel.end_because, ChannelCause.CONNECTION_ENDS))


class DirectChannel:
    """A channel to a virtual host, used as a context manager. At its end unacknowledged messages go back.

    :param user: whose permissions count.
    :param name: the name of its connection, which the broker does not list.
    """

    def __init__(self, broker: Broker, user: User, vhost: VirtualHost, name: str = "<direct>") -> None:
        self._output = _Collector()
        self._connection = _DirectConnection(broker, user, vhost, self._output, name)
        self._channel = self._connection.open()
        self.call("channel.open")

    def call(self, name: str, content: Content | None = None, /, **fields: object) -> list[Command]:
        """Have the broker carry a command out.

        :returns: what it said to that.
        :raises AMQPError: when it would have closed the channel or the connection.
        """
        self._output.commands.clear()
        self._channel.handle(self._connection.spec.command(1, name, content, **fields))
        return self.said

    @property
    def said(self) -> list[Command]:
        """What the broker has said since the last command, with what comes at the end of the turn, such as confirms."""
        return list(self._output.commands)

    def close(self) -> None:
        """Give unacknowledged messages back to their queues."""
        self._connection.close()

    def __enter__(self) -> DirectChannel:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

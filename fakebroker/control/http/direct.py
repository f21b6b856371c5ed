"""An AMQP channel of the HTTP user's own, inside the broker: RabbitMQ's management plugin has one too.

So that permissions, arguments and errors are those of any other client, commands go through the same handlers; what
would go to a peer is collected.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fakebroker.amqp.channel import Channel
from fakebroker.amqp.connection import Connection
from fakebroker.amqp.states import State
from fakebroker.broker.vhost import VirtualHost
from fakebroker.control.http.endpoint import Call, Refusal, bad_request, not_authorised, not_found
from fakebroker.errors import AMQPError
from fakebroker.wire.command import Command, Content
from fakebroker.wire.spec import load

NAME = "<http>"


class Collector:
    """Stands where the link to a peer would be."""

    octets_received = 0
    octets_sent = 0

    def __init__(self) -> None:
        self.commands: list[Command] = []

    def outbound(self, command: Command) -> None:
        """Keep what the broker says."""
        self.commands.append(command)

    def heartbeat(self) -> None:
        """Nobody waits for one."""

    def raw(self, data: bytes) -> None:
        """There is no handshake."""

    def lose(self) -> None:
        """There is no socket."""

    def pause(self) -> None:
        """Nothing is read."""

    def resume(self) -> None:
        """Nothing is read."""


class DirectChannel:
    """A channel to a virtual host, open as long as it is needed."""

    def __init__(self, call: Call, vhost: VirtualHost) -> None:
        self._output = Collector()
        self._connection = Connection(call.broker.broker, self._output, 0, NAME)
        self._connection.user = call.user
        self._connection.vhost = vhost
        self._connection.state = State.RUNNING
        self._channel = Channel(self._connection, 1)
        self._connection.channels[1] = self._channel
        self.call("channel.open")

    def call(self, name: str, content: Content | None = None, **fields: Any) -> list[Command]:
        """Have the broker carry a command out.

        :returns: what it said to that.
        :raises AMQPError: when it would have closed the channel or the connection.
        """
        self._output.commands.clear()
        self._channel.handle(load("0-9-1").command(1, name, content, **fields))
        return list(self._output.commands)

    def close(self) -> None:
        """Give back what was fetched and not settled."""
        self._connection.lost()


@contextmanager
def channel(call: Call) -> Iterator[DirectChannel]:
    """A channel of the user's on the virtual host that the path names; errors become RabbitMQ's HTTP errors.

    :raises Refusal: 401 where the user has no permissions; 404, 401 or 400 for what the channel would have closed with.
    """
    opened = DirectChannel(call, _admitted(call))
    try:
        yield opened
    except AMQPError as error:
        raise _channel_refusal(error) from error
    finally:
        opened.close()


def request(call: Call, name: str, **fields: Any) -> None:
    """Carry out one method as RabbitMQ does for a PUT or DELETE: with permissions, but without any connection.

    :raises Refusal: 404, 401 or 400, with the bare text of the AMQP error.
    """
    if call.vhost is None:
        raise not_found("vhost_not_found", "not_found")
    direct = DirectChannel(call, call.vhost)
    try:
        direct.call(name, **fields)
    except AMQPError as error:
        raise _request_refusal(error) from error
    finally:
        direct.close()


def _admitted(call: Call) -> VirtualHost:
    try:
        return call.broker.broker.admit(call.user, call.names["vhost"])
    except AMQPError:
        raise not_authorised("Access refused.") from None


def _request_refusal(error: AMQPError) -> Refusal:
    if error.name == "not-found":
        return not_found(error.text, "not_found")
    if error.name in ("access-refused", "not-allowed"):
        return not_authorised("Access refused.")
    return bad_request(error.text)


def _channel_refusal(error: AMQPError) -> Refusal:
    if error.name == "not-found":
        return not_found(error.reply_text, "not_found")
    if error.name == "access-refused":
        return not_authorised(error.reply_text)
    return exception(error)


def exception(error: AMQPError) -> Refusal:
    """400 with the code and the text that the channel was closed with."""
    return bad_request(f"{load('0-9-1').constants[error.name].value} {error.reply_text}")

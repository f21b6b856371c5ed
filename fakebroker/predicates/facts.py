"""What can be asked of a command: its arguments, the queue that it is about, who its connection says it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from fakebroker.errors import AMQPError, DecodeError
from fakebroker.wire import sasl
from fakebroker.wire.command import Command, Content, Event

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicPublish, ConnectionOpen, ConnectionStartOk

FACTS = ("connection", "client", "user", "vhost", "channel", "queue")
"""Predicates that are no arguments of a method."""


class Introduced:
    """Who a connection says it is, as the handshake goes by.

    :ivar client: ``connection_name``, else ``product``, of the client's properties; None before start-ok.
    :ivar user: whom the client says it is; None before start-ok.
    :ivar vhost: the virtual host asked for; None before open.
    :ivar capabilities: what the client announced.
    """

    def __init__(self) -> None:
        self.client: str | None = None
        self.user: str | None = None
        self.vhost: str | None = None
        self.capabilities: Mapping[str, object] = {}
        self.introduced = False

    def take_note(self, event: Event) -> None:
        """Note what the client says about itself."""
        if not isinstance(event, Command):
            return
        method = event.method.name
        if method == "connection.start-ok":
            said: ConnectionStartOk = event.args
            properties = said.client_properties
            capabilities = properties.get("capabilities")
            self.capabilities = capabilities if isinstance(capabilities, dict) else {}
            name = properties.get("connection_name", properties.get("product"))
            self.client = name if isinstance(name, str) else None
            try:
                self.user = sasl.credentials(said.mechanism, said.response)[0]
            except (AMQPError, DecodeError):
                self.user = None
        elif method == "connection.open":
            wanted: ConnectionOpen = event.args
            self.vhost = wanted.virtual_host
            self.introduced = True


class Consuming(Protocol):
    """What knows the consumers of a connection."""

    def queue_of(self, channel: int, consumer_tag: str) -> str | None:
        """The queue that a consumer reads; None when there is no such consumer."""


def argument(command: Command, name: str) -> object:
    """An argument of the method, a property of the content, or ``body``; bytes as text. None where there is none."""
    value = getattr(command.args, name, None)
    if value is None and command.content is not None:
        value = command.content.body if name == "body" else _property(command.content, name)
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _property(content: Content, name: str) -> object:
    try:
        return getattr(content.properties, name, None)
    except DecodeError:  # what the peer sent is no table, or none that RabbitMQ can read
        return None


def queue_of(command: Command | None, consuming: Consuming) -> str | None:
    """The queue a command is about, as far as one can tell."""
    if command is None:
        return None
    if hasattr(command.args, "queue"):
        queue: str = command.args.queue
        return queue
    if command.name == "basic.publish":
        publish: BasicPublish = command.args
        return publish.routing_key if publish.exchange == "" else None
    if hasattr(command.args, "consumer_tag"):
        return consuming.queue_of(command.channel, command.args.consumer_tag)
    return None

"""What may be asked of a command: its arguments, the queue that it is about, and facts of its connection."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Protocol

from fakebroker.errors import AMQPError, DecodeError
from fakebroker.wire import sasl
from fakebroker.wire.command import Command, Content, Event

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicPublish, ConnectionOpen, ConnectionStartOk

FACTS = ("connection", "client", "user", "vhost", "channel", "queue")
"""The predicates that are not arguments of a method."""


class Introduced:
    """What a client has said about itself in the handshake.

    :ivar client: ``connection_name`` in the client's properties, or else ``product``; None before start-ok.
    :ivar user: the name of the user that it logs in as; None before start-ok.
    :ivar vhost: the virtual host that it asks for; None before connection.open.
    :ivar capabilities: the capabilities that it has announced.
    """

    def __init__(self) -> None:
        self.client: str | None = None
        self.user: str | None = None
        self.vhost: str | None = None
        self.capabilities: Mapping[str, object] = {}
        self.introduced = False

    def take_note(self, event: Event) -> None:
        """Remember what an event of the client says about it."""
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
    """Something that knows the consumers of a connection."""

    def queue_of(self, channel: int, consumer_tag: str) -> str | None:
        """The name of the queue that a consumer reads; None when there is no such consumer."""


def argument(command: Command, name: str) -> object:
    """The value of an argument, of a property, or of ``body``. Bytes become text. None when there is no such thing."""
    value = getattr(command.args, name, None)
    if value is None and command.content is not None:
        value = command.content.body if name == "body" else _property(command.content, name)
    return value.decode("utf-8", "surrogateescape") if isinstance(value, bytes) else value


def _property(content: Content, name: str) -> object:
    try:
        return getattr(content.properties, name, None)
    except DecodeError:  # the peer has sent properties that can't be decoded
        return None


def queue_of(command: Command | None, consuming: Consuming) -> str | None:
    """The name of the queue that a command is about; None when that can't be told."""
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

"""Checks of what a test passes to ``FakeBroker``: a connection, a channel, a queue."""

from __future__ import annotations

from fakebroker.amqp.channel import Channel
from fakebroker.amqp.connection import Connection
from fakebroker.broker.queues.base import Queue
from fakebroker.broker.vhost import VirtualHost
from fakebroker.errors import AMQPError
from fakebroker.validation import near, unknown
from fakebroker.wire.checked import short_string


def given_queue(vhost: VirtualHost, name: str) -> Queue:
    """The queue of that name.

    :raises AMQPError: not-found, with the name that may have been meant.
    """
    if name not in vhost.queues:
        raise AMQPError("not-found", f"no queue '{name}' in vhost '{vhost.name}'{near(str(name), vhost.queues)}")
    return vhost.queues[name]


def check_connection(connection: object, reason: object) -> None:
    """Check that it is a connection, and that the reason can be sent.

    :raises TypeError: when it is no connection, or the reason is no string.
    :raises ValueError: for a reason of more than 255 octets.
    """
    if not isinstance(connection, Connection):
        raise TypeError(f"a connection is one of broker.connections, not {connection!r}")
    short_string("reason", reason)


def check_channel(channel: object, text: object, name: object) -> None:
    """Check that it is a channel, that the text can be sent, and that there is an error of that name.

    :raises TypeError: when it is no channel, or the text is no string.
    :raises ValueError: for an unknown error, or a text of more than 255 octets.
    """
    if not isinstance(channel, Channel):
        raise TypeError(f"a channel is one of a connection's, broker.connections[0].channels[1], not {channel!r}")
    errors = [each.name for each in channel.connection.spec.constants.values() if "error" in each.kind]
    if name not in errors:
        raise ValueError(unknown("error", name, errors))
    short_string("text", text)

"""How much memory a connection takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.broker.memory_estimate import CHANNEL, of_session
from fakebroker.values import weight
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.amqp.connection import Connection

CONNECTION = 8000
"""Octets of an idle connection, without the client's properties."""


def of_connection(connection: Connection) -> int:
    """About how many octets of memory a connection takes, with its channels and what they have in hand."""
    total = CONNECTION + weight(connection.client_properties)
    for event in connection.held:
        if isinstance(event, Command) and event.content is not None:
            total += len(event.content.header) + len(event.content.body)
    for channel in connection.channels.values():
        session = channel.in_hand
        total += CHANNEL if session is None else of_session(session)
    return total

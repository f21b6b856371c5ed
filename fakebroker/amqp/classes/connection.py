"""``connection.*`` on channel 0, once the handshake is through."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fakebroker.amqp import handshake
from fakebroker.amqp.endings import Cause
from fakebroker.amqp.ports import ConnectionHandler, HandlerConnection
from fakebroker.wire.command import Command

if TYPE_CHECKING:
    from fakebroker.wire.methods import ConnectionClose, ConnectionCloseOk, ConnectionUpdateSecret


def close(connection: HandlerConnection, command: Command[ConnectionClose]) -> None:
    """Answer the client's close, at any time; the socket stays for the client to close."""
    connection.end_because(Cause.CLIENT_CLOSES)


def close_ok(connection: HandlerConnection, command: Command[ConnectionCloseOk]) -> None:
    """The client has read our close: RabbitMQ hangs up at once."""
    connection.end_because(Cause.CLIENT_ANSWERS)


def update_secret(connection: HandlerConnection, command: Command[ConnectionUpdateSecret]) -> None:
    """Accept a new secret. RabbitMQ's internal users have none to update: it says ok, and nothing changes."""
    connection.send("connection.update-secret-ok")


HANDLERS: dict[str, ConnectionHandler] = {
    "connection.start-ok": handshake.start_ok,
    "connection.secure-ok": handshake.secure_ok,
    "connection.tune-ok": handshake.tune_ok,
    "connection.open": handshake.open_vhost,
    "connection.close": close,
    "connection.close-ok": close_ok,
    "connection.update-secret": update_secret,
}

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
    """Answer the client's close. The socket is left to the client to close."""
    connection.end_because(Cause.CLIENT_CLOSES)


def close_ok(connection: HandlerConnection, command: Command[ConnectionCloseOk]) -> None:
    """Hang up: the client has read the broker's close."""
    connection.end_because(Cause.CLIENT_ANSWERS)


def update_secret(connection: HandlerConnection, command: Command[ConnectionUpdateSecret]) -> None:
    """Accept a new secret. Nothing changes: RabbitMQ's internal users have no secret that could be updated."""
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

"""Which RabbitMQ it is: one of another line answers otherwise, and is no measure."""

from __future__ import annotations

import socket

from fakebroker.wire.command import Command
from fakebroker.wire.reader import Reader
from fakebroker.wire.spec import load

LINE = "3.10."
"""What the versions begin with that fakebroker is held against."""


def version_of(address: tuple[str, int]) -> str:
    """What a broker says of itself in connection.start; nothing where it says nothing.

    :raises OSError: when nobody is there.
    """
    reader = Reader(load("0-9-1"))
    with socket.create_connection(address, timeout=10) as client:
        client.sendall(b"AMQP\0\0\x09\x01")
        while data := client.recv(65536):
            for event in reader.feed(data):
                properties = event.args.server_properties if isinstance(event, Command) else {}
                return str(properties.get("version", ""))
    return ""


def another_line(address: tuple[str, int]) -> str | None:
    """Why a broker is no measure; None for one that is."""
    version = version_of(address)
    return None if version.startswith(LINE) else f"RabbitMQ there is {version or 'of no version'}, not {LINE}x"

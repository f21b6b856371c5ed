"""How sockets are closed, beyond what Twisted offers."""

from __future__ import annotations

import socket
import struct

from twisted.internet import tcp

from fakebroker.server.direct_write import is_idle
from fakebroker.server.in_memory import MemoryTransport

_NO_LINGER = struct.pack("ii", 1, 0)


def is_clear(transport: object) -> bool:
    """Whether it is known that nothing waits to be sent."""
    return isinstance(transport, tcp.Connection) and is_idle(transport)


def close_with_reset(transport: object) -> None:
    """Have a socket end with a reset, once everything that was written has gone, when it is closed.

    RabbitMQ 3.10 sets ``{linger, {true, 0}}`` on its sockets.
    """
    if isinstance(transport, MemoryTransport):
        transport.lingers = False
    elif isinstance(transport, tcp.Connection):
        transport.getHandle().setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
        # Twisted sends a FIN before it closes, unless told otherwise; there is no public way to say it.
        transport._shouldShutdown = False

"""The states of a connection, and which methods on channel 0 are legal in each.

RabbitMQ 3.10 (``rabbit_reader``) moves a connection through::

    awaiting header --header--> starting --start-ok--> securing --credentials--> tuning --tune-ok--> opening
        --open--> running <--alarm--> blocked --close--> closed

A method that is not in the row of the state is answered with 504 CHANNEL_ERROR, "unexpected method in connection
state ..."; in ``closed`` everything but the closing handshake is ignored, and a ``deaf`` connection no longer reads:
RabbitMQ keeps the socket for three seconds after a handshake that went wrong, and hangs up.
"""

from __future__ import annotations

import enum


class State(enum.Enum):
    """Where a connection is; the values are the words RabbitMQ puts into its reply texts."""

    AWAITING_HEADER = "pre_init"
    STARTING = "starting"
    SECURING = "securing"
    TUNING = "tuning"
    OPENING = "opening"
    RUNNING = "running"
    BLOCKED = "blocked"
    CLOSED = "closed"
    DEAF = "deaf"


_OPEN = frozenset({"connection.close", "connection.update-secret"})

LEGAL: dict[State, frozenset[str]] = {
    State.STARTING: frozenset({"connection.start-ok"}),
    State.SECURING: frozenset({"connection.secure-ok"}),
    State.TUNING: frozenset({"connection.tune-ok"}),
    State.OPENING: frozenset({"connection.open"}),
    State.RUNNING: _OPEN,
    State.BLOCKED: _OPEN,
    State.CLOSED: frozenset({"connection.close", "connection.close-ok"}),
}

SILENT = frozenset({State.STARTING, State.SECURING, State.TUNING})
"""States in which an error closes the socket with no ``connection.close``."""

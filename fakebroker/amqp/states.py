"""The states of a connection and of a channel, and which methods on channel 0 are legal in each.

RabbitMQ 3.10 (``rabbit_reader``) moves a connection through::

    awaiting header --header--> starting --start-ok--> securing --credentials--> tuning --tune-ok--> opening
        --open--> running <--alarm--> blocked

The state ``securing`` is for mechanisms with a challenge (RABBIT-CR-DEMO); a login without one goes straight to tuning.

A method that is not in the row of the state is answered with 504 CHANNEL_ERROR, "unexpected method in connection
state ..."; in ``closed`` everything but the closing handshake is ignored. How a connection and a channel end is in
``endings.py``.
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
    """It has ended, but for its socket; nothing but the closing handshake is heard."""
    DEAF = "deaf"
    """It has ended, but for its socket, and nothing is read any more."""
    GONE = "gone"
    """It has ended, and so has its socket."""


class ChannelState(enum.Enum):
    """Where a channel is."""

    STARTING = "starting"
    """Something has come on an unused number; that has to be ``channel.open``."""
    RUNNING = "running"
    CLOSED_BY_CLIENT = "closed by the client"
    """``channel.close-ok`` follows when all that has arrived in one piece is handled."""
    CLOSED_BY_BROKER = "closed by the broker"
    """The client's ``channel.close-ok`` is to come; until then the number is taken."""
    FAILED = "failed"
    """Its connection ends because of it, when all that has arrived in one piece is handled."""
    GONE = "gone"


LEGAL: dict[State, frozenset[str]] = {
    State.STARTING: frozenset({"connection.start-ok"}),
    State.SECURING: frozenset({"connection.secure-ok"}),
    State.TUNING: frozenset({"connection.tune-ok"}),
    State.OPENING: frozenset({"connection.open"}),
    State.RUNNING: frozenset({"connection.close", "connection.update-secret"}),
    State.CLOSED: frozenset({"connection.close", "connection.close-ok"}),
}

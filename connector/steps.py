"""The steps from nothing to an open channel and back, and how long each may take."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Step = Literal["connect", "start", "tune", "open", "channel_open", "close"]
"""What the connector was waiting for: the transport, then the broker's ``connection.start``, its ``connection.tune``
(credentials are checked before it comes), ``connection.open-ok``, ``channel.open-ok``, ``connection.close-ok``."""


@dataclass(frozen=True)
class Timeouts:
    """Seconds that each :data:`Step` may take; None means for ever.

    The defaults of the handshake stay below the 10 seconds RabbitMQ 3.10 grants a whole handshake, so that a broker
    stuck in one step is reported as the time-out of that step rather than as a lost connection, and above the 3
    seconds after which it hangs up on refused credentials.
    """

    connect: float | None = 8.0
    start: float | None = 8.0
    tune: float | None = 8.0
    open: float | None = 8.0
    channel_open: float | None = 8.0
    close: float | None = 5.0

    def of(self, step: Step) -> float | None:
        """How many seconds `step` may take."""
        limit: float | None = getattr(self, step)
        return limit

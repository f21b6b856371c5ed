"""The memory alarm of ``--max-memory``: raised while the broker holds more than the limit."""

from __future__ import annotations

from fakebroker.clock import DelayedCall
from fakebroker.fake import FakeBroker

INTERVAL = 0.1
"""Seconds between two checks while the limit is exceeded."""

SHORTEST, LONGEST = 0.01, 1.0
"""The shortest and the longest time between two checks, in seconds. A broker without traffic is checked at the
longest."""

PACE = 200e6
"""Octets a second: memory can't grow faster than this. It tells how soon the limit could be reached, and so when to
check next."""

SHARE = 64
"""Besides, a check is made whenever this fraction of the limit has arrived (one 64th)."""

PATIENCE = 1.5
"""Seconds for which a small excess is tolerated: RabbitMQ checks only now and then, and would not notice it sooner."""

FAR_TOO_MUCH = 1.15
"""An excess of this many times the limit raises the alarm at once."""

SMALL = 8 * 1024 * 1024
"""A limit below this, in octets, is made to be reached by a test. A client writes as much before it reads its first
answer."""

LEAST = 40 * 1024 * 1024
"""With a small limit, an excess of up to this many octets does not raise the alarm at once."""


class MemoryWatch:
    """Raises the memory alarm while the broker holds more octets than the limit, and clears it afterwards. RabbitMQ
    measures its process. This broker adds up what its messages and other objects take, so that the same messages always
    raise the alarm. With the journal, the process grows by at most a quarter more than the limit, unless the limit is
    ``SMALL``.

    :param limit: octets.
    """

    def __init__(self, broker: FakeBroker, limit: int) -> None:
        self._broker = broker
        self._limit = limit
        self._far = limit * FAR_TOO_MUCH if limit >= SMALL else LEAST
        self._is_raised = False
        self._arrived = 0  # since the last check
        self._looked = 0.0
        self._held = 0
        self._since: float | None = None  # since when the limit is exceeded
        self._call: DelayedCall | None = None

    def start(self) -> None:
        """Start to check; called again after a reset."""
        self.stop()
        self._is_raised = False
        self._since = None
        self._broker.memory.limit(self._limit, self._on_arrival)
        self._tick()

    def stop(self) -> None:
        """Stop checking."""
        if self._call is not None and self._call.active():
            self._call.cancel()

    def _on_arrival(self, octets: int) -> None:
        self._arrived += octets
        if self._arrived * SHARE > self._limit:
            self._look()

    def _tick(self) -> None:
        interval = INTERVAL
        if self._arrived or self._since is not None or self._broker.clock.seconds() - self._looked >= LONGEST:
            self._look()
        if self._since is None:
            interval = min(LONGEST, max(SHORTEST, (self._far - self._held) / PACE))
        self._call = self._broker.clock.callLater(interval, self._tick)

    def _look(self) -> None:
        now = self._looked = self._broker.clock.seconds()
        held = self._held = self._broker.memory.octets
        self._arrived = 0
        if held <= self._limit:
            self._since = None
        elif self._since is None:
            self._since = now
        too_much = held > self._far or (self._since is not None and (self._is_raised or now - self._since >= PATIENCE))
        if too_much and not self._is_raised:
            self._broker.set_alarm("memory")
        elif self._is_raised and not too_much:
            self._broker.clear_alarm("memory")
        self._is_raised = too_much

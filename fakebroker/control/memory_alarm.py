"""The memory alarm, raised by what the broker holds."""

from __future__ import annotations

from fakebroker.clock import DelayedCall
from fakebroker.fake import FakeBroker

INTERVAL = 0.1
"""Seconds between two looks while it is too much."""

SHORTEST, LONGEST = 0.01, 1.0
"""Seconds between two looks at least, and at most; what has not changed is looked at once in the longest."""

PACE = 200e6
"""Octets a second that are sure to be more than small messages in many queues can come to: what is far from too much
need not be looked at."""

SHARE = 64
"""A look is taken whenever this part of the limit has come, too."""

PATIENCE = 1.5
"""Seconds for which it may be a little too much: RabbitMQ would not see it sooner, which looks now and then."""

FAR_TOO_MUCH = 1.15
"""How often the limit raises the alarm at once."""

SMALL = 8 * 1024 * 1024
"""A limit below this is there to be reached by a test: a client writes that much before it listens."""

LEAST = 40 * 1024 * 1024
"""Octets that do not raise the alarm of a small limit at once."""


class MemoryWatch:
    """Raises the memory alarm while the broker holds more than so many octets, and clears it when it doesn't.

    RabbitMQ measures its process; here it is counted what messages and the rest take, so that the same messages always
    raise the alarm. With the journal the process grows by a quarter more than the limit at most, but for those limits
    that are ``SMALL``.

    :param limit: octets.
    """

    def __init__(self, broker: FakeBroker, limit: int) -> None:
        self._broker = broker
        self._limit = limit
        self._far = limit * FAR_TOO_MUCH if limit >= SMALL else LEAST
        self._is_raised = False
        self._arrived = 0  # since the last look
        self._looked = 0.0
        self._held = 0
        self._since: float | None = None  # when has it been too much since?
        self._call: DelayedCall | None = None

    def start(self) -> None:
        """Look from now on; again after a reset."""
        self.stop()
        self._is_raised = False
        self._since = None
        self._broker.memory.limit(self._limit, self._on_arrival)
        self._tick()

    def stop(self) -> None:
        """Look no more."""
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

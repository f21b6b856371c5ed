"""Queue TTL: ``x-expires`` deletes a queue that nobody has used for a time (RabbitMQ 3.10: rabbit_amqqueue_process).

The time to live of messages, ``x-message-ttl``, is in :mod:`fakebroker.broker.queues.message_ttl`.
"""

from __future__ import annotations

from collections.abc import Callable

from fakebroker.broker.timer import Timer, milliseconds
from fakebroker.clock import Time


class QueueTtl:
    """Waits for the end of the time in which a queue may be unused.

    ``expires`` is that time in milliseconds, None for ever.
    """

    __slots__ = ("_clock", "_timer", "expires")

    def __init__(self, clock: Time, expires: int | None) -> None:
        self.expires = expires
        self._clock = clock
        self._timer = Timer(clock)

    def restart(self, delete: Callable[[], object]) -> None:
        """The queue was used just now, and nobody consumes from it: the time begins anew.

        :param delete: called when the time is over; not kept any longer.
        """
        if self.expires is not None:
            self._timer.set(milliseconds(self._clock) + self.expires, delete)

    def stop(self) -> None:
        """Somebody consumes, or the queue is gone: no time runs."""
        self._timer.cancel()

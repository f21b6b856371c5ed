"""Crashes of a queue's process, which a client can cause (RabbitMQ 3.10: rabbit_amqqueue_sup)."""

from __future__ import annotations

from collections import deque

CRASHES = 6
CRASH_PERIOD = 10.0
"""Seconds: a queue that crashes six times in less is given up."""


class Crashes:
    """The times of a queue's last crashes, in seconds of the clock."""

    __slots__ = ("_times",)

    def __init__(self) -> None:
        self._times: deque[float] = deque(maxlen=CRASHES)

    def add(self, now: float) -> None:
        """The queue has crashed."""
        self._times.append(now)

    @property
    def too_many(self) -> bool:
        """Has the queue crashed so often in a short time that RabbitMQ does not start it again?"""
        return len(self._times) >= CRASHES and self._times[-1] - self._times[-CRASHES] < CRASH_PERIOD

"""Heartbeats in both directions, on the injected clock, as RabbitMQ's ``rabbit_heartbeat`` does them.

Both sides watch counters of octets, not frames.

The sender looks at its counter every half interval. It sends a heartbeat at its first look, and at each look that finds
nothing sent since the last one. Its own heartbeat counts as sent: an idle connection gets one heartbeat an interval.

The monitor looks every interval. At the second look in a row that finds nothing received it gives the client up: a
silent client is dropped between two and three intervals after its last octet.
"""

from __future__ import annotations

from collections.abc import Callable

from fakebroker.amqp.output import Output
from fakebroker.clock import DelayedCall, Time


class Heartbeats:
    """The two timers of one connection.

    :param missed: called when the peer has been silent for too long.
    """

    __slots__ = (
        "_clock",
        "_interval",
        "_missed",
        "_monitor",
        "_output",
        "_pauses",
        "_received",
        "_sender",
        "_sent",
        "_silent_looks",
    )

    def __init__(self, clock: Time, output: Output, missed: Callable[[], None]) -> None:
        self._clock = clock
        self._output = output
        self._missed = missed
        self._interval = 0
        self._sent: int | None = None
        self._received = 0
        self._silent_looks = 0
        self._pauses: dict[str, None] = {}
        self._sender: DelayedCall | None = None
        self._monitor: DelayedCall | None = None

    def start(self, interval: int) -> None:
        """Begin, in both directions.

        :param interval: the negotiated heartbeat in seconds; 0 means none at all.
        """
        self._interval = interval
        if interval:
            self._sender = self._clock.callLater(interval / 2, self._look_at_sent)
            self._watch()

    def stop(self) -> None:
        """Cancel both timers, for good; it may be called twice. Afterwards this refers to nothing of the connection."""
        if self._sender is not None and self._sender.active():
            self._sender.cancel()
        self._sender = None
        self.pause_monitor("stopped")
        for name in ("_clock", "_output", "_missed"):
            if hasattr(self, name):
                delattr(self, name)

    def pause_monitor(self, why: str) -> None:
        """Stop watching the peer: RabbitMQ does, while it does not read from a blocked connection."""
        self._pauses[why] = None
        if self._monitor is not None and self._monitor.active():
            self._monitor.cancel()
        self._monitor = None

    def resume_monitor(self, why: str) -> None:
        """Watch the peer, from the beginning, if there is no other reason not to."""
        self._pauses.pop(why, None)
        self._watch()

    def _watch(self) -> None:
        if not self._pauses and self._interval and self._monitor is None:
            self._received = self._silent_looks = 0
            self._monitor = self._clock.callLater(self._interval, self._look_at_received)

    def _look_at_sent(self) -> None:
        if self._sender is None:
            return  # it was put off while the broker was paused, and stopped since then
        self._sender = self._clock.callLater(self._interval / 2, self._look_at_sent)
        sent = self._output.octets_sent
        if self._sent is None or self._sent == sent:
            self._output.heartbeat()
        self._sent = sent

    def _look_at_received(self) -> None:
        received = self._output.octets_received
        silent = received == self._received
        if silent and self._silent_looks:
            self._monitor = None
            self._missed()
            return
        self._silent_looks = 1 if silent else 0
        self._received = received
        self._monitor = self._clock.callLater(self._interval, self._look_at_received)

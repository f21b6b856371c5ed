"""When each octet of a client has arrived, while a rule keeps them waiting."""

from __future__ import annotations

from collections import deque

from fakebroker.clock import Time


class ArrivalTimes:
    """The times at which the pieces have come that have not been handled yet.

    :param waiting: how many octets wait to be handled already.
    """

    def __init__(self, clock: Time, waiting: int) -> None:
        self._clock = clock
        self._octets = 0
        self._times: deque[tuple[int, float]] = deque()  # how many octets had come with this piece, and when
        self.note(waiting)

    def note(self, octets: int) -> None:
        """A piece has come."""
        self._octets += octets
        self._times.append((self._octets, self._clock.seconds()))

    def of(self, waiting: int) -> float:
        """When the last octet has come of all that is handled.

        :param waiting: how many octets still wait to be handled.
        """
        handled = self._octets - waiting
        while len(self._times) > 1 and self._times[0][0] < handled:
            self._times.popleft()
        return self._times[0][1]

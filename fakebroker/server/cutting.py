"""How what the broker writes is cut into reads, where that is left to chance.

TCP is a stream of octets. What is written in one piece may be read in several, cut anywhere: within a frame's header,
before its last octet, between two frames.
"""

from __future__ import annotations

from collections.abc import Callable

from fakebroker.broker.scheduling import ChooserPort
from fakebroker.clock import DelayedCall, Time

MOST = 8
"""Into so many pieces, and the rest, something is cut at the most."""

PAUSE = 0.001
"""Seconds between two pieces, where the second comes later."""

_HEADER, _AROUND = 7, 8
"""The octets of a frame's header; those of the header and the frame-end."""


class Cutter:
    """Cuts what one connection writes.

    :param when_read: makes a call when the peer has read what was written; gives what cancels it.
    :param clock: for the rest of a piece that comes later.
    """

    def __init__(
        self, chooser: ChooserPort, when_read: Callable[[Callable[[], None], int], Callable[[], object]], clock: Time
    ) -> None:
        self._chooser = chooser
        self._when_read = when_read
        self._clock = clock
        self._pieces = 0
        self._cancel: Callable[[], object] | None = None

    def cut(self, data: bytes, go_on: Callable[[], None]) -> bytes:
        """What is written now of something.

        :param go_on: called when the rest is to be written.
        """
        self.stop()
        places = places_to_cut(data)
        waits = 2 if "late" in self._chooser.takes else 1
        taken = self._chooser.choose("reads", 1 + len(places) * waits) if self._pieces < MOST else 0
        if not taken:
            self._pieces = 0
            return data
        self._pieces += 1
        late, place = divmod(taken - 1, len(places))

        def write_rest() -> None:
            self._cancel = None
            go_on()

        if late:
            call: DelayedCall = self._clock.callLater(PAUSE, write_rest)
            self._cancel = call.cancel
        else:
            self._cancel = self._when_read(write_rest, 1)
        return data[: places[place]]

    def stop(self) -> None:
        """Nothing is left to be written."""
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            cancel()


def places_to_cut(data: bytes) -> list[int]:
    """Where to cut: in the first frame's header, behind it, before the frame-end, behind the frame, halfway."""
    first = _AROUND + int.from_bytes(data[3:_HEADER], "big")
    places = dict.fromkeys((1, _HEADER, first - 1, first, len(data) // 2, len(data) - 1))
    return [place for place in places if 0 < place < len(data)]

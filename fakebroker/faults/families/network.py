"""What a network does to a connection."""

from __future__ import annotations

from fakebroker.faults.actions.blackhole import Blackhole
from fakebroker.faults.actions.close import Close
from fakebroker.faults.actions.delay import Delay
from fakebroker.faults.actions.half_close import HalfClose
from fakebroker.faults.actions.reset import Reset
from fakebroker.faults.actions.stall_reading import StallReading
from fakebroker.faults.families import obstacles
from fakebroker.faults.families.fault import NamedFault, by

FAULTS = (
    NamedFault(
        "reset",
        "network",
        "the connection is reset (RST) in the place of the item",
        "everywhere",
        by(Reset()),
        obstacles.anywhere,
    ),
    NamedFault(
        "reset-after",
        "network",
        "the item passes, then the connection is reset",
        "everywhere",
        by(Reset(after=True)),
        obstacles.anywhere,
    ),
    NamedFault(
        "close",
        "network",
        "the socket is closed (FIN) in the place of the item",
        "everywhere",
        by(Close()),
        obstacles.anywhere,
    ),
    NamedFault(
        "close-after",
        "network",
        "the item passes, then the socket is closed",
        "everywhere",
        by(Close(after=True)),
        obstacles.anywhere,
    ),
    NamedFault(
        "half-close",
        "network",
        "the broker's half of the socket is closed (FIN) in the place of the item; it still reads",
        "everywhere",
        by(HalfClose()),
        obstacles.anywhere,
    ),
    NamedFault(
        "blackhole",
        "network",
        "nothing comes and nothing is heard any more, and the socket stays open",
        "everywhere",
        by(Blackhole()),
        obstacles.anywhere,
    ),
    NamedFault(
        "blackhole-heals",
        "network",
        "for 3 s nothing passes; then all does, for TCP sends again what was lost",
        "everywhere",
        by(Delay(3.0)),
        obstacles.anywhere,
    ),
    NamedFault(
        "delay",
        "network",
        "the item comes 1 s late, and so does what is behind it",
        "everywhere",
        by(Delay(1.0)),
        obstacles.anywhere,
    ),
    NamedFault(
        "stall",
        "network",
        "the item passes, then the broker reads nothing for 3 s",
        "everywhere",
        by(StallReading(3.0)),
        obstacles.anywhere,
    ),
)

"""What a network does to a connection."""

from __future__ import annotations

from fakebroker.faults.actions.blackhole import Blackhole
from fakebroker.faults.actions.close import Close
from fakebroker.faults.actions.delay import Delay
from fakebroker.faults.actions.half_close import HalfClose
from fakebroker.faults.actions.latency import Latency
from fakebroker.faults.actions.octet_limit import OctetLimit
from fakebroker.faults.actions.partition import Partition
from fakebroker.faults.actions.reset import Reset
from fakebroker.faults.actions.slow_close import SlowClose
from fakebroker.faults.actions.stall_reading import StallReading
from fakebroker.faults.families import obstacles
from fakebroker.faults.families.fault import NamedFault, by
from fakebroker.faults.match import when
from fakebroker.faults.rule import Rule, rule
from fakebroker.predicates.addresses import Address


def latency(address: Address) -> tuple[Rule, ...]:
    """All of the connection, from its beginning on."""
    return (rule(when(connection=address.connection), Latency(0.1)),)


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
        by(Partition(3.0)),
        obstacles.anywhere,
    ),
    NamedFault(
        "partition",
        "network",
        "nothing passes any more, not even the end of the socket, which the other side does not see",
        "everywhere",
        by(Partition()),
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
    NamedFault(
        "latency",
        "network",
        "all that comes and goes on the connection is 0.1 s late",
        "at connect",
        latency,
        obstacles.at_connect,
    ),
    NamedFault(
        "slow-close",
        "network",
        "the end of the connection arrives 2 s late",
        "at connect",
        by(SlowClose(2.0)),
        obstacles.at_connect,
    ),
    NamedFault(
        "octet-limit",
        "network",
        "five more octets reach the client, which is in the middle of a frame, then a reset",
        "at frames to the client",
        by(OctetLimit(5, "out", "reset")),
        obstacles.at_what_goes_out,
    ),
)

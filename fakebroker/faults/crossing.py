"""One item on its way between the peer and the broker, and what is known about its connection."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, Protocol

from fakebroker.faults.steps import Connected, Item
from fakebroker.wire.command import Command, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.spec import Spec
from fakebroker.wire.writer import HEARTBEAT, encode

Way = Literal["in", "out"]
"""``"in"``: from the client to the broker; ``"out"``: from the broker to the client."""


class Facts(Protocol):
    """What rules may ask about a connection; the link keeps it up to date as the handshake goes by."""

    @property
    def number(self) -> int:
        """1 for the broker's first connection."""

    @property
    def client(self) -> str | None:
        """``connection_name``, else ``product``, of the client's properties; None before start-ok."""

    @property
    def user(self) -> str | None:
        """Whom the client says it is; None before start-ok."""

    @property
    def vhost(self) -> str | None:
        """The virtual host asked for; None before open."""

    @property
    def spec(self) -> Spec:
        """The definition of the protocol version spoken."""

    @property
    def frame_max(self) -> int:
        """The longest frame the broker sends."""

    def capable(self, capability: str) -> bool:
        """Whether the client announced a capability such as ``"connection.blocked"``."""

    def takes_no_acks(self, channel: int, consumer_tag: str) -> bool:
        """Whether the consumer asked for deliveries that need no acknowledgement."""

    def gives_back(self, channel: int, consumer_tag: str) -> bool:
        """Whether the queue of a consumer takes back what it has delivered to it."""

    def queue_of(self, channel: int, consumer_tag: str) -> str | None:
        """The queue that a consumer of this connection reads; None when there is no such consumer."""


@dataclass(frozen=True)
class Crossing:
    """What a rule looks at and an action works on.

    :param occurrence: how many items the rule has matched, this one included.
    :param data: the bytes on their way, when another rule has already made something of them.
    :param copy: whether it goes once more, after the peer has had it.
    :param whole: whether all of it has gone when this has; False for a piece with others behind it.
    """

    direction: Way
    item: Item
    facts: Facts
    rng: random.Random
    occurrence: int = 1
    data: bytes | None = None
    copy: bool = False
    whole: bool = True

    @property
    def command(self) -> Command | None:
        """The command, unless something else is crossing."""
        return self.item if isinstance(self.item, Command) else None

    @property
    def channel(self) -> int:
        """The channel it belongs to; 0 for what belongs to none."""
        return self.item.channel if isinstance(self.item, (Command, Heartbeat)) else 0

    @property
    def kind(self) -> str:
        """The command's name, or ``connect``, ``protocol-header``, ``heartbeat``, ``malformed``."""
        return kind_of(self.item)

    def octets(self) -> bytes:
        """What the item is on the wire."""
        if self.data is not None:
            return self.data
        return octets_of(self.item, self.facts.frame_max)


def kind_of(item: Item) -> str:
    """What rules call an item: the command's name, or the kind of anything else."""
    if isinstance(item, Command):
        return item.name
    if isinstance(item, Heartbeat):
        return "heartbeat"
    if isinstance(item, ProtocolHeader):
        return "protocol-header"
    return "connect" if isinstance(item, Connected) else "malformed"


def octets_of(item: Item, frame_max: int) -> bytes:
    """What an item is on the wire."""
    if isinstance(item, Command):
        return encode(item, frame_max)
    if isinstance(item, Heartbeat):
        return HEARTBEAT
    if isinstance(item, (ProtocolHeader, Malformed)):
        return item.data
    return b""

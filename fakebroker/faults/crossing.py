"""A crossing: one item on its way between client and broker, and what is known about its connection."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal, Protocol

from fakebroker.faults.draws import NO_DRAWS, Draws
from fakebroker.faults.steps import Connected, Disconnected, Item, TimeCome
from fakebroker.predicates.addresses import Numbered
from fakebroker.wire.command import Command, Heartbeat, Malformed, ProtocolHeader
from fakebroker.wire.spec import Spec, load
from fakebroker.wire.writer import HEARTBEAT, encode

Way = Literal["in", "out"]
"""``"in"`` is from the client to the broker, ``"out"`` from the broker to the client."""


Drawn = Literal["item", "connection"]
"""How often a rule draws: for each item anew, or once for each connection."""


class BrokerFacts(Protocol):
    """What rules may ask about the broker."""

    @property
    def state(self) -> str:
        """The name that a rule or the test has given to the broker's state; empty at the beginning."""

    def crossed(self, connection: int, direction: str, name: str) -> int:
        """How many items of this name have crossed, in this direction of a connection that has not ended."""

    def seconds(self) -> float:
        """The time since the broker was made, on its clock."""


class Facts(Protocol):
    """What rules may ask about a connection. The link keeps it up to date during the handshake."""

    @property
    def number(self) -> int:
        """1 for the broker's first connection."""

    @property
    def client(self) -> str | None:
        """``connection_name`` in the client's properties, or else ``product``; None before start-ok."""

    @property
    def user(self) -> str | None:
        """The name of the user that the client logs in as; None before start-ok."""

    @property
    def vhost(self) -> str | None:
        """The virtual host that the client asks for; None before connection.open."""

    @property
    def spec(self) -> Spec:
        """The definition of the protocol version that is spoken."""

    @property
    def frame_max(self) -> int:
        """How many octets the longest frame may have that the broker sends."""

    def capable(self, capability: str) -> bool:
        """Whether the client has announced a capability, such as ``"connection.blocked"``."""

    def takes_no_acks(self, channel: int, consumer_tag: str) -> bool:
        """Whether the consumer was subscribed with ``no_ack``: its deliveries need no acknowledgement."""

    def gives_back(self, channel: int, consumer_tag: str) -> bool:
        """Whether deliveries to the consumer can be requeued."""

    def queue_of(self, channel: int, consumer_tag: str) -> str | None:
        """The name of the queue that the consumer reads; None when there is no such consumer."""


class NoConnection:
    """What is known of a connection where there is none: a rule acts at a time, on the broker alone."""

    number = 0
    client: str | None = None
    user: str | None = None
    vhost: str | None = None
    frame_max = 0

    @property
    def spec(self) -> Spec:
        return load("0-9-1")

    def capable(self, capability: str) -> bool:
        return False

    def takes_no_acks(self, channel: int, consumer_tag: str) -> bool:
        return False

    def gives_back(self, channel: int, consumer_tag: str) -> bool:
        return False

    def queue_of(self, channel: int, consumer_tag: str) -> str | None:
        return None


NO_CONNECTION = NoConnection()


@dataclass(frozen=True)
class Crossing:
    """An item that crosses, as rules and actions see it.

    :param broker: what is known about the broker.
    :param draws: what the rule draws that is asked about it.
    :param occurrence: how many items the rule has matched, this one included.
    :param data: the bytes to be written in place of the item, when another rule has changed them; else None.
    :param copy: whether the peer has had the item before: a rule sends it once more.
    :param whole: whether the item is complete when ``data`` is written; False when more pieces follow.
    :param numbered: which crossing it is. A copy has the number of what it is a copy of.
    """

    direction: Way
    item: Item
    facts: Facts
    broker: BrokerFacts
    draws: Draws = NO_DRAWS
    occurrence: int = 1
    data: bytes | None = None
    copy: bool = False
    whole: bool = True
    numbered: Numbered | None = None

    @property
    def rng(self) -> random.Random:
        """Where the rule draws chance from. It is the same stream for all that its actions draw for this item."""
        return self.draws.rng

    @property
    def number(self) -> int | None:
        """Which of all crossings it is, from 1; None when it has not been numbered."""
        return None if self.numbered is None else self.numbered.number

    @property
    def address(self) -> str | None:
        """Where it crosses the link, such as ``2:out:basic.deliver:7``; None when it has not been numbered."""
        if self.numbered is None:
            return None
        return f"{self.facts.number}:{self.direction}:{self.kind}:{self.numbered.occurrence}"

    @property
    def command(self) -> Command | None:
        """The command; None when the item is something else."""
        return self.item if isinstance(self.item, Command) else None

    @property
    def channel(self) -> int:
        """The channel that the item belongs to; 0 when it belongs to none."""
        return self.item.channel if isinstance(self.item, (Command, Heartbeat)) else 0

    @property
    def kind(self) -> str:
        """The command's name, or ``connect``, ``protocol-header``, ``heartbeat``, ``malformed``."""
        return kind_of(self.item)

    def octets(self) -> bytes:
        """The item's bytes on the wire, as other rules have left them."""
        if self.data is not None:
            return self.data
        return octets_of(self.item, self.facts.frame_max)


KINDS_OF_NOTHING: Mapping[type[object], str] = MappingProxyType(
    {Connected: "connect", Disconnected: "end", TimeCome: "moment"}
)
"""The names that rules have for items of which nothing is sent."""


def kind_of(item: Item) -> str:
    """The name that rules have for an item: a command's name, or the kind of anything else."""
    if isinstance(item, Command):
        return item.name
    if isinstance(item, Heartbeat):
        return "heartbeat"
    if isinstance(item, ProtocolHeader):
        return "protocol-header"
    return KINDS_OF_NOTHING.get(type(item), "malformed")


def octets_of(item: Item, frame_max: int) -> bytes:
    """The item's bytes on the wire; none for the connecting itself."""
    if isinstance(item, Command):
        return encode(item, frame_max)
    if isinstance(item, Heartbeat):
        return HEARTBEAT
    if isinstance(item, (ProtocolHeader, Malformed)):
        return item.data
    return b""

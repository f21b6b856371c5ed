"""What is going on at each connection: more than the facts tell, and gone when the connection is."""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass, field
from typing import TypeVar

from fakebroker.ledger.event import Event, Moment
from fakebroker.ledger.facts import ChannelFacts, ConnectionFacts, Ended
from fakebroker.ledger.message import Copy, PublishedMessage

K = TypeVar("K")
V = TypeVar("V")

MOST = 10_000
"""How many items are kept of each kind: connections, channels of one, deliveries, settlements, gets of a channel. When
there are more, the oldest are forgotten."""


@dataclass
class OpenChannel:
    """A channel that is open, or was the last with its number."""

    facts: ChannelFacts
    confirms: int = 0
    """How many messages the client has published in confirm mode."""
    unconfirmed: dict[int, PublishedMessage] = field(default_factory=dict)
    """By number: what the broker has neither acked nor nacked."""
    untold: dict[int, PublishedMessage] = field(default_factory=dict)
    """By number: those of which the client has heard neither."""
    outstanding: dict[int, tuple[Copy, Event]] = field(default_factory=dict)
    """By tag: what was delivered, and the client has not settled."""
    extra: dict[int, tuple[int, int]] = field(default_factory=dict)
    """By tag: how often a rule has delivered it in addition, and which rule."""
    in_transaction: dict[int, tuple[Copy, Event]] = field(default_factory=dict)
    """By tag: what the client has settled since the last commit."""

    knows_end: bool = False
    """Whether the client knows that the channel is over: it has closed it, or answered the broker's close."""

    @property
    def is_open(self) -> bool:
        """Whether neither side has closed it."""
        return self.facts.ended is None


@dataclass
class Crossed:
    """Something that has come to the link, and has not gone on yet."""

    name: str
    message: PublishedMessage | None = None
    events: list[Event] = field(default_factory=list)
    rule: int | None = None
    facts: list[Moment] = field(default_factory=list)
    """Moments that the item has made in the facts: they get the number of the rule that acts on it."""


@dataclass
class OpenConnection:
    """A connection that is not over."""

    facts: ConnectionFacts
    channels: dict[int, OpenChannel] = field(default_factory=dict)
    crossed: dict[str, Crossed] = field(default_factory=dict)
    """By address: what may still go on, or be kept by a rule."""
    openings: dict[int, int] = field(default_factory=dict)
    """By number: how often a channel was opened."""
    rule: int | None = None
    """The number of the rule that has acted last."""
    closing: Ended | None = None
    """The close that one of the sides has sent."""
    refusals: list[Event] = field(default_factory=list)
    """Messages that the broker has refused, as long as it has not said why."""

    def channel(self, number: int) -> OpenChannel | None:
        """The channel with that number, if it is open."""
        found = self.channels.get(number)
        return found if found is not None and found.is_open else None

    def open(self, number: int, moment: Moment) -> OpenChannel:
        """Add a channel."""
        incarnation = self.openings[number] = self.openings.get(number, 0) + 1
        facts = ChannelFacts(number, incarnation, moment)
        keep(self.facts.channels, facts)
        channel = self.channels[number] = OpenChannel(facts)
        return channel

    def close(self, number: int, ended: Ended) -> None:
        """A channel is over, with its consumers."""
        channel = self.channels.get(number)
        if channel is not None and channel.is_open:
            channel.facts.ended = ended
            for consumer in channel.facts.consumers:
                if consumer.ended is None:
                    consumer.ended = Ended(ended.moment, "channel", ended.code, ended.text)

    def still(self) -> Iterator[Crossed]:
        """What has come to the link and has not gone on."""
        return iter(self.crossed.values())


def bounded(items: MutableMapping[K, V]) -> None:
    """Forget the oldest of too many items."""
    while len(items) > MOST:
        del items[next(iter(items))]


def keep(items: list[V], item: V) -> None:
    """Add an item to a list. When there are too many, the oldest are forgotten."""
    items.append(item)
    if len(items) > MOST:
        del items[: MOST // 16]

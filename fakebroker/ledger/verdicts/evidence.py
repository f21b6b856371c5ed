"""The evidence: what a ledger tells, put so that checks can ask for it.

A check judges a client by what it was told. A confirm that a rule has dropped never came; a delivery that a rule has
made up did come. What the client has sent counts as sent, whatever a rule did to it on the way.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cached_property
from typing import NamedTuple, Protocol

from fakebroker.errors import DecodeError
from fakebroker.ledger.event import Event, Moment
from fakebroker.ledger.facts import ChannelFacts, ClientSettlement, ConnectionFacts, ConsumerFacts
from fakebroker.ledger.message import Copy, PublishedMessage


class LedgerPort(Protocol):
    """What is asked of a ledger."""

    messages: list[PublishedMessage]
    connections: list[ConnectionFacts]
    seconds: Callable[[], float]
    acted: int


class DeliveredCopy(NamedTuple):
    """A delivery that has reached its client."""

    copy: Copy
    event: Event


class AtChannel(NamedTuple):
    """A channel, and its connection."""

    connection: ConnectionFacts
    channel: ChannelFacts


class Evidence:
    """What is known of all clients of a broker.

    :param ledger: the ledger.
    """

    def __init__(self, ledger: LedgerPort) -> None:
        self.ledger = ledger
        self.now = ledger.seconds()
        """Seconds since the ledger began."""
        self.connections = ledger.connections

    # --- what was published

    @cached_property
    def messages(self) -> list[PublishedMessage]:
        """What clients have published themselves, in order: nothing that a rule has made."""
        return [each for each in self.ledger.messages if each.connection and each.rule is None and each.published]

    @cached_property
    def _messages_of(self) -> dict[int, list[PublishedMessage]]:
        found = defaultdict(list)
        for message in self.messages:
            found[message.connection].append(message)
        return found

    def messages_of(self, connection: ConnectionFacts) -> list[PublishedMessage]:
        """What was published on a connection."""
        return self._messages_of.get(connection.number, [])

    def published_on(self, connection: ConnectionFacts, channel: ChannelFacts) -> list[PublishedMessage]:
        """What was published on a channel."""
        where = (channel.number, channel.incarnation)
        return [each for each in self.messages_of(connection) if (each.channel, each.incarnation) == where]

    def connection_of(self, message: PublishedMessage) -> ConnectionFacts | None:
        """The connection on which a message was published; None where it is not known."""
        return self._by_number.get(message.connection)

    def channel_of(self, message: PublishedMessage) -> ChannelFacts | None:
        """The channel on which a message was published; None where it is not known."""
        connection = self.connection_of(message)
        where = (message.channel, message.incarnation)
        channels = connection.channels if connection is not None else ()
        return next((each for each in channels if (each.number, each.incarnation) == where), None)

    # --- who is who

    @cached_property
    def _by_number(self) -> dict[int, ConnectionFacts]:
        return {each.number: each for each in self.connections}

    def places(self) -> Iterator[AtChannel]:
        """All channels."""
        for connection in self.connections:
            for channel in connection.channels:
                yield AtChannel(connection, channel)

    def consumers(self) -> Iterator[tuple[AtChannel, ConsumerFacts]]:
        """All consumers."""
        for place in self.places():
            for consumer in place.channel.consumers:
                yield place, consumer

    def same_client(self, one: ConnectionFacts, other: ConnectionFacts) -> bool:
        """Whether two connections seem to be one program's: they introduce themselves alike."""
        return (one.client, one.user, one.vhost) == (other.client, other.user, other.vhost)

    def successors(self, connection: ConnectionFacts) -> list[ConnectionFacts]:
        """The connections that its client has made since it ended, as far as they came into use."""
        if connection.ended is None:
            return []
        end = connection.ended.moment.order
        return [
            each
            for each in self.connections
            if each.ready is not None and each.ready.order > end and self.same_client(each, connection)
        ]

    # --- how things ended

    def left(self, connection: ConnectionFacts) -> bool:
        """Whether the client itself has ended the connection: it has nothing more to do there."""
        return connection.ended is not None and connection.ended.by == "client"

    def is_finished(self, connection: ConnectionFacts) -> bool:
        """Whether its client has ended all that it has to do: each of its connections is over, and it has ended the
        last of them itself."""
        alike = [each for each in self.connections if self.same_client(each, connection)]
        ends = [each.ended for each in alike]
        if not all(ends):
            return False
        last = max((end for end in ends if end), key=lambda end: end.moment.order)
        return last.by == "client"

    def lived_on(self, connection: ConnectionFacts, since: Moment) -> float:
        """For how many seconds a connection was there since that moment."""
        until = connection.ended.moment.time if connection.ended is not None else self.now
        return max(0.0, until - since.time)

    def is_left_alone(self, since: Moment) -> bool:
        """Whether no rule has acted since that moment, which may have kept the client from what it would have done."""
        return self.ledger.acted <= since.order

    def is_garbled(self, connection: ConnectionFacts, moment: Moment) -> bool:
        """Whether a rule has written octets of its own to the client before: what it does then is not judged."""
        return connection.garbled is not None and connection.garbled.order < moment.order

    # --- what was delivered

    @cached_property
    def _delivered(self) -> dict[tuple[int, int, int], list[DeliveredCopy]]:
        found = defaultdict(list)
        for message in self.ledger.messages:
            for copy in message.copies:
                for event in copy.deliveries:
                    if event.reached and event.connection:
                        where = (event.connection, event.channel, self._incarnation(event))
                        found[where].append(DeliveredCopy(copy, event))
        for deliveries in found.values():
            deliveries.sort(key=lambda each: each.event.order)
        return found

    def _incarnation(self, event: Event) -> int:
        """Which of the channels with one number it was."""
        connection = self._by_number.get(event.connection)
        channels = reversed(connection.channels) if connection is not None else ()
        found = (each for each in channels if each.number == event.channel and each.opened.order < event.order)
        return next((each.incarnation for each in found), 0)

    def delivered_on(self, place: AtChannel) -> list[DeliveredCopy]:
        """What was delivered on a channel, in order."""
        return self._delivered.get((place.connection.number, place.channel.number, place.channel.incarnation), [])

    def delivered_to(self, connection: ConnectionFacts) -> list[DeliveredCopy]:
        """What was delivered on a connection."""
        return [each for channel in connection.channels for each in self.delivered_on(AtChannel(connection, channel))]

    def settlements(self) -> Iterator[tuple[AtChannel, ClientSettlement]]:
        """All settlements of clients."""
        for place in self.places():
            for settlement in place.channel.settlements:
                yield place, settlement


def prop(message: PublishedMessage, name: str) -> object:
    """A property of a message; None where it does not have it, or its properties can't be decoded."""
    try:
        return getattr(message.properties, name)
    except DecodeError:
        return None


def order_of(message: PublishedMessage) -> int:
    """The order of a message's publish."""
    published = message.published
    return 0 if published is None else published.order

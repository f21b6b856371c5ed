"""What is known of each crossing of a run in which nothing went wrong: how the conversation stood when it passed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from fakebroker.predicates.addresses import Address
from fakebroker.wire.command import Command

_SETTLING = ("basic.ack", "basic.nack", "basic.reject")


class Passed(Protocol):
    """An entry of the journal, as far as it is asked here."""

    @property
    def number(self) -> int | None:
        """The number of its crossing; None when it is about something else."""

    @property
    def address(self) -> str | None:
        """The address of its crossing, such as ``"1:out:basic.deliver:3"``; None when it is about something else."""

    @property
    def item(self) -> object:
        """What passed."""


@dataclass(frozen=True)
class Subscription:
    """A consumer, as its client has asked for it."""

    queue: str
    no_ack: bool
    stream: bool


@dataclass(frozen=True)
class Standing:
    """How the conversation stood just before an item was handled.

    :param command: the item, when it is a command.
    :param opened: whether the connection had been opened: ``connection.open-ok`` had gone.
    :param closing: whether the connection was over, or one side had said ``connection.close``.
    :param frame_max: the longest frame that was agreed upon; 0 when none was.
    :param capabilities: what the client has announced that it can.
    :param channel: whether the item's channel was open, and nobody had said ``channel.close``.
    :param confirming: whether the channel was in confirm mode.
    :param transactional: whether the channel was in a transaction.
    :param unacked: how many deliveries of the channel the client had yet to settle.
    :param consumer: the consumer of a delivery or of an answer to consume; None when it is no more.
    :param queue: the queue that the item is about, if there is one.
    """

    address: Address
    command: Command | None = None
    opened: bool = False
    closing: bool = False
    frame_max: int = 0
    capabilities: frozenset[str] = frozenset()
    channel: bool = False
    confirming: bool = False
    transactional: bool = False
    unacked: int = 0
    consumer: Subscription | None = None
    queue: str = ""

    @property
    def name(self) -> str:
        """The item's name: that of a command, or ``connect``, ``heartbeat``, ``end`` ..."""
        return self.address.name

    @property
    def outgoing(self) -> bool:
        """Whether it goes from the broker to the client."""
        return self.address.direction == "out"


class Known:
    """What a run's journal tells of its crossings. Make one with :meth:`of`."""

    def __init__(self, standings: Mapping[int, Standing]) -> None:
        self._standings = standings

    @classmethod
    def of(cls, entries: Iterable[Passed]) -> Known:
        """Read the journal of a run in which nothing went wrong.

        :param entries: all of its entries, in their order.
        """
        run = _Run()
        return cls({each.number: run.pass_on(each) for each in entries if each.number is not None and each.address})

    def at(self, number: int | None) -> Standing | None:
        """How the conversation stood at the crossing with this number; None when there was none."""
        return None if number is None else self._standings.get(number)


@dataclass
class _Channel:
    closing: bool = False
    confirming: bool = False
    transactional: bool = False
    unacked: list[int] = field(default_factory=list)
    consumers: dict[str, Subscription] = field(default_factory=dict)
    asked: list[Subscription] = field(default_factory=list)
    gets: list[bool] = field(default_factory=list)  # whether each basic.get that has no answer yet needs no ack
    declared: str = ""

    def heard(self, command: Command) -> None:
        """Take note of what a client has said on it."""
        name, args = command.name, command.args
        if name == "channel.close":
            self.closing = True
        elif name == "confirm.select":
            self.confirming = True
        elif name == "tx.select":
            self.transactional = True
        elif name in _SETTLING:
            self.unacked = _without(self.unacked, command)
        elif name == "basic.cancel":
            self.consumers.pop(args.consumer_tag, None)
        elif name == "basic.get":
            self.gets.append(args.no_ack)

    def said(self, command: Command) -> None:
        """Take note of what the broker has said on it."""
        name, args = command.name, command.args
        if name.startswith("channel."):
            self.closing = name != "channel.open-ok" and (self.closing or name == "channel.close")
        elif name == "basic.consume-ok" and self.asked:
            self.consumers[args.consumer_tag] = self.asked.pop(0)
        elif name == "basic.cancel":
            self.consumers.pop(args.consumer_tag, None)
        elif name == "basic.deliver":
            consumer = self.consumers.get(args.consumer_tag)
            if consumer is not None and not consumer.no_ack:
                self.unacked.append(args.delivery_tag)
        elif name in ("basic.get-ok", "basic.get-empty") and self.gets:
            if not self.gets.pop(0) and name == "basic.get-ok":
                self.unacked.append(args.delivery_tag)


@dataclass
class _Connection:
    opened: bool = False
    closing: bool = False
    frame_max: int = 0
    capabilities: frozenset[str] = frozenset()
    channels: dict[int, _Channel] = field(default_factory=dict)

    def heard(self, command: Command) -> None:
        """Take note of what its client has said about it."""
        name, args = command.name, command.args
        if name == "connection.start-ok":
            can = args.client_properties.get("capabilities")
            able = can.items() if isinstance(can, dict) else ()
            self.capabilities = frozenset(key for key, value in able if value is True)
        elif name == "connection.tune-ok":
            self.frame_max = args.frame_max
        elif name == "connection.close":
            self.closing = True

    def said(self, name: str) -> None:
        """Take note of what the broker has said about it."""
        if name == "connection.open-ok":
            self.opened = True
        elif name == "connection.close":
            self.closing = True


class _Run:
    """Reads one entry after the other."""

    def __init__(self) -> None:
        self._connections: dict[int, _Connection] = {}
        self._queues: dict[str, None] = {}  # those that there are
        self._streams: dict[str, None] = {}  # what was declared as one

    def pass_on(self, entry: Passed) -> Standing:
        """How things stood when this passed; then take note of it."""
        address = Address.parse(str(entry.address))
        connection = self._connections.setdefault(address.connection, _Connection())
        if address.name == "end":
            connection.closing = True
        if not isinstance(entry.item, Command):
            return self._standing(address, None, connection, None)
        command = entry.item
        channel = connection.channels.get(command.channel)
        standing = self._standing(address, command, connection, channel)
        note = self._heard if address.direction == "in" else self._said
        note(command.name, command, connection, channel or _Channel())
        return standing

    def _standing(
        self, address: Address, command: Command | None, connection: _Connection, channel: _Channel | None
    ) -> Standing:
        whole = (address, command, connection.opened, connection.closing, connection.frame_max, connection.capabilities)
        if channel is None or command is None:
            return Standing(*whole)
        consumer = channel.consumers.get(getattr(command.args, "consumer_tag", ""))
        if command.name == "basic.consume-ok" and consumer is None and channel.asked:
            consumer = channel.asked[0]
        queue = getattr(command.args, "queue", "") or (consumer.queue if consumer is not None else "")
        if command.name == "basic.publish" and not command.args.exchange:
            queue = command.args.routing_key
        return Standing(
            *whole,
            channel=not channel.closing,
            confirming=channel.confirming,
            transactional=channel.transactional,
            unacked=len(channel.unacked),
            consumer=consumer,
            queue=queue if queue in self._queues else "",
        )

    def _heard(self, name: str, command: Command, connection: _Connection, channel: _Channel) -> None:
        """Take note of what a client has said."""
        args = command.args
        if name.startswith("connection."):
            connection.heard(command)
        elif name == "channel.open":
            connection.channels[command.channel] = _Channel(closing=True)  # until it is answered
        elif name.startswith("queue."):
            self._declared(command, channel)
        elif name == "basic.consume":
            queue = args.queue or channel.declared
            consumer = Subscription(queue, args.no_ack, queue in self._streams)
            if args.no_wait:
                channel.consumers[args.consumer_tag] = consumer
            else:
                channel.asked.append(consumer)
        else:
            channel.heard(command)

    def _declared(self, command: Command, channel: _Channel) -> None:
        name, args = command.name, command.args
        if name == "queue.delete":
            self._queues.pop(args.queue, None)
        elif name == "queue.declare":
            if args.arguments.get("x-queue-type") == "stream":
                self._streams[args.queue] = None
            if args.no_wait:
                self._declared_ok(args.queue, channel)

    def _declared_ok(self, queue: str, channel: _Channel) -> None:
        self._queues[queue] = None
        channel.declared = queue

    def _said(self, name: str, command: Command, connection: _Connection, channel: _Channel) -> None:
        """Take note of what the broker has said."""
        if name == "queue.declare-ok":
            args = command.args
            self._declared_ok(args.queue, channel)
        elif name.startswith("connection."):
            connection.said(name)
        else:
            channel.said(command)


def _without(tags: list[int], settling: Command) -> list[int]:
    """The tags that are left when a command has settled its own, or with ``multiple`` all up to it; 0 is all."""
    settled = settling.args.delivery_tag
    if not getattr(settling.args, "multiple", False):
        return [tag for tag in tags if tag != settled]
    return [tag for tag in tags if settled and tag > settled]

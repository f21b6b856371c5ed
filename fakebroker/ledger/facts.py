"""What each connection did besides its messages: what a check of a client needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from fakebroker.ledger.event import Event, Moment
from fakebroker.ledger.message import Copy


@dataclass
class Ended:
    """How a consumer, a channel or a connection has ended."""

    moment: Moment
    by: str
    """``client``, ``broker``, ``channel`` (with its channel) or ``connection`` (with its connection)."""
    code: int = 0
    """The reply code, where the end has one: 404, 320 ..."""
    text: str = ""
    reached: bool = True
    """Whether the client has been told."""


@dataclass
class ConsumerFacts:
    """A subscription, from the client's basic.consume on."""

    moment: Moment
    tag: str
    """As the client gave it; as the broker made it up, once that has answered."""
    queue: str
    no_ack: bool
    exclusive: bool
    prefetch: int
    """What basic.qos had asked for, for each consumer, when it subscribed; 0 for no limit."""
    arguments: dict[str, object]
    started: Moment | None = None
    """basic.consume-ok; with no-wait the moment itself."""
    ended: Ended | None = None


@dataclass
class Declared:
    """A part of the topology that the client has declared or bound: the command, and its arguments."""

    moment: Moment
    name: str
    """The command, such as ``queue.declare``."""
    arguments: dict[str, object]
    """Its fields by name. The name of a queue is that which the broker made up, where it did."""
    answered: Moment | None = None
    """The broker's answer; with no-wait the moment itself. None where the broker refused it, or has not answered."""


@dataclass
class Prefetch:
    """A basic.qos."""

    moment: Moment
    count: int
    whole_channel: bool
    answered: Moment | None = None


@dataclass
class ClientSettlement:
    """A basic.ack, basic.nack or basic.reject of the client."""

    moment: Moment
    name: str
    tag: int
    multiple: bool
    requeue: bool
    wrong: str = ""
    """Why it was wrong: ``twice`` (the delivery was settled before), ``no-ack`` (it needed no ack), ``unknown`` (no
    delivery on this channel had the tag), ``closed`` (the channel was not open); empty where it was right."""
    deliveries: list[tuple[Copy, Event]] = field(default_factory=list)
    """The deliveries that it was for."""


@dataclass
class Get:
    """A basic.get."""

    moment: Moment
    queue: str
    no_ack: bool
    empty: bool | None = None
    """Whether the queue was empty; None before the answer."""


@dataclass
class ChannelFacts:
    """One channel, from its channel.open to its end."""

    number: int
    incarnation: int
    """Whether it is the first, the second ... channel with this number on its connection."""
    opened: Moment
    ended: Ended | None = None
    confirm_mode: Moment | None = None
    """The confirm.select."""
    transactional: Moment | None = None
    """The tx.select."""
    published: int = 0
    """How many messages came on it."""
    prefetches: list[Prefetch] = field(default_factory=list)
    consumers: list[ConsumerFacts] = field(default_factory=list)
    declared: list[Declared] = field(default_factory=list)
    """Exchanges, queues and bindings that the client declared on it; passive declarations too."""
    deleted: list[Declared] = field(default_factory=list)
    """Exchanges and queues that the client deleted on it, and bindings that it took away."""
    settlements: list[ClientSettlement] = field(default_factory=list)
    gets: list[Get] = field(default_factory=list)
    deliveries: dict[int, tuple[Copy, Event]] = field(default_factory=dict)
    """What was delivered on it, by delivery tag; the oldest are forgotten when there are many."""

    @property
    def prefetch(self) -> int:
        """What limits each consumer that subscribes now; 0 for no limit."""
        return next((each.count for each in reversed(self.prefetches) if not each.whole_channel), 0)


@dataclass
class Blocked:
    """A time in which the broker took no publishes: connection.blocked, and connection.unblocked."""

    since: Moment
    reached: bool
    """Whether the client has been told that it is blocked."""
    until: Moment | None = None


@dataclass
class ConnectionFacts:
    """One connection, from connect to end."""

    number: int
    opened: Moment
    """The connect."""
    client: dict[str, object] = field(default_factory=dict)
    """The client properties of connection.start-ok: ``product``, ``capabilities`` ..."""
    user: str = ""
    vhost: str = ""
    ready: Moment | None = None
    """connection.open-ok: from here on the connection is of use."""
    offered_heartbeat: int | None = None
    """Seconds, as the broker offered in connection.tune; None before that."""
    heartbeat: int | None = None
    """Seconds, as the client chose in connection.tune-ok; 0 is none. None before that."""
    blocked: list[Blocked] = field(default_factory=list)
    channels: list[ChannelFacts] = field(default_factory=list)
    """All channels, in the order in which they were opened; a number may come again."""
    ended: Ended | None = None
    rules: list[int] = field(default_factory=list)
    """The numbers of the rules that have acted on the connection, each once."""
    reads: list[int] = field(default_factory=list, repr=False)
    """The orders of moments at which the client sent something and had read all that it had been told. Only where that
    is known, in memory. It is not in the JSON."""
    garbled: Moment | None = None
    """Since when it can't be told what the client reads: a rule has written octets of its own, or a part of a frame."""

"""A consumer and its deliveries, and what a queue needs of the session that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

from fakebroker.broker.message import Message, MessageContent
from fakebroker.erlang.compare import sort_table
from fakebroker.values import Int64, Table, Value

if TYPE_CHECKING:
    from fakebroker.broker.queues.base import Queue  # a queue and its consumers hold each other


class MailboxPort(Protocol):
    """What a queue needs of a session's mailbox."""

    @property
    def shut(self) -> bool:
        """Is nothing for the session any more?"""

    @property
    def room(self) -> int:
        """How many more deliveries there is room for."""

    @property
    def due(self) -> bool:
        """Will it be read at the end of the turn?"""

    def put(self, item: Delivery | Callable[[], None], /) -> None:
        """Add a delivery, or a call that tells the session something else."""

    def turns_away(self, queue: Queue, /) -> bool:
        """Must the queue wait with a delivery? It is told when there is room."""


class LimiterPort(Protocol):
    """What a queue needs of the prefetch limit of a whole channel."""

    @property
    def active(self) -> bool:
        """Is a limit set?"""

    def admit(self, queue: Queue, counts: bool, /) -> bool:
        """May the queue send one more message? ``counts`` tells whether it will have to be acknowledged."""

    def forget(self, queue: Queue, /) -> None:
        """The queue waits for the limit no longer."""


class SessionPort(Protocol):
    """What a queue needs of the session of a consumer."""

    @property
    def mailbox(self) -> MailboxPort: ...

    @property
    def limiter(self) -> LimiterPort: ...

    @property
    def channel(self) -> object:
        """The channel."""

    def fetched(self, queue: Queue, message: Message, no_ack: bool, /) -> Delivery:
        """The delivery of a message that was asked for by basic.get."""

    def cancelled(self, consumer: Consumer, /) -> None:
        """The queue is gone, and the consumer with it."""


class Consumer:
    """One subscription of a session to a queue.

    ``deliver`` is called with each delivery, or with several at once. ``cancelled`` is called when the broker ends the
    subscription.

    ``credit`` is how many more messages the consumer may be sent; None is no limit. Each delivery takes one away, and
    settling it gives it back. With ``credit_flow`` settling gives nothing back, only basic.credit does (an extension of
    RabbitMQ's).
    """

    __slots__ = (
        "arguments",
        "cancelled",
        "credit",
        "credit_flow",
        "deliver",
        "exclusive",
        "no_ack",
        "prefetch",
        "priority",
        "queue",
        "session",
        "tag",
    )

    def __init__(
        self,
        session: SessionPort,
        queue: Queue,
        tag: str,
        deliver: Callable[[Delivery], None],
        cancelled: Callable[[Consumer], None],
        no_ack: bool = False,
        exclusive: bool = False,
        prefetch: int = 0,
        arguments: Table | None = None,
    ) -> None:
        self.session = session
        self.queue = queue
        self.tag = tag
        self.deliver = deliver
        self.cancelled = cancelled
        self.no_ack = no_ack
        self.exclusive = exclusive
        self.prefetch = prefetch
        self.arguments: Table = arguments or {}
        given = given_credit(self.arguments)
        self.credit_flow = given is not None
        self.credit = given if given is not None or no_ack or not prefetch else prefetch
        priority = self.arguments.get("x-priority")
        self.priority = int(priority) if isinstance(priority, int) else 0

    def __repr__(self) -> str:
        flags = [flag for flag in ("no_ack", "exclusive") if getattr(self, flag)]
        if self.prefetch:
            flags.append(f"prefetch={self.prefetch}")
        if self.priority:
            flags.append(f"priority={self.priority}")
        return f"<Consumer {' '.join([repr(self.tag), *flags])} of {self.queue.name!r}>"


def queues_of(consumers: Iterable[Consumer]) -> list[Queue]:
    """The queues of these consumers, each once."""
    return list(dict.fromkeys(consumer.queue for consumer in consumers))


def given_credit(arguments: Table) -> int | None:
    """The credit that a consumer begins with, from its argument ``x-credit``; None without a valid one.

    The argument is a table of ``credit``, a long-long integer, and ``drain``, a boolean.
    """
    given = arguments.get("x-credit")
    if not isinstance(given, dict):
        return None
    credit = given.get("credit")
    return int(credit) if isinstance(credit, Int64) and isinstance(given.get("drain"), bool) else None


class Delivery:
    """One message on its way to one session: what basic.deliver and basic.get-ok tell.

    ``consumer`` is None for a message that basic.get fetched. The session sets ``tag``, the delivery tag, and ``at``,
    the time in seconds of the clock, when it sends the message.

    It may stand for several messages, a batch (:mod:`fakebroker.broker.channel.batching`). Then ``count`` is how many,
    and ``bodies`` are theirs. ``message`` is what they have in common, and ``tag`` is the delivery tag of the first.
    """

    __slots__ = ("_content", "_message", "at", "consumer", "queue", "redelivered", "session", "tag")

    count: int = 1
    bodies: Sequence[bytes] | None = None

    def __init__(self, session: SessionPort, queue: Queue, message: Message, consumer: Consumer | None) -> None:
        self.session = session
        self.queue = queue
        self._message = message
        self._content: MessageContent | None = None
        self.consumer = consumer
        self.redelivered = message.redelivered
        self.tag = 0
        self.at = 0.0

    @property
    def message(self) -> Message:
        """The message as it stands in its queue."""
        return self._message

    @property
    def content(self) -> MessageContent:
        """The message's content. Some types of queues add a header to it."""
        return self._content or self.message.content

    @property
    def common(self) -> Message:
        """The message, or one that is like it but for its body."""
        return self._message

    @property
    def octets(self) -> int:
        """How many octets its body has."""
        return len(self._message.body)

    def unbatched(self) -> Sequence[Delivery]:
        """The single deliveries: this one, or those of a batch."""
        return (self,)

    def add_header(self, key: str, value: Value) -> None:
        """Add a header to what the client gets. RabbitMQ sorts the headers when it adds one."""
        headers = {**(self.content.properties.headers or {}), key: value}
        self._content = self.content.with_properties(headers=sort_table(headers))

    def __repr__(self) -> str:
        to = "basic.get" if self.consumer is None else f"consumer {self.consumer.tag!r}"
        return f"<Delivery {self.tag} to {to} of {self.message!r}>"


class DirectReply:
    """A reply on its way to the client that asked (direct reply-to). It is in no queue, and nobody acknowledges it."""

    __slots__ = ("_deliver", "known", "message")

    def __init__(self, message: Message, deliver: Callable[[Message], None], known: object = None) -> None:
        self.message = message
        self.known = known  # what a watcher knows it by
        self._deliver = deliver

    def __call__(self) -> None:
        """Deliver it."""
        self._deliver(self.message)

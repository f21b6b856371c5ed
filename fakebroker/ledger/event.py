"""Events: what happened to a message or to one of its copies, when, and at which crossing."""

from __future__ import annotations

from dataclasses import dataclass

MESSAGE_EVENTS = (
    "published",
    "withheld",
    "refused",
    "unroutable",
    "returned",
    "routed",
    "rolled-back",
    "confirmed",
    "nacked-by-broker",
)
"""What happens to a message as a whole. ``withheld`` is a publish that a rule has kept from the broker. ``rolled-back``
is one whose transaction was rolled back, by the client or because the channel has ended."""

COPY_EVENTS = (
    "ready",
    "refused",
    "delivered",
    "got",
    "acked",
    "nacked",
    "rejected",
    "requeued",
    "expired",
    "dropped",
    "dead-lettered",
    "purged",
    "queue-deleted",
    "lost",
)
"""What happens to the copy in one queue."""


@dataclass
class Moment:
    """When something happened, and at which crossing."""

    order: int
    """Counts all moments of a ledger, from 1: of two moments at the same time the one with the smaller order was
    first."""
    time: float
    """Seconds of the broker's clock since the ledger began."""
    address: str | None
    """The crossing, such as ``1:in:basic.publish:3``; None for what has happened inside of the broker, and for what a
    rule has made up."""
    rule: int | None = None
    """The number of the rule that did it; None where no rule did."""


@dataclass
class Event(Moment):
    """One event in the life of a message or of a copy."""

    name: str = ""
    """One of ``MESSAGE_EVENTS`` or ``COPY_EVENTS``."""
    connection: int = 0
    """The number of the connection that published, got or settled it; 0 where none did."""
    channel: int = 0
    tag: int | None = None
    """The delivery tag, or for a confirm the number of the last message that it is for."""
    consumer: str = ""
    """The consumer tag, for a delivery."""
    redelivered: bool = False
    """Whether the client was told so, for a delivery."""
    no_ack: bool = False
    """Whether a delivery needs no ack. It is the end of the copy then."""
    multiple: bool = False
    """Whether the confirm or the settlement was for several messages."""
    requeue: bool = False
    """Whether a nack or a reject asked for the message to be requeued."""
    reached: bool = True
    """Whether the client has been told, for a delivery, a return or a confirm. It has not where a rule has kept it from
    the client (``rule`` is that rule's number), where it is still held up, or where the connection ended before. Where
    a rule has delayed it, ``time`` and ``order`` are those at which the client was told."""
    detail: str = ""
    """More about it in words: the queues of a route, the text of a refusal, why a copy was dropped."""

    @property
    def ends(self) -> bool:
        """Whether a copy is gone with this event: it can come back only if the queue takes it back (``requeued``)."""
        if self.name in ("delivered", "got"):
            return self.no_ack
        if self.name in ("nacked", "rejected"):
            return not self.requeue
        return self.name in ENDS

    def __str__(self) -> str:
        """One line, without the time."""
        words = [self.name.replace("-", " "), self._who(), self._how(), self.detail]
        if self.rule is not None:
            words.append(f"(by rule {self.rule})")
        if not self.reached:
            words.append("(the client was not told)")
        if self.address is not None:
            words.append(f"[{self.address}]")
        return " ".join(filter(None, words))

    def _who(self) -> str:
        """Who has sent what made it happen, or is told of it."""
        word = "by" if self.name in SENT else "to" if self.name in TOLD else ""
        if not word or not self.connection:
            return ""
        consumer = f" consumer {self.consumer!r}" if self.consumer else ""
        return f"{word} connection {self.connection} channel {self.channel}{consumer}"

    def _how(self) -> str:
        parts = [] if self.tag is None else [f"tag {self.tag}"]
        flags = ("multiple", "requeue", "redelivered", "no_ack")
        parts += [flag.replace("_", "-") for flag in flags if getattr(self, flag)]
        return f"({', '.join(parts)})" if parts else ""


SENT = ("published", "acked", "nacked", "rejected")
"""The events that a client's command is."""
TOLD = ("delivered", "got", "returned", "confirmed", "nacked-by-broker")
"""The events of which a client is told."""

ENDS = ("refused", "acked", "expired", "dropped", "purged", "queue-deleted", "lost")
"""The events, besides those that depend on what the client asked for, with which a copy is gone."""

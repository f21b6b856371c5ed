"""A message: what a client published, what became of that, and its copies: the message in one queue each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from fakebroker.ledger.event import Event
from fakebroker.printable import printable

Place = Literal["ready", "unacked", "gone"]

SHOWN = 60
"""How many octets of a body are shown in a line."""


@dataclass(eq=False)
class PublishedMessage:
    """One ``basic.publish``. A copy of it that a rule has made is a message of its own, with ``rule`` in its event."""

    number: int
    """Counts the messages of a ledger, from 1, in the order in which they came."""
    connection: int
    """The number of the connection; 0 for a message that the test, the HTTP API or the broker itself has published."""
    channel: int
    sequence: int
    """The number by which the broker confirms it, in confirm mode. Else how many were published on its channel before,
    and this one."""
    confirm_mode: bool
    crossing: str | None
    """The address of the ``basic.publish``; None where none came from a client."""
    time: float
    exchange: str
    routing_key: str
    mandatory: bool
    content: Any
    """The content as it came. ``body`` and ``properties`` are in it."""
    vhost: str = "/"
    incarnation: int = 1
    """A channel number can be used again: whether it is the first, the second ... channel of that number."""
    transactional: bool = False
    fate: list[Event] = field(default_factory=list)
    """The events of the whole message, in their order."""
    copies: list[Copy] = field(default_factory=list)
    """All copies, dead letters included, in the order in which they came to be."""

    @property
    def body(self) -> bytes:
        """The body."""
        body: bytes = self.content.body
        return body

    @property
    def properties(self) -> Any:
        """The properties, by name: ``message.properties.message_id``. None where the publisher gave none."""
        return self.content.properties

    @property
    def rule(self) -> int | None:
        """The number of the rule that has made this message, a copy of another; None for what a client has sent."""
        return self.fate[0].rule if self.fate else None

    def _event(self, *names: str) -> Event | None:
        return next((event for event in self.fate if event.name in names), None)

    @property
    def published(self) -> Event | None:
        """The publish."""
        return self._event("published")

    @property
    def refused(self) -> Event | None:
        """That the broker has refused it, with an error; None if it has not."""
        return self._event("refused")

    @property
    def withheld(self) -> Event | None:
        """That a rule has kept it from the broker; None if none has."""
        return self._event("withheld")

    @property
    def unroutable(self) -> Event | None:
        """That it went to no queue; None if it went to one."""
        return self._event("unroutable")

    @property
    def returned(self) -> Event | None:
        """That it was returned to the client; None if it was not."""
        return self._event("returned")

    @property
    def routed(self) -> Event | None:
        """That it went to queues."""
        return self._event("routed")

    @property
    def confirmed(self) -> Event | None:
        """The ack, real or made up; None if there was none."""
        return self._event("confirmed")

    @property
    def nacked(self) -> Event | None:
        """The broker's nack, real or made up; None if there was none."""
        return self._event("nacked-by-broker")

    @property
    def told(self) -> Event | None:
        """The ack or nack that the client has got; None if it has got neither."""
        told = (event for event in self.fate if event.name in ("confirmed", "nacked-by-broker") and event.reached)
        return next(told, None)

    @property
    def events(self) -> list[Event]:
        """All events, those of the copies too, in their order."""
        found = [*self.fate, *(event for copy in self.copies for event in copy.events)]
        return sorted(found, key=lambda event: event.order)

    def __str__(self) -> str:
        """Its life in lines: first what it is, then an event in each line, with the time and the queue."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield self.title
        whose = {event.order: copy for copy in self.copies for event in copy.events}
        for event in self.events:
            copy = whose.get(event.order)
            queue = "" if copy is None else f"{printable(copy.queue)}: "
            yield f"  {event.time:10.6f}  {queue}{event}"

    @property
    def title(self) -> str:
        """What it is, in a line."""
        body = self.body
        shown = repr(body) if len(body) <= SHOWN else f"{body[:SHOWN]!r}... ({len(body)} octets)"
        to = f"exchange {self.exchange!r}" if self.exchange else "the default exchange"
        return f"message {self.number}: {shown} to {to} by {self.routing_key!r}"

    def __repr__(self) -> str:
        return f"<PublishedMessage {self.title}>"


@dataclass(eq=False)
class Copy:
    """One message in one queue."""

    message: PublishedMessage
    queue: str
    vhost: str = "/"
    queue_type: str = "classic"
    """``classic``, ``quorum`` or ``stream``; ``reply`` for a direct reply, which is in no queue."""
    cause: Copy | None = None
    """The copy that was dead-lettered, and goes on as this one; None for one that a publish has made."""
    reason: str = ""
    """Why the cause was dead-lettered: ``expired``, ``rejected``, ``maxlen`` or ``delivery_limit``."""
    events: list[Event] = field(default_factory=list)
    place: Place = "ready"
    """Where it is now: it waits in its queue, it is with a consumer or on the way there, or it is in the queue no more.
    A copy in a stream stays ``ready``, whoever has read it."""
    letters: list[Copy] = field(default_factory=list)
    """The copies as which it goes on, where it was dead-lettered."""

    @property
    def state(self) -> str:
        """The name of the last event."""
        return self.events[-1].name if self.events else ""

    @property
    def gone(self) -> bool:
        """Whether it is in its queue no more."""
        return self.place == "gone"

    @property
    def deliveries(self) -> list[Event]:
        """The times that it was delivered, or taken with basic.get, in their order."""
        return [event for event in self.events if event.name in ("delivered", "got")]

    def __repr__(self) -> str:
        return f"<Copy of message {self.message.number} in {self.queue!r}: {self.state}>"

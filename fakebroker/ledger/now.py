"""What all that writes a ledger has in common: the ledger, its order, and why the broker does what it does now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fakebroker.clock import Time
from fakebroker.ledger.event import Event, Moment
from fakebroker.ledger.ledger import Ledger
from fakebroker.ledger.message import PublishedMessage


@dataclass
class Occasion:
    """What the broker does something for: a command of a client, or a rule.

    ``message`` is the message of a basic.publish. ``refusal`` is that the broker has refused it, once that is known.
    """

    connection: int
    channel: int = 0
    name: str = ""
    address: str | None = None
    rule: int | None = None
    message: PublishedMessage | None = None
    waits: bool = False
    """Whether it has to wait until an alarm is over."""
    closed: str = ""
    """The text of the close with which the broker has answered."""


class Now:
    """Makes the moments and events of a ledger.

    :param clock: gives the time. The ledger begins now.
    """

    def __init__(self, ledger: Ledger, clock: Time) -> None:
        self.ledger = ledger
        self.cause: Occasion | None = None
        self.judge: Callable[[Occasion], None] = lambda _: None
        """Called when the broker has handled something: has it refused a message?"""
        self._clock = clock
        self._start = clock.seconds()
        self._order = 0
        self._messages = 0
        ledger.seconds = lambda: clock.seconds() - self._start

    def _next(self) -> tuple[int, float]:
        self._order += 1
        return self._order, self._clock.seconds() - self._start

    @property
    def order(self) -> int:
        """The order of the last moment."""
        return self._order

    def moment(self, address: str | None = None, rule: int | None = None) -> Moment:
        """A moment, now."""
        return Moment(*self._next(), address, rule)

    def event(self, name: str, **fields: Any) -> Event:
        """An event with no cause that counts, now."""
        return Event(*self._next(), fields.pop("address", None), fields.pop("rule", None), name, **fields)

    def caused(self, name: str, cause: Occasion | None = None, **fields: Any) -> Event:
        """An event that comes of what the broker does now, or of another cause."""
        cause = cause or self.cause
        if cause is None:
            return self.event(name, **fields)
        fields = {"address": cause.address, "rule": cause.rule, **fields}
        return self.event(name, connection=cause.connection, channel=cause.channel, **fields)

    def reach(self, event: Event) -> None:
        """The client has been told of an event, at once or later. So no rule has kept it from the client."""
        event.reached = True
        if event.order != self._order or event.time != self._clock.seconds() - self._start:
            event.order, event.time = self._next()
            if event.rule is not None:
                event.detail = f"held up by rule {event.rule}"
        event.rule = None

    def publish(self, message: PublishedMessage, rule: int | None = None) -> PublishedMessage:
        """Add a message to the ledger, with its number, and with the event of its publish."""
        self._messages += 1
        message.number = self._messages
        event = self.event("published", address=message.crossing, rule=rule)
        message.time = event.time
        event.connection, event.channel = message.connection, message.channel
        message.fate.append(event)
        self.ledger.add(message)
        return message

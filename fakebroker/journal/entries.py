"""What the journal keeps: a time, a connection, a direction, and the thing itself as it passed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from fakebroker.predicates.facts import argument
from fakebroker.wire.command import Command, Content, Event

Direction = Literal["in", "out", ""]
"""``"in"``: from the client; ``"out"``: to the client; ``""``: not on the wire."""


@dataclass(frozen=True)
class Opened:
    """A connection was made. From where is not told: it would differ between memory and TCP, and between runs."""


@dataclass(frozen=True)
class Lost:
    """A connection is gone."""

    reason: str


@dataclass(frozen=True)
class Acted:
    """A rule acted.

    :param number: the rule's, in the order in which they were added.
    :param action: what it did.
    :param item: on what; None for the connecting itself.
    """

    number: int
    action: str
    item: Event | None


@dataclass(frozen=True)
class Failed:
    """A verb of the broker that a rule called has raised an error; the conversation went on without it."""

    verb: str
    error: str


@dataclass(frozen=True)
class Raw:
    """Bytes that a rule wrote to the client, or cut from what was to be written."""

    data: bytes


EntryItem = Event | Opened | Lost | Acted | Failed | Raw


class Entry(NamedTuple):
    """One line of the journal."""

    time: float
    """Seconds on the broker's clock since the journal began."""
    connection: int
    direction: Direction
    item: EntryItem

    @property
    def command(self) -> Command | None:
        """The command, unless the entry is about something else."""
        return self.item if isinstance(self.item, Command) else None

    @property
    def name(self) -> str:
        """The command's name; ``""`` if it is none."""
        return self.item.name if isinstance(self.item, Command) else ""

    @property
    def channel(self) -> int:
        """The channel; 0 for what is on none."""
        return getattr(self.item, "channel", 0)

    @property
    def args(self) -> Any:
        """The method's arguments.

        :raises AttributeError: when the entry is no command.
        """
        return self._command().args

    @property
    def body(self) -> bytes:
        """The message's body; empty when the command carries no content."""
        content = self._command().content
        return b"" if content is None else content.body

    @property
    def properties(self) -> object:
        """The message's properties, None where absent.

        :raises AttributeError: when the command carries no content.
        """
        return self._content().properties

    def value(self, name: str) -> Any:
        """An argument of the method, a property of the message, ``body`` as text, ``channel``, ``connection``.

        None when there is no such thing.
        """
        if name in ("channel", "connection", "direction", "name"):
            return getattr(self, name)
        return argument(self.item, name) if isinstance(self.item, Command) else None

    def _command(self) -> Command:
        if not isinstance(self.item, Command):
            raise AttributeError(f"{type(self.item).__name__} is no command")
        return self.item

    def _content(self) -> Content:
        content = self._command().content
        if content is None:
            raise AttributeError(f"{self.name} carries no content")
        return content

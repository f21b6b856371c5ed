"""The entries of the journal: a time, a connection, a direction, and the item itself, as it passed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from fakebroker.predicates.facts import argument
from fakebroker.wire.command import Command, Content, Event, Heartbeat, Malformed, ProtocolHeader

if TYPE_CHECKING:
    from fakebroker.wire.methods import BasicProperties

Direction = Literal["in", "out", ""]
"""``"in"`` is from the client, ``"out"`` is to the client, ``""`` is not on the wire."""


@dataclass(frozen=True)
class Opened:
    """A connection was made. Its address is not kept: it would differ between runs, and between memory and TCP."""


@dataclass(frozen=True)
class Lost:
    """A connection has ended."""

    reason: str


@dataclass(frozen=True)
class Acted:
    """A rule acted.

    :param number: the rule's number; rules are numbered as they were added.
    :param action: what it did.
    :param item: the item that it acted on; None where nothing was sent.
    :param address: the crossing that it acted on; empty for what acts at a time.
    """

    number: int
    action: str
    item: Event | None
    address: str = ""


@dataclass(frozen=True)
class Failed:
    """A rule has called a verb of the broker, and it has raised an error. The conversation went on without it."""

    verb: str
    error: str


@dataclass(frozen=True)
class Raw:
    """Bytes that a rule has written to the client, or what it has left of a frame."""

    data: bytes


EntryItem = Event | Opened | Lost | Acted | Failed | Raw


_CROSSING: Mapping[type[object], str] = {
    Opened: "connect", Lost: "end", Heartbeat: "heartbeat", ProtocolHeader: "protocol-header", Malformed: "malformed",
}  # fmt: skip


def crossing_name(item: EntryItem) -> str:
    """The name that an item has in addresses; empty for what crosses no link."""
    return item.name if isinstance(item, Command) else _CROSSING.get(type(item), "")


class Entry(NamedTuple):
    """One entry of the journal."""

    time: float
    """Seconds on the broker's clock since the journal began."""
    connection: int
    direction: Direction
    item: EntryItem
    number: int | None = None
    """Which of all crossings it is, from 1: what a client or the broker has sent, a connection made, a connection
    ended. None for everything else, and for what a rule has made up."""
    occurrence: int = 0
    """Which of those with its name it is, in this direction of its connection; 0 when it has no number."""

    @property
    def address(self) -> str | None:
        """Where it crosses the link, such as ``2:out:basic.deliver:7``: connection, direction, name, and which of those
        that have the same name there. It is the same in each run, and rules take it. None when it has no number."""
        if self.number is None:
            return None
        return f"{self.connection}:{self.direction or 'in'}:{crossing_name(self.item)}:{self.occurrence}"

    @property
    def command(self) -> Command | None:
        """The command; None when the entry is about something else."""
        return self.item if isinstance(self.item, Command) else None

    @property
    def name(self) -> str:
        """The command's name; empty when the entry is not a command."""
        return self.item.name if isinstance(self.item, Command) else ""

    @property
    def channel(self) -> int:
        """The channel; 0 when the item belongs to none."""
        return getattr(self.item, "channel", 0)

    @property
    def args(self) -> Any:
        """The method's arguments.

        :raises AttributeError: when the entry is not a command.
        """
        return self._command().args

    @property
    def body(self) -> bytes:
        """The message's body; empty when the command carries no content."""
        content = self._command().content
        return b"" if content is None else content.body

    @property
    def properties(self) -> BasicProperties:
        """The message's properties; each is None where the message does not have it.

        :raises AttributeError: when the command carries no content.
        """
        return self._content().properties

    def value(self, name: str) -> Any:
        """Look up a value by its name: an argument, a property, ``body`` as text, ``channel``, or ``connection``.

        It is None when there is no such thing.
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

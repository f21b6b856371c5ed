"""The item that a rule acts on, as a function of the user's sees it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from fakebroker.faults.crossing import Crossing
from fakebroker.predicates.facts import queue_of

if TYPE_CHECKING:
    from fakebroker.faults.actions.action import Action


class ItemAtHand:
    """One item on its way between client and broker, and what may be done with it."""

    def __init__(self, crossing: Crossing) -> None:
        self._crossing = crossing
        self.actions: list[Action] = []
        """What is to be done, in this order; each works on what the one before lets pass."""

    @property
    def name(self) -> str:
        """The command's name; or ``connect``, ``protocol-header``, ``heartbeat``, ``malformed``."""
        return self._crossing.kind

    @property
    def direction(self) -> str:
        """``"in"`` from the client, ``"out"`` to it."""
        return self._crossing.direction

    @property
    def connection(self) -> int:
        """The connection's number, from 1."""
        return self._crossing.facts.number

    @property
    def channel(self) -> int:
        """The channel's number; 0 for what belongs to none."""
        return self._crossing.channel

    @property
    def number(self) -> int | None:
        """Which of all crossings it is, from 1."""
        return self._crossing.number

    @property
    def address(self) -> str | None:
        """Where it crosses, such as ``2:out:basic.deliver:7``."""
        return self._crossing.address

    @property
    def arguments(self) -> Mapping[str, object]:
        """The command's arguments by name; empty for what is no command."""
        command = self._crossing.command
        return {} if command is None else command.args._asdict()

    @property
    def properties(self) -> Mapping[str, object]:
        """The properties of its content that were set, by name; empty for what carries none."""
        command = self._crossing.command
        if command is None or command.content is None:
            return {}
        return {name: value for name, value in command.content.properties._asdict().items() if value is not None}

    @property
    def body(self) -> bytes | None:
        """The body of its content; None for what carries none."""
        command = self._crossing.command
        return None if command is None or command.content is None else command.content.body

    @property
    def queue(self) -> str | None:
        """The queue that it is about, where that can be told."""
        return queue_of(self._crossing.command, self._crossing.facts)

    @property
    def client(self) -> str | None:
        """``connection_name`` in the client's properties, or else ``product``; None before start-ok."""
        return self._crossing.facts.client

    @property
    def user(self) -> str | None:
        """Whom the client logs in as; None before start-ok."""
        return self._crossing.facts.user

    @property
    def vhost(self) -> str | None:
        """The virtual host; None before connection.open."""
        return self._crossing.facts.vhost

    def can(self, action: Action) -> bool:
        """Whether an action can act on this item."""
        return action.applies_to(self._crossing)

    def do(self, *actions: Action) -> None:
        """Have these actions act on the item when the function has returned."""
        self.actions += actions

    def __repr__(self) -> str:
        return f"<{self.name} {self.direction} on connection {self.connection}, channel {self.channel}>"

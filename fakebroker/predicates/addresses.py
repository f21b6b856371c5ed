"""Addresses of crossings: ``2:out:basic.deliver:7`` is the seventh delivery to the second connection, in each run."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from fakebroker.errors import RuleError
from fakebroker.predicates.vocabulary import KINDS, commands
from fakebroker.validation import near

FORM = re.compile(r"([^:]*):([^:]*):([^:]*):([^:]*)")
NUMBER = re.compile(r"[1-9][0-9]{0,17}", re.ASCII)
EXAMPLE = "'2:out:basic.deliver:7', the seventh basic.deliver that the second connection is sent"

NOT_CROSSING = ("method", "header", "body")
"""Names in :data:`~fakebroker.predicates.vocabulary.KINDS` that stand for parts of commands."""


class Numbered(NamedTuple):
    """Which of all crossings an item is. The journal stores it in the place of a direction.

    :param direction: as entries of the journal have it: ``""`` for connecting and for the end of the socket.
    :param number: its number in the run, from 1; None for what a rule has made up.
    :param occurrence: which of those with its name it is, in its direction of its connection, from 1.
    """

    direction: Literal["in", "out", ""]
    number: int | None
    occurrence: int = 0


MADE_UP = Numbered("out", None)
"""What a rule sends of its own."""


@dataclass(frozen=True, order=True)
class Address:
    """Where something crosses the link. It is the same in each run of the same conversation.

    :param connection: the connection's number, from 1.
    :param direction: ``"in"`` is from the client, and so are connecting and the socket's end; ``"out"`` is to it.
    :param name: a command's name, ``connect``, ``protocol-header``, ``heartbeat``, ``malformed`` or ``end``.
    :param occurrence: which of those with this name, in this direction of this connection, from 1.
    """

    connection: int
    direction: str
    name: str
    occurrence: int

    @classmethod
    def parse(cls, text: object) -> Address:
        """Read an address, such as ``2:out:basic.deliver:7``.

        :raises RuleError: when it is none. It says which part is wrong, and what would be right.
        """
        parts = FORM.fullmatch(text) if isinstance(text, str) else None
        if parts is None:
            raise RuleError(f"{text!r} is no address of a crossing; one is {EXAMPLE}")
        connection, direction, name, occurrence = parts.groups()
        for what, number in (("connection", connection), ("occurrence", occurrence)):
            if not NUMBER.fullmatch(number):
                raise RuleError(f"{text!r} is no address: its {what} {number!r} is not a number from 1")
        return cls(int(connection), direction, name, int(occurrence)).checked()

    def checked(self) -> Address:
        """The address, if something can have it.

        :raises RuleError: when nothing can. It says which part is wrong, and what would be right.
        """
        ways = _ways(self.name)
        if not ways:
            known = [*commands(), *(kind for kind in KINDS if kind not in NOT_CROSSING)]
            raise RuleError(
                f"'{self}' is no address: nothing that crosses is named {self.name!r}{near(self.name, known)}"
            )
        if self.direction not in ("in", "out"):
            raise RuleError(f"'{self}' is no address: {self.direction!r} is neither 'in' (from the client) nor 'out'")
        if self.direction not in ways:
            raise RuleError(f"'{self}' is no address: {self.name} never goes {self.direction!r}, only {ways[0]!r}")
        return self

    def __str__(self) -> str:
        return f"{self.connection}:{self.direction}:{self.name}:{self.occurrence}"


def looks_like_address(text: object) -> bool:
    """Whether a text is meant as an address: no name has a colon."""
    return isinstance(text, str) and ":" in text


def _ways(name: str) -> tuple[str, ...]:
    if name in KINDS and name not in NOT_CROSSING:
        return KINDS[name]
    command = commands().get(name)
    return () if command is None else command.directions

"""Addresses of crossings: the same place in each run, such as ``2:out:basic.deliver:7``."""

from __future__ import annotations

from dataclasses import dataclass

from fakebroker.errors import RuleError

DIRECTIONS = ("in", "out")
EXAMPLE = "an address is CONNECTION:DIRECTION:NAME:OCCURRENCE, such as '2:out:basic.deliver:7'"


@dataclass(frozen=True, order=True)
class Address:
    """Where something crosses the link.

    :param connection: the connection's number, from 1.
    :param direction: ``"in"`` from the client, ``"out"`` to the client.
    :param name: a command's name, ``connect``, ``heartbeat``, ``end`` or the like.
    :param occurrence: the how often of this name in this direction of this connection, from 1.
    """

    connection: int
    direction: str
    name: str
    occurrence: int

    def __str__(self) -> str:
        return f"{self.connection}:{self.direction}:{self.name}:{self.occurrence}"

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read what ``str`` has written.

        :raises RuleError: when it is not an address. It says what would be right.
        """
        parts = text.split(":") if isinstance(text, str) else []
        if len(parts) != 4 or not parts[2]:
            raise RuleError(f"{text!r} is not an address: {EXAMPLE}")
        connection, direction, name, occurrence = parts
        if direction not in DIRECTIONS:
            raise RuleError(f"{text!r}: the direction is 'in' or 'out', not {direction!r}; {EXAMPLE}")
        for what, number in (("connection", connection), ("occurrence", occurrence)):
            if not (number.isascii() and number.isdigit() and int(number) > 0):
                raise RuleError(f"{text!r}: the {what} is a whole number from 1, not {number!r}; {EXAMPLE}")
        return cls(int(connection), direction, name, int(occurrence))

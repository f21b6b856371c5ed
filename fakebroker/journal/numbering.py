"""Numbers for crossings. Each has its number in the run, and counts among those of its name, connection and direction.

As long as no rule is loaded, items are stored in the order in which they cross. So nothing is counted when one passes.
It is counted when somebody looks, or before it is forgotten. What a rule looks at is counted as it arrives, and is
stored with its number, for it may be stored later than others or not at all.

A stored entry that has been numbered has, in the place of its direction, a tuple: the direction, the number, and the
occurrence. Entries that rules have made up have None for a number.
"""

from __future__ import annotations

from collections.abc import Iterable

from fakebroker.journal.entries import Direction
from fakebroker.journal.stored import Stored, crossing_of
from fakebroker.predicates.addresses import MADE_UP, Numbered

Place = tuple[str, str]  # a direction and a name


class Numbering:
    """Counts what crosses the links of one broker."""

    def __init__(self) -> None:
        self.crossings = 0
        """How many have been counted."""
        self._counts: dict[int, dict[Place, int]] = {}
        self._last: Numbered = MADE_UP
        self._late: list[tuple[list[Stored], int]] = []  # full chunks that have yet to be numbered, and from where on
        self._begin = 0  # where in the present chunk to go on

    def count(self, connection: int, direction: Direction, name: str, many: int = 1) -> Numbered:
        """Count what arrives now, behind all that is stored. Call :meth:`catch_up` before."""
        counts = self._counts.get(connection)
        if counts is None:
            counts = self._counts[connection] = {}
        place = (direction, name)
        occurrence = counts.get(place, 0)
        counts[place] = occurrence + many
        number = self.crossings + 1
        self.crossings += many
        if name == "end":
            del self._counts[connection]  # nothing comes behind it
        return Numbered(direction, number, occurrence + 1)

    def counted(self, connection: int, direction: str, name: str) -> int:
        """How many have been counted of what has this name, in this direction of a connection that has not ended."""
        return self._counts.get(connection, {}).get((direction, name), 0)

    # --- what is stored

    def catch_up(self, chunk: list[Stored]) -> Numbered:
        """Number all that is stored and has no number.

        :param chunk: the one to which entries are added now.
        :returns: what the last crossing was that has been stored.
        """
        if self._late:
            late, self._late = self._late, []
            for full, begin in late:
                self._number(full, begin)
        if self._begin < len(chunk):
            begin, self._begin = self._begin, len(chunk)
            self._number(chunk, begin)
        return self._last

    def _number(self, chunk: list[Stored], begin: int) -> None:
        for place in range(begin, len(chunk)):
            stored = chunk[place]
            direction = stored[2]
            if type(direction) is Numbered:
                continue
            name, many = crossing_of(stored)
            if name:
                self._last = self.count(stored[1], direction or "in", name, many)
                numbered = self._last if direction else self._last._replace(direction=direction)
                chunk[place] = (*stored[:2], numbered, *stored[3:])

    def next_chunk(self, chunk: list[Stored]) -> None:
        """A chunk is full."""
        if self._begin < len(chunk):
            self._late.append((chunk, self._begin))
        self._begin = 0

    def forget(self, chunk: list[Stored]) -> None:
        """Count what is in the oldest of the full chunks, before that is forgotten."""
        if self._late and self._late[0][0] is chunk:
            _, begin = self._late.pop(0)
            self._skip(chunk[begin:])

    def clear(self) -> None:
        """All has been forgotten. The counts go on."""
        self._last = MADE_UP

    def _skip(self, entries: Iterable[Stored]) -> None:
        for stored in entries:
            if type(stored[2]) is not Numbered:
                name, many = crossing_of(stored)
                if name:
                    self.count(stored[1], stored[2] or "in", name, many)

"""The lanes of a transcript: a column for each connection, but for no more of them than one can read."""

from __future__ import annotations

from collections.abc import Sequence

from fakebroker.journal.record import Record

FRESH = 6
"""How many connections get a new lane each. Later ones get the lane of a connection that has ended, if there is one."""


class Lanes:
    """The lane of each connection.

    :ivar heads: the numbers for the transcript's head: the first connection of each lane.
    """

    def __init__(self, records: Sequence[Record]) -> None:
        self.heads: list[int] = []
        self._of: dict[int, int] = {}
        self._free: list[int] = []
        begins = {record.connection: record.kind == "opened" for record in reversed(records)}
        older = sorted(number for number, here in begins.items() if number and not here)
        for number in older:
            self._take(number)
        for record in records:
            self._take(record.connection)
            if record.kind == "lost" and self._of[record.connection] not in self._free:
                self._free.append(self._of[record.connection])
        self._now: list[int | None] = [number if number in older else None for number in self.heads]

    def _take(self, number: int) -> None:
        if number in self._of or not number:  # what is about no connection has no lane
            return
        if self._free and len(self.heads) >= FRESH:
            self._of[number] = self._free.pop(0)
        else:
            self._of[number] = len(self.heads)
            self.heads.append(number)

    def is_reused(self, record: Record) -> bool:
        """Whether another connection has had the lane before."""
        return self.heads[self._of[record.connection]] != record.connection

    def draw(self, record: Record, mark: str) -> str:
        """Draw the lanes at a record, with a mark in its connection's. Call it with each record in turn."""
        own = self._of.get(record.connection, -1)
        if record.kind == "opened":
            self._now[own] = record.connection
        elif record.kind == "lost" and self._now[own] == record.connection:
            self._now[own] = None
        others = (" | " if number is not None else "   " for number in self._now)
        return "  ".join(mark if lane == own else other for lane, other in enumerate(others))

"""Tells one channel from a later one with the same number: a number can be opened again after its channel has ended."""

from __future__ import annotations

from collections import Counter

from fakebroker.faults import steps as do
from fakebroker.wire.command import Command

ENDS = ("channel.close", "channel.close-ok")


class Incarnations:
    """Counts how often each channel of one connection has been opened and ended."""

    def __init__(self) -> None:
        self._ends: Counter[int] = Counter()
        self._openings: Counter[int] = Counter()

    def passed(self, command: Command) -> None:
        """A command has passed, from the client or to it."""
        if command.name in ENDS:
            self._ends[command.channel] += 1
        elif command.name == "channel.open":
            self._openings[command.channel] += 1

    def ends(self, channel: int) -> int:
        """How many ``channel.close`` and ``channel.close-ok`` have passed with this number."""
        return self._ends[channel]

    def opened(self, item: do.Item) -> int:
        """How often the channel of a command has been opened; 0 for what has no channel."""
        return self._openings[item.channel] if isinstance(item, Command) else 0

"""What all links of one broker share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, Protocol

from fakebroker.faults.crossing import Way
from fakebroker.faults.plan import Faults
from fakebroker.journal.journal import Journal
from fakebroker.link.watcher import CrossingWatcher
from fakebroker.turn import Turn, TurnClock
from fakebroker.wire.command import Command


class Other(Protocol):
    """Another connection, to which a rule may send a command."""

    def take_over(self, direction: Way, command: Command) -> None:
        """Let a command pass."""


class LinkContext(NamedTuple):
    """What a link needs of its broker: time, turns, where it writes down and looks up what happens, and who watches."""

    clock: TurnClock
    turn: Turn
    journal: Journal
    faults: Faults
    watcher: CrossingWatcher | None = None
    links: Mapping[int, Other] | None = None

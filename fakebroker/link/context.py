"""What all links of one broker share."""

from __future__ import annotations

from typing import NamedTuple

from fakebroker.faults.plan import Faults
from fakebroker.journal.journal import Journal
from fakebroker.link.watcher import CrossingWatcher
from fakebroker.turn import Turn, TurnClock


class LinkContext(NamedTuple):
    """What a link needs of its broker: time, turns, where it writes down and looks up what happens, and who watches."""

    clock: TurnClock
    turn: Turn
    journal: Journal
    faults: Faults
    watcher: CrossingWatcher | None = None

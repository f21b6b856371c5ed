"""Which of several calls that are due at the same time is made first, where that is left to chance.

Octets arrive on different connections in any order, and so do a timer of the broker, one of the client, and octets.
What arrives at one end of one connection stays in its order. So do the broker's timers among themselves, and the
client's.
"""

from __future__ import annotations

from collections.abc import Sequence
from weakref import WeakKeyDictionary

from twisted.internet.base import DelayedCall

from fakebroker.broker.scheduling import ChooserPort
from fakebroker.server.in_memory import MemoryTransport
from fakebroker.turn import Turn

MOST = 64
"""So many of the calls are looked at."""


class DueOrder:
    """Says which call is made next.

    :param chooser: who chooses.
    """

    def __init__(self, chooser: ChooserPort) -> None:
        self._chooser = chooser
        self._ends: WeakKeyDictionary[MemoryTransport, str] = WeakKeyDictionary()

    def next(self, calls: Sequence[DelayedCall]) -> int:
        """The place of the call that is made first.

        :param calls: Twisted's delayed calls, sorted by time.
        """
        if len(calls) < 2 or "timers" not in self._chooser.takes:
            return 0
        now = calls[0].getTime()
        firsts: dict[str, int] = {}
        for place, call in enumerate(calls[:MOST]):
            if call.getTime() > now:
                break
            firsts.setdefault(self._whose(call), place)
        return list(firsts.values())[self._chooser.pick("timers", list(firsts))]

    def _whose(self, call: DelayedCall) -> str:
        """Whose call it is: an end's of a connection, the broker's or the client's."""
        owner = getattr(call.func, "__self__", None)
        if isinstance(owner, MemoryTransport):
            return self._ends.setdefault(owner, f"end {len(self._ends)}")
        return "broker" if isinstance(owner, Turn) else "client"

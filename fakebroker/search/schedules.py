"""Schedules: what was chosen in a run, where RabbitMQ may do this or that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from fakebroker.fake import FakeBroker
from fakebroker.liberties import LIBERTIES, Chooser, Decision
from fakebroker.search.outcome import Outcome
from fakebroker.testing.clock import VirtualClock


def take_liberties(broker: FakeBroker, chooser: Chooser | None) -> None:
    """Have somebody choose in a broker that no client has met, and in its clock; None for nobody, whatever the
    environment says."""
    if chooser is not None or broker.liberties is not None:
        broker.take_liberties(chooser)
        if isinstance(broker.clock, VirtualClock):
            broker.clock.take_liberties(chooser)


def said(decisions: Sequence[Decision]) -> str:
    """All decisions of a run as text."""
    return " ".join(f"{each}/{each.options}" for each in decisions)


def read(schedule: str) -> list[Decision]:
    """What :func:`said` has written."""
    found = []
    for word in schedule.split():
        place, _, rest = word.partition("=")
        liberty, _, number = place.rpartition(".")
        taken, _, options = rest.partition("/")
        found.append(Decision(liberty, int(number), int(options), int(taken)))
    return found


@dataclass
class Tally:
    """Which schedules were tried.

    :param systematic: how many of the runs were tried in turn, those with the fewest liberties first.
    :param complete: so many liberties taken, and no more, have all schedules in which all were tried.
    :param exhausted: whether there are no others at all.
    :param seeds: the first seed and the last of those that were tried.
    :param taken: how often each liberty was taken.
    """

    runs: int = 0
    systematic: int = 0
    complete: int = -1
    exhausted: bool = False
    seeds: tuple[int, int] | None = None
    taken: Counter[str] = field(default_factory=Counter)
    _seen: set[str] = field(default_factory=set)

    def note(self, outcome: Outcome) -> list[Decision]:
        """Take note of a run.

        :returns: what was decided in it.
        """
        self.runs += 1
        self._seen.add(outcome.schedule)
        decisions = read(outcome.schedule)
        self.taken.update(each.liberty for each in decisions if each.taken)
        return decisions

    @property
    def different(self) -> int:
        """How many schedules were different."""
        return len(self._seen)

    def lines(self) -> list[str]:
        """What was tried, in words."""
        found = [f"schedules: {self.runs} {'run' if self.runs == 1 else 'runs'}, {self.different} different"]
        if self.exhausted:
            found.append(f"  there are no others: every schedule was tried, in {self.systematic} runs")
        elif self.complete >= 0:
            found.append(f"  in turn, those with the fewest liberties first: {self.systematic}")
            if self.complete:
                most = "one liberty" if self.complete == 1 else f"{self.complete} liberties"
                found.append(f"  among them every schedule that takes no more than {most}")
        if self.seeds is not None:
            found.append(f"  by seed, from {self.seeds[0]} to {self.seeds[1]}")
        for name in LIBERTIES:
            if self.taken[name]:
                found.append(f"{self.taken[name]:>9}  {name}: {LIBERTIES[name]}")
        return found

"""What an exploration has tried and found, and how to show it."""

from __future__ import annotations

from dataclasses import dataclass, field

from fakebroker.liberties import LIBERTIES, Listed, chooser_of
from fakebroker.printable import printable
from fakebroker.search.as_json import as_json
from fakebroker.search.as_text import BOLD, MOST_GROUPS, Painter, group_lines, sum_line
from fakebroker.search.case import Case
from fakebroker.search.report import Report
from fakebroker.search.schedules import Tally


@dataclass(frozen=True)
class ExploreReport(Report):
    """What an exploration has tried, and what it has found. ``print(report)`` shows it.

    :param tally: which schedules were tried.
    """

    tally: Tally = field(default_factory=Tally)

    def as_text(self, width: int | None = None, color: bool = False) -> str:
        """The report for a terminal.

        :param width: the most characters of a line; 80 by default.
        :param color: whether to use a terminal's colors.
        """
        paint = Painter(color)
        lines = [paint(printable(self.title), BOLD)]
        for number, group in enumerate(self.groups[:MOST_GROUPS], 1):
            lines += ["", *group_lines(self, group, number, width or 80, paint)]
            lines += [f"   {line}" for line in in_words(group.smallest.case)]
        if len(self.groups) > MOST_GROUPS:
            lines += ["", f"({len(self.groups) - MOST_GROUPS} more groups)"]
        notes = [f"note: {printable(note)}" for note in self.notes]
        lines += ["", *self.tally.lines(), *notes, sum_line(self, paint)]
        return "\n".join(line.rstrip() for line in lines) + "\n"

    def to_json(self) -> dict[str, object]:
        """The report as data that ``json.dumps`` takes."""
        tally = self.tally
        schedules = {
            "runs": tally.runs,
            "different": tally.different,
            "systematic": tally.systematic,
            "exhausted": tally.exhausted,
            "taken": {name: tally.taken[name] for name in LIBERTIES},
        }
        return {**as_json(self), "schedules": schedules}

    def __str__(self) -> str:
        return self.as_text()


def in_words(case: Case) -> list[str]:
    """The liberties that a case takes, each with what it is about."""
    chooser = chooser_of(case.liberties or None)
    if not isinstance(chooser, Listed) or not chooser.listed:
        return []
    names = [name for name in LIBERTIES if any(each.liberty == name for each in chooser.listed)]
    return ["the liberties:", *(f"  {name}: {LIBERTIES[name]}" for name in names)]

"""What a search has tried and found, as data that all ways to show it have in common."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from fakebroker.search.case import Case
from fakebroker.search.groups import FailureGroup, group
from fakebroker.search.matrix import Matrix
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.points import Point


def say_case(case: Case) -> str:
    """The case as text."""
    return str(case)


@dataclass(frozen=True)
class Findings:
    """What a search has tried, and what it has found.

    :param title: what was searched: a test's name, a command.
    :param points: the crossings of the plain run.
    :param faults: the names of the faults, the simplest first.
    :param outcomes: one for each case, the plain run's included, in the order in which cases are told.
    :param again: a line that runs exactly one case again.
    :param notes: what else should be said, such as why the search ended early.
    """

    title: str
    points: Sequence[Point]
    faults: Sequence[str]
    outcomes: Sequence[Outcome]
    again: Callable[[Case], str] = field(default=say_case, compare=False)
    notes: Sequence[str] = ()

    @property
    def failures(self) -> list[Outcome]:
        """The cases in which something was found."""
        return [outcome for outcome in self.outcomes if outcome.kind.found]

    @property
    def found(self) -> bool:
        """Whether anything was found."""
        return any(outcome.kind.found for outcome in self.outcomes)

    @cached_property
    def groups(self) -> list[FailureGroup]:
        """The failures by what they have in common, and the cases that could not run."""
        return group(self.outcomes, self.points, self.faults)

    @cached_property
    def matrix(self) -> Matrix:
        """Crossings down, faults across."""
        return Matrix(self.points, self.faults, self.outcomes)

    def count(self, *kinds: Kind) -> int:
        """How many cases have ended in one of these ways."""
        return sum(outcome.kind in kinds for outcome in self.outcomes)

    def reasons(self, kind: Kind) -> dict[str, int]:
        """Why there was no run, with how many cases each reason had, the most frequent first."""
        counts: dict[str, int] = {}
        for outcome in self.outcomes:
            if outcome.kind is kind:
                counts[outcome.why] = counts.get(outcome.why, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))

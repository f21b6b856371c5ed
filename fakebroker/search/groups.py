"""Failures that have something in common: the same kind, the same error, the same place. Each group knows its smallest
case, the one to look at first.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fakebroker.search.case import Case
from fakebroker.search.losses import A_LOSS
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.points import Point

TOLD = (Kind.BROKEN, Kind.FAILED, Kind.HUNG, Kind.LEFT, Kind.VERDICT)
"""The kinds that are told in groups."""

ORDER = (Kind.BROKEN, Kind.VERDICT, Kind.HUNG, Kind.LEFT, Kind.FAILED)
"""In this order. Those come first that nobody would notice: a program that ends with an error has said so itself."""

VARYING: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.ASCII), stands)
    for pattern, stands in (
        (r"\x1b\[[0-9;?]*[A-Za-z]", ""),
        (r"\b[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}\b", "<id>"),
        (r"\b\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?(?:Z|[+-]\d\d:?\d\d)?)?", "<time>"),
        (r"\b\d\d:\d\d:\d\d(?:[.,]\d+)?", "<time>"),
        (r"\b0x[0-9a-fA-F]+\b", "<address>"),
        (r"(?<=\w)@[0-9a-f]{4,16}\b", "@<address>"),
        (r"\b(amq\.(?:gen|ctag)-)[\w.-]+", r"\1<id>"),
        (r"\b(ctag\d+\.)[0-9a-f]+", r"\1<id>"),
        (r"\b\d{1,3}(?:\.\d{1,3}){3}(?::\d+)?\b", "<host>"),
        (r"\b(?=[a-f]*\d)[0-9a-f]{12,}\b", "<id>"),
        (r"(?<![A-Za-z<])\d+(?:\.\d+)?(?:e[+-]?\d+)?", "N"),
    )
)
"""What differs between two runs of one error, and what stands for it."""


def normalised(text: str) -> str:
    """An error's text with all that varies taken out: numbers, ids, addresses, times."""
    for pattern, stands in VARYING:
        text = pattern.sub(stands, text)
    return " ".join(text.split())


@dataclass(frozen=True)
class FailureGroup:
    """Failures that are alike.

    :param outcomes: all of them, in the order of the report.
    :param smallest: the one with the fewest faults, at the earliest crossing, with the simplest fault.
    """

    kind: Kind
    outcomes: tuple[Outcome, ...]
    smallest: Outcome

    @property
    def error(self) -> str:
        """What the smallest case has told."""
        return self.smallest.error

    @property
    def place(self) -> str:
        """Where the error was raised, if that is known."""
        return self.smallest.place

    def faults(self) -> dict[str, int]:
        """How many of its cases have each fault, the most frequent first."""
        counts: dict[str, int] = {}
        for outcome in self.outcomes:
            for fault in dict.fromkeys(fault for _, fault in outcome.case.faults):
                counts[fault] = counts.get(fault, 0) + 1
        return dict(sorted(counts.items(), key=lambda pair: -pair[1]))


def group(outcomes: Sequence[Outcome], points: Sequence[Point], faults: Sequence[str]) -> list[FailureGroup]:
    """Put the failures among these outcomes into groups.

    What happens without any fault comes first, then lost messages, then the others: kind by kind, the largest group of
    each kind first.

    :param points: the crossings of the plain run; they say which case is the smallest.
    :param faults: the names of the faults, the simplest first.
    """
    found: dict[tuple[Kind, str, str], list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.kind in TOLD:
            found.setdefault(_key(outcome), []).append(outcome)
    size = Size(points, faults)
    groups = [
        FailureGroup(key[0], tuple(alike), min(alike, key=lambda each: size(each.case))) for key, alike in found.items()
    ]
    return sorted(groups, key=_rank)


def _rank(each: FailureGroup) -> tuple[bool, bool, bool, int, int]:
    case = each.smallest.case
    plain = not case.faults and not case.liberties
    return (
        each.kind is not Kind.BROKEN,
        not plain,
        A_LOSS not in each.error,
        ORDER.index(each.kind),
        -len(each.outcomes),
    )


def _key(outcome: Outcome) -> tuple[Kind, str, str]:
    if outcome.kind is Kind.VERDICT and outcome.verdicts:
        return outcome.kind, ", ".join(dict.fromkeys(text.partition(":")[0] for text in outcome.verdicts)), ""
    return outcome.kind, normalised(outcome.error), outcome.place


class Size:
    """How large a case is: how many faults it has, how late, and how involved they are; how many liberties it takes."""

    def __init__(self, points: Sequence[Point], faults: Sequence[str]) -> None:
        self._number: Mapping[object, int] = {point.address: point.number for point in points}
        self._rank = {name: index for index, name in enumerate(faults)}

    def __call__(self, case: Case) -> tuple[int, list[tuple[int, int]], float]:
        last, worst = len(self._number) + 1, len(self._rank)
        faults = [(self._number.get(address, last), self._rank.get(fault, worst)) for address, fault in case.faults]
        return len(case.faults), faults, liberties_in(case)


def liberties_in(case: Case) -> float:
    """How many liberties a case takes; infinitely many where a seed says so."""
    if not case.liberties or case.liberties == "none":
        return 0
    return case.liberties.count("=") or math.inf

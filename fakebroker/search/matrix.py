"""The outcomes as a matrix: crossings down, faults across, one letter for each case.

Rows that are alike are one row: crossings of one name first, then neighbours. Faults that could act nowhere have no
column.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from string import ascii_lowercase, ascii_uppercase

from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.points import Point

CELLS: Mapping[Kind, str] = {
    Kind.PASSED: ".",
    Kind.FAILED: "F",
    Kind.HUNG: "H",
    Kind.LEFT: "L",
    Kind.VERDICT: "V",
    Kind.BROKEN: "B",
    Kind.NOT_APPLICABLE: "-",
    Kind.SKIPPED: " ",
}
MEANINGS: Mapping[str, str] = {
    ".": "passed",
    "F": "failed",
    "H": "hung",
    "L": "left something behind",
    "V": "verdict",
    "B": "could not run",
    "-": "not applicable",
    " ": "(blank) not tried",
}
QUIET = ".- "
"""Cells in which nothing was found."""

TOGETHER = 5
"""After so many columns is a gap, so that the eye finds its column."""

MOST_ROWS = 60
"""More rows than this, and those in which nothing was found are one row."""

NUMBERS, NAMES = 12, 24
"""The widest column of numbers; and of names, where there is no room for more."""

LETTERS = ascii_lowercase + ascii_uppercase


@dataclass(frozen=True)
class Row:
    """One row: the crossings that it stands for, and a cell for each fault."""

    points: tuple[Point, ...]
    cells: str

    @property
    def quiet(self) -> bool:
        """Whether nothing was found here."""
        return all(cell in QUIET for cell in self.cells)

    def numbers(self) -> str:
        """The numbers of its crossings: ``3-7, 9``."""
        parts: list[str] = []
        first = last = None
        for number in sorted(point.number for point in self.points):
            if last is None or number != last + 1:
                if first is not None:
                    parts.append(f"{first}" if first == last else f"{first}-{last}")
                first = number
            last = number
        parts.append(f"{first}" if first == last else f"{first}-{last}")
        return ",".join(parts)

    def name(self) -> str:
        """The one crossing's address, or the names of several."""
        if len(self.points) == 1:
            return str(self.points[0].address)
        counts: dict[str, int] = {}
        for point in self.points:
            counts[point.name] = counts.get(point.name, 0) + 1
        names = [name if count == 1 else f"{name} x{count}" for name, count in counts.items()]
        return ", ".join(names) if len(names) <= 2 else f"{names[0]} to {names[-1]}"


def rows(points: Sequence[Point], faults: Sequence[str], outcomes: Sequence[Outcome]) -> list[Row]:
    """The rows of the matrix, those that are alike put together. Cases of several faults are not in it."""
    cells: dict[tuple[object, str], str] = {}
    for outcome in outcomes:
        if len(outcome.case.faults) == 1:
            cells[outcome.case.faults[0]] = CELLS[outcome.kind]
    alike: dict[tuple[str, str, str], list[Point]] = {}
    for point in points:
        line = "".join(cells.get((point.address, fault), " ") for fault in faults)
        alike.setdefault((point.direction, point.name, line), []).append(point)
    found: list[Row] = []
    for (_, _, line), same in alike.items():
        if found and found[-1].cells == line:
            found[-1] = Row((*found[-1].points, *same), line)
        else:
            found.append(Row(tuple(same), line))
    return found


class Matrix:
    """A matrix of outcomes that fits a terminal.

    :ivar rows: its rows.
    :ivar faults: the names of its columns.
    """

    def __init__(self, points: Sequence[Point], faults: Sequence[str], outcomes: Sequence[Outcome]) -> None:
        made = rows(points, faults, outcomes)
        used = [index for index in range(len(faults)) if any(row.cells[index] not in "- " for row in made)]
        self.faults = [faults[index] for index in used]
        self.absent = [name for index, name in enumerate(faults) if index not in used]
        """Faults that were tried nowhere."""
        self.rows = rows(points, self.faults, outcomes)

    def lines(self, width: int = 80) -> Iterator[str]:
        """The matrix as text: the columns' letters, the rows, and what the letters mean.

        :param width: the most characters of a line.
        """
        if not self.faults:
            return
        shown = self._shown()
        numbers = min(NUMBERS, max(len(row.numbers()) for row in shown))
        free = width - numbers - 4 - len(_apart("." * len(self.faults)))
        names = min(max(NAMES, free), max(len(_name(row)) for row in shown))
        label = numbers + names + 2
        room = max(TOGETHER, (width - label - 1) * TOGETHER // (TOGETHER + 1))
        for start in range(0, len(self.faults), room):
            part = slice(start, start + room)
            yield f"{'':{label}}  {_apart(_letters(len(self.faults))[part])}"
            for row in shown:
                text = f"{_few(row.numbers(), numbers):>{numbers}}  {_cut(_name(row), names):<{names}}"
                yield f"{text}  {_apart(row.cells[part])}".rstrip()
            yield ""
        yield from _columns(self.faults, width)
        yield self._legend(shown)

    def _shown(self) -> list[Row]:
        """All rows; when they are too many, those that are quiet as one, which is shown last."""
        if len(self.rows) <= MOST_ROWS:
            return self.rows
        loud = [row for row in self.rows if not row.quiet]
        rest = tuple(point for row in self.rows if row.quiet for point in row.points)
        return [*loud, Row(rest, " " * len(self.faults))] if rest else loud

    def _legend(self, shown: Sequence[Row]) -> str:
        seen = "".join(row.cells for row in shown)
        return "  ".join(f"{cell} {text}".lstrip() for cell, text in MEANINGS.items() if cell in seen)


def _name(row: Row) -> str:
    return "nothing found at these" if not row.cells.strip() and len(row.points) > 1 else row.name()


def _letters(count: int) -> str:
    return (LETTERS * (count // len(LETTERS) + 1))[:count]


def _apart(cells: str) -> str:
    return " ".join(cells[start : start + TOGETHER] for start in range(0, len(cells), TOGETHER))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 2] + ".."


def _few(numbers: str, longest: int) -> str:
    """The first numbers and the last, where they are too many: ``15,17..25``."""
    if len(numbers) <= longest:
        return numbers
    first, _, last = numbers.rpartition(",")
    while len(first) + 2 + len(last) > longest and "," in first:
        first = first.rpartition(",")[0]
    return f"{first}..{last}"[:longest]


def _columns(faults: Sequence[str], width: int) -> Iterator[str]:
    """Which letter is which fault, in columns."""
    cells = [f"{letter} {fault}" for letter, fault in zip(_letters(len(faults)), faults, strict=True)]
    widest = max(map(len, cells)) + 2
    across = max(1, (width + 2) // widest)
    for start in range(0, len(cells), across):
        yield "".join(f"{cell:<{widest}}" for cell in cells[start : start + across]).rstrip()

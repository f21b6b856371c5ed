"""docs/verdicts.md has a row for every verdict, and says of each what the code says."""

from __future__ import annotations

from pathlib import Path
from unittest import TestCase

from fakebroker.ledger.verdicts import LEVELS, VERDICTS
from fakebroker.ledger.verdicts.judging import summary

TEXT = (Path(__file__).parents[3] / "docs" / "verdicts.md").read_text(encoding="utf-8")


def rows(heading: str) -> list[list[str]]:
    """The cells of the rows of the table whose first heading this is."""
    lines = TEXT.partition(f"\n| {heading} |")[2].splitlines()[2:]
    table = lines[: next(number for number, line in enumerate(lines) if not line.startswith("|"))]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table]


class TheTable(TestCase):
    def test_each_verdict_has_its_row(self) -> None:
        said = [(f"`{name}`", each.level, summary(each), each.explanation) for name, each in VERDICTS.items()]
        self.assertEqual([tuple(row) for row in rows("verdict")], said)

    def test_each_level_has_its_row(self) -> None:
        self.assertEqual([row[0].strip("`") for row in rows("level")], list(LEVELS))

"""The outcome of a search: every case with what became of it, and how to show it."""

from __future__ import annotations

from dataclasses import dataclass

from fakebroker.search.as_json import as_json
from fakebroker.search.as_text import as_text
from fakebroker.search.findings import Findings
from fakebroker.search.junit import junit


class SweepFailed(AssertionError):
    """A search has found something. The text is the report."""


@dataclass(frozen=True)
class Report(Findings):
    """What a search has tried, and what it has found. ``print(report)`` shows it."""

    def as_text(self, width: int | None = None, color: bool = False) -> str:
        """The report for a terminal.

        :param width: the most characters of a line; 80 by default.
        :param color: whether to use a terminal's colors.
        """
        return as_text(self, width or 80, color)

    def to_json(self) -> dict[str, object]:
        """The report as data that ``json.dumps`` takes."""
        return as_json(self)

    def junit(self) -> str:
        """The report as JUnit XML, as CI systems read it: a test case for each case that ran."""
        return junit(self)

    def assert_nothing_found(self) -> None:
        """Check that nothing was found.

        :raises SweepFailed: with the report as its text.
        """
        if self.found:
            raise SweepFailed(str(self))

    def __str__(self) -> str:
        return self.as_text()

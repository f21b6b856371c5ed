"""A report as text for a terminal: the matrix, the failures in groups, what was covered, and the sum of it all."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

from fakebroker.printable import printable
from fakebroker.search.excerpt import excerpt
from fakebroker.search.findings import Findings
from fakebroker.search.groups import FailureGroup
from fakebroker.search.outcome import Kind

MOST_REASONS = 12
"""How many reasons are shown why cases were not tried."""

WHOLE, MOST_GROUPS = 8, 30
"""How many groups are shown with the conversation and the output, and how many at all."""

OUTPUT_LINES = 10
"""How many of the last lines of a command's output are shown."""

RED, GREEN, BOLD, PLAIN = "\x1b[31m", "\x1b[32m", "\x1b[1m", "\x1b[0m"

WORDS = {
    Kind.BROKEN: "could not run",
    Kind.FAILED: "failed",
    Kind.HUNG: "hung",
    Kind.LEFT: "left something behind",
    Kind.VERDICT: "verdict",
}


class Painter:
    """Colors, where there are any."""

    def __init__(self, color: bool) -> None:
        self._color = color

    def __call__(self, text: str, paint: str) -> str:
        """The text in a color."""
        return f"{paint}{text}{PLAIN}" if self._color and text else text


def as_text(report: Findings, width: int, color: bool) -> str:
    """The report as text.

    :param width: the most characters of a line, where it can be kept to.
    """
    paint = Painter(color)
    lines = [paint(printable(report.title), BOLD), ""]
    for line in report.matrix.lines(width):
        lines.append(re.sub("[FHLVB]", lambda found: paint(found[0], RED), line) if _is_row(line) else line)
    for number, each in enumerate(report.groups[:MOST_GROUPS], 1):
        lines += ["", *group_lines(report, each, number, width, paint)]
    if len(report.groups) > MOST_GROUPS:
        lines += ["", f"({len(report.groups) - MOST_GROUPS} more groups)"]
    notes = [
        line
        for note in report.notes
        for line in textwrap.wrap(f"note: {printable(note)}", width, subsequent_indent="  ", break_on_hyphens=False)
    ]
    lines += ["", *_coverage(report, width), *notes, sum_line(report, paint)]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _is_row(line: str) -> bool:
    return re.match(r" *[\d,.-]+  ", line) is not None


def group_lines(report: Findings, group: FailureGroup, number: int, width: int, paint: Painter) -> Iterator[str]:
    """A group of failures: what they have in common, the smallest, and how to run it again."""
    yield from _group(report, group, number, width, paint)
    if number <= WHOLE:
        yield from _shown(group, width)
    yield f"   again: {printable(report.again(group.smallest.case))}"


def _group(report: Findings, group: FailureGroup, number: int, width: int, paint: Painter) -> Iterator[str]:
    """A group of failures: what they have in common, and the smallest."""
    smallest = group.smallest
    count = len(group.outcomes)
    head = f"{number}. {WORDS[group.kind]}: {printable(group.error) or '(it says nothing)'}"
    first, *rest = textwrap.wrap(head, width, subsequent_indent="   ") or [head]
    yield paint(first, RED)
    yield from (paint(line, RED) for line in rest)
    if group.place:
        yield f"   at {printable(group.place)}"
    if smallest.case.faults:
        faults = ", ".join(f"{name} ({many})" if many > 1 else name for name, many in group.faults().items())
        yield from _wrapped(f"in {_many(count, 'case')}: {faults}", width)
    elif smallest.case.liberties:
        yield f"   in {_many(count, 'run')}"
    at = _crossing(report, group)
    yield f"   smallest: {smallest.case}{at}"
    if smallest.why:
        yield from _wrapped(f"({smallest.why})", width)
    for verdict in smallest.verdicts if group.kind is not Kind.VERDICT or len(smallest.verdicts) > 1 else ():
        yield from _wrapped(printable(verdict), width)


def _shown(group: FailureGroup, width: int) -> Iterator[str]:
    """What the smallest case has said and printed."""
    smallest = group.smallest
    conversation = excerpt(smallest.transcript, smallest.case, width - 5)
    if conversation:
        yield ""
        yield from (f"     {line}" for line in conversation)
    output = [line for line in smallest.output.splitlines() if line.strip("^~ ")][-OUTPUT_LINES:]
    if output:
        yield ""
        yield "   the end of its output:"
        yield from (f"     {printable(line, keep=chr(9))}" for line in output)
    if conversation or output:
        yield ""


def _crossing(report: Findings, group: FailureGroup) -> str:
    """The number of the crossing, if the case has one fault."""
    addresses = [address for address, _ in group.smallest.case.faults]
    numbers = [point.number for point in report.points if point.address in addresses]
    return f" (crossing {', '.join(map(str, numbers))})" if numbers else ""


def _coverage(report: Findings, width: int) -> Iterator[str]:
    """What was tried, what was not, and why not."""
    pairs = [outcome for outcome in report.outcomes if len(outcome.case.faults) > 1 and outcome.kind.ran]
    tried = sum(outcome.kind.ran and len(outcome.case.faults) == 1 for outcome in report.outcomes)
    yield f"coverage: {_many(len(report.points), 'crossing')}, {_many(len(report.faults), 'kind')} of faults"
    yield f"  {tried} tried"
    if pairs:
        found = sum(outcome.kind.found for outcome in pairs)
        yield f"  {len(pairs)} with several faults tried, {found} of them with a finding"
    seeds = sum(bool(each.case.liberties and not each.case.faults and each.kind.ran) for each in report.outcomes)
    if seeds:
        yield f"  {seeds} without a fault, with liberties by seed"
    for kind, words in ((Kind.NOT_APPLICABLE, "not applicable"), (Kind.SKIPPED, "left out")):
        reasons = report.reasons(kind)
        if reasons:
            yield f"  {sum(reasons.values())} {words}:"
        for why, count in list(reasons.items())[:MOST_REASONS]:
            yield from textwrap.wrap(
                f"{count:>7}  {printable(why) or 'for no reason told'}", width, subsequent_indent=" " * 9
            )
        if len(reasons) > MOST_REASONS:
            rest = list(reasons.values())[MOST_REASONS:]
            yield f"{sum(rest):>7}  for {len(rest)} other reasons"
    if report.matrix.absent and report.matrix.faults:
        yield from textwrap.wrap(
            f"  tried nowhere: {', '.join(report.matrix.absent)}", width, subsequent_indent=" " * 4
        )


def sum_line(report: Findings, paint: Painter) -> str:
    """The last line: what it comes to."""
    ran = [outcome for outcome in report.outcomes if outcome.kind.ran]
    parts = [f"{report.count(Kind.PASSED)} passed"]
    for kind, words in WORDS.items():
        if report.count(kind):
            parts.append(f"{report.count(kind)} {words}")
    groups = [each for each in report.groups if each.kind.found]
    kinds = f", {_many(len(groups), 'kind')} of failure" if groups else ""
    text = f"{_many(len(ran), 'run')}: {', '.join(parts)}{kinds}"
    return paint(text, RED if report.found else GREEN)


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _wrapped(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, initial_indent="   ", subsequent_indent="     ")

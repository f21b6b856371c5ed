"""A report as data."""

from __future__ import annotations

from fakebroker.search.findings import Findings
from fakebroker.search.groups import FailureGroup
from fakebroker.search.outcome import Kind, Outcome


def as_json(report: Findings) -> dict[str, object]:
    """The report as data that ``json.dumps`` takes. What is empty in an outcome is left out."""
    return {
        "title": report.title,
        "found": report.found,
        "counts": {kind.value: report.count(kind) for kind in Kind},
        "points": [
            {"number": each.number, "address": str(each.address), "name": each.name, "direction": each.direction,
             "connection": each.connection, "channel": each.channel}
            for each in report.points
        ],
        "faults": list(report.faults),
        "groups": [_group(report, each) for each in report.groups],
        "outcomes": [_outcome(each) for each in report.outcomes],
        "not_applicable": report.reasons(Kind.NOT_APPLICABLE),
        "left_out": report.reasons(Kind.SKIPPED),
        "notes": list(report.notes),
    }  # fmt: skip


def _group(report: Findings, group: FailureGroup) -> dict[str, object]:
    return {
        "kind": group.kind.value,
        "error": group.error,
        "place": group.place,
        "cases": [str(each.case) for each in group.outcomes],
        "smallest": str(group.smallest.case),
        "again": report.again(group.smallest.case),
    }


def _outcome(outcome: Outcome) -> dict[str, object]:
    form: dict[str, object] = {"case": str(outcome.case), "kind": outcome.kind.value}
    for name in ("error", "place", "why", "seconds", "output", "transcript"):
        value = getattr(outcome, name)
        if value:
            form[name] = value
    if outcome.verdicts:
        form["verdicts"] = list(outcome.verdicts)
    return form

"""A report as JUnit XML. CI systems show it; they all read this much of it."""

from __future__ import annotations

import re
from xml.sax.saxutils import escape, quoteattr

from fakebroker.printable import printable
from fakebroker.search.excerpt import excerpt
from fakebroker.search.findings import Findings
from fakebroker.search.outcome import Kind, Outcome

NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Findings) -> str:
    """The report as JUnit XML.

    Each case that ran is a test case. Those that did not run are counted as properties: a fault that can't act at a
    crossing is not a skipped test.
    """
    ran = [outcome for outcome in report.outcomes if outcome.kind.ran]
    failures = sum(outcome.kind.found for outcome in ran)
    errors = report.count(Kind.BROKEN)
    counts = f'tests="{len(ran)}" failures="{failures}" errors="{errors}" skipped="0"'
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<testsuites>",
        f'<testsuite name={_attribute(report.title)} {counts} time="{sum(each.seconds for each in ran):.3f}">',
        "<properties>",
        f'<property name="crossings" value="{len(report.points)}"/>',
        f'<property name="not applicable" value="{report.count(Kind.NOT_APPLICABLE)}"/>',
        f'<property name="left out" value="{report.count(Kind.SKIPPED)}"/>',
        "</properties>",
    ]
    for outcome in ran:
        lines += _case(report, outcome)
    return "\n".join([*lines, "</testsuite>", "</testsuites>"]) + "\n"


def _case(report: Findings, outcome: Outcome) -> list[str]:
    head = (
        f"<testcase classname={_attribute(report.title)} name={_attribute(str(outcome.case))} "
        f'time="{outcome.seconds:.3f}"'
    )
    if outcome.kind is Kind.PASSED:
        return [f"{head}/>"]
    tag = "failure" if outcome.kind.found else "error"
    begin = f"<{tag} type={_attribute(outcome.kind.value)} message={_attribute(outcome.error or outcome.why)}>"
    return [f"{head}>", f"{begin}{_text(_told(report, outcome))}</{tag}>", "</testcase>"]


def _told(report: Findings, outcome: Outcome) -> str:
    parts = [outcome.error or outcome.why]
    if outcome.place:
        parts.append(f"at {outcome.place}")
    parts += [f"verdict: {each}" for each in outcome.verdicts]
    parts += excerpt(outcome.transcript, outcome.case)
    if outcome.output:
        parts += ["the end of its output:", outcome.output.rstrip()]
    return "\n".join([*parts, f"again: {report.again(outcome.case)}"])


def _text(text: str) -> str:
    return escape(NOT_XML.sub(lambda found: printable(found[0]), text))


def _attribute(text: str) -> str:
    return quoteattr(NOT_XML.sub(lambda found: printable(found[0]), text))

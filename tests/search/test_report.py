"""What a report says: in a terminal, as data, as JUnit XML, and while it is not done yet."""

from __future__ import annotations

import io
import json
from unittest import TestCase
from xml.etree import ElementTree

from fakebroker.journal.record import Record, dumps
from fakebroker.predicates.addresses import Address
from fakebroker.search.as_text import MOST_GROUPS, MOST_REASONS
from fakebroker.search.case import Case
from fakebroker.search.excerpt import excerpt
from fakebroker.search.outcome import Kind
from fakebroker.search.progress import Progress
from fakebroker.search.report import Report, SweepFailed
from tests.search.outcomes import outcome, points, report

ADDRESSES = ("1:in:connect:1", "1:out:basic.deliver:1", "1:in:basic.ack:1")
FAULTS = ("reset", "cancel-consumer")
ACK = "1:in:basic.ack:1 cancel-consumer"


def sample(**fields: object) -> Report:
    """A report with a failure, a hang, something not applicable and something left out."""
    outcomes = [
        outcome("no fault"),
        outcome("1:in:connect:1 reset"),
        outcome("1:in:connect:1 cancel-consumer", Kind.NOT_APPLICABLE, why="there is no consumer yet"),
        outcome("1:out:basic.deliver:1 reset", Kind.SKIPPED, why="a delivery like the ones before"),
        outcome("1:out:basic.deliver:1 cancel-consumer", Kind.HUNG, "it waits for ever"),
        outcome("1:in:basic.ack:1 reset"),
        outcome(ACK, Kind.FAILED, "KeyError: 7", place="app.py:3 in f", output="a\nb \x1b[31m\n", **fields),
    ]
    again = lambda case: f"again --only '{case}'"  # noqa: E731
    return Report("python app.py", points(*ADDRESSES), FAULTS, outcomes, again)


class AsText(TestCase):
    def test_each_group_shows_its_smallest_case_and_how_to_run_it_again(self) -> None:
        text = str(sample())
        for line in (
            "2. failed: KeyError: 7",
            "   at app.py:3 in f",
            f"   smallest: {ACK} (crossing 3)",
            f"   again: again --only '{ACK}'",
            "1. hung: it waits for ever",
        ):
            self.assertIn(line, text.splitlines())

    def test_it_tells_what_was_not_tried_and_why(self) -> None:
        lines = str(sample()).splitlines()
        self.assertIn("  1 not applicable:", lines)
        self.assertIn("      1  there is no consumer yet", lines)
        self.assertIn("      1  a delivery like the ones before", lines)

    def test_of_many_reasons_and_many_failures_the_most_common_are_told(self) -> None:
        many = [f"1:out:basic.deliver:{number}" for number in range(1, 41)]
        told = [outcome(f"{each} reset", Kind.NOT_APPLICABLE, why=f"reason {each}") for each in many]
        errors = ["Error" + "x" * index for index in range(len(many))]
        told += [outcome(f"{each} close", Kind.FAILED, error) for each, error in zip(many, errors, strict=True)]
        lines = str(Report("a", points(*many), ("reset", "close"), told)).splitlines()
        self.assertIn(f"({40 - MOST_GROUPS} more groups)", lines)
        self.assertIn(f"{40 - MOST_REASONS:>7}  for {40 - MOST_REASONS} other reasons", lines)

    def test_the_last_line_is_the_sum(self) -> None:
        self.assertEqual(str(sample()).splitlines()[-1], "5 runs: 3 passed, 1 failed, 1 hung, 2 kinds of failure")
        nothing = report(ADDRESSES, FAULTS, {})
        self.assertEqual(str(nothing).splitlines()[-1], "6 runs: 6 passed")

    def test_output_can_not_control_the_terminal(self) -> None:
        self.assertNotIn("\x1b", str(sample()))
        self.assertIn("b \\x1b[31m", str(sample()))

    def test_colors_change_nothing_but_the_colors(self) -> None:
        import re

        self.assertEqual(re.sub(r"\x1b\[\d*m", "", sample().as_text(color=True)), sample().as_text())

    def test_asserting_raises_with_the_report_when_something_was_found(self) -> None:
        report(ADDRESSES, FAULTS, {}).assert_nothing_found()
        with self.assertRaisesRegex(SweepFailed, "KeyError: 7"):
            sample().assert_nothing_found()

    def test_a_case_that_could_not_run_is_told_and_is_no_finding(self) -> None:
        broken = Report("a", points(*ADDRESSES), FAULTS, [outcome(ACK, Kind.BROKEN, "no such file")])
        self.assertFalse(broken.found)
        self.assertIn("1. could not run: no such file", str(broken))


class AsData(TestCase):
    def test_json_has_every_outcome_and_every_group(self) -> None:
        form = json.loads(json.dumps(sample().to_json()))
        self.assertEqual(len(form["outcomes"]), 7)
        self.assertEqual(form["groups"][1]["smallest"], ACK)
        self.assertEqual(form["counts"]["not applicable"], 1)
        self.assertIs(form["found"], True)

    def test_json_has_the_verdicts_on_a_client(self) -> None:
        told = Report("a", points(*ADDRESSES), FAULTS, [outcome(ACK, Kind.VERDICT, "polling", verdicts=("polling",))])
        self.assertEqual(json.loads(json.dumps(told.to_json()))["outcomes"][0]["verdicts"], ["polling"])

    def test_junit_has_a_test_case_for_each_run(self) -> None:
        suite = ElementTree.fromstring(sample().junit())[0]
        self.assertEqual([suite.get(name) for name in ("tests", "failures", "errors")], ["5", "2", "0"])
        failed = [each.get("name") for each in suite.iter("testcase") if each.find("failure") is not None]
        self.assertEqual(failed, ["1:out:basic.deliver:1 cancel-consumer", ACK])

    def test_junit_stays_xml_whatever_was_printed(self) -> None:
        odd = Report("<&\"'\x00", [], (), [outcome(ACK, Kind.FAILED, "\ud800 ]]> \x1b", output="\x00\ufffe")])
        (failure,) = ElementTree.fromstring(odd.junit().encode("utf-8")).iter("failure")
        self.assertIn("\\x1b", failure.get("message") or "")


def conversation(count: int, acted: int) -> str:
    """A journal of this many deliveries, with a rule that acts at one of them."""
    return dumps(
        Record(index / 10, 1, "out", "rule" if index == acted else "method", 1, "basic.deliver")
        for index in range(1, count + 1)
    )


class Excerpts(TestCase):
    case = Case.of(Address.parse("1:out:basic.deliver:7"), "reset")

    def test_a_short_conversation_is_shown_whole(self) -> None:
        self.assertEqual(len(excerpt(conversation(15, 5), self.case)), 16)

    def test_of_a_long_one_the_crossing_and_the_end_are_shown(self) -> None:
        lines = excerpt(conversation(1000, 500), self.case)
        text = "\n".join(lines)
        self.assertLess(len(lines), 40)
        for time in ("50.000", "100.000"):
            self.assertIn(time, text)
        self.assertIn("493 entries left out", text)

    def test_lines_are_no_longer_than_asked_for(self) -> None:
        self.assertLessEqual(max(map(len, excerpt(conversation(50, 3), self.case, 40))), 40)

    def test_without_a_transcript_there_is_none(self) -> None:
        self.assertEqual(excerpt("", self.case), [])


class Progressing(TestCase):
    def test_on_a_terminal_there_is_a_bar_that_goes_away(self) -> None:
        stream = io.StringIO()
        progress = Progress(stream, terminal=True)
        progress.begin(2)
        progress.note(outcome(ACK, Kind.FAILED))
        self.assertIn("[############............] 1 of 2 cases, 1 failed", stream.getvalue())
        progress.end()
        self.assertTrue(stream.getvalue().endswith(" \r"))

    def test_elsewhere_there_are_few_lines(self) -> None:
        stream = io.StringIO()
        progress = Progress(stream)
        progress.begin(1000)
        for _ in range(1000):
            progress.note(outcome(ACK))
        progress.end()
        lines = stream.getvalue().splitlines()
        self.assertEqual((len(lines), lines[0], lines[-1]), (10, "100 of 1000 cases", "1000 of 1000 cases"))

    def test_the_clock_tells_how_long_it_still_takes(self) -> None:
        now = iter([0.0, 30.0])
        stream = io.StringIO()
        progress = Progress(stream, now.__next__, terminal=False)
        progress.begin(10)
        for _ in range(1):
            progress.note(outcome(ACK))
        self.assertEqual(stream.getvalue(), "1 of 10 cases, about 4 min left\n")

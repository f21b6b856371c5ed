"""Failures that are alike stand together, whatever numbers are in their texts."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.search.groups import group, normalised
from fakebroker.search.outcome import Kind
from tests.search.outcomes import outcome, points

POINTS = points("1:in:connect:1", "1:out:basic.deliver:1", "1:out:basic.deliver:2")
FAULTS = ("reset", "close", "stall")


class Normalising(TestCase):
    def test_what_varies_between_runs_is_taken_out(self) -> None:
        for varying, same in (
            ("lost after 0.25 seconds", "lost after N seconds"),
            ("connect 127.0.0.1:50123: refused", "connect <host>: refused"),
            ("<Channel at 0x7f00a1b2c3d4>", "<Channel at <address>>"),
            ("ShutdownSignalException@1f32e575: gone", "ShutdownSignalException@<address>: gone"),
            ("queue amq.gen-JzTY20BRgKO-HjmUJj0wLg is gone", "queue amq.gen-<id> is gone"),
            ("id 5c1b0c0e-7d0f-4f6e-8f53-0f8d6d1f0a11 unknown", "id <id> unknown"),
            ("2026-11-30T17:30:02.123Z lost", "<time> lost"),
            ("17:30:02,123 lost", "<time> lost"),
            ("task 1a2b3c4d5e6f7a8b9c is late", "task <id> is late"),
            ("\x1b[31mError\x1b[0m: no", "Error: no"),
        ):
            self.assertEqual(normalised(varying), same)

    def test_words_stay(self) -> None:
        text = "ChannelClosed: NOT_FOUND - no queue 'jobs2' in vhost '/' (utf8, feedface)"
        self.assertEqual(normalised(text), text)


class Grouping(TestCase):
    def test_the_same_error_at_the_same_place_is_one_group(self) -> None:
        groups = group(
            [
                outcome("1:out:basic.deliver:2 reset", Kind.FAILED, "timeout after 3 s", place="a.py:3 in f"),
                outcome("1:out:basic.deliver:1 reset", Kind.FAILED, "timeout after 4 s", place="a.py:3 in f"),
                outcome("1:out:basic.deliver:1 close", Kind.FAILED, "timeout after 4 s", place="a.py:9 in f"),
            ],
            POINTS,
            FAULTS,
        )
        self.assertEqual([len(each.outcomes) for each in groups], [2, 1])

    def test_a_hang_is_never_in_a_group_with_a_failure(self) -> None:
        both = [outcome("1:in:connect:1 reset", kind, "late") for kind in (Kind.FAILED, Kind.HUNG)]
        self.assertEqual([each.kind for each in group(both, POINTS, FAULTS)], [Kind.HUNG, Kind.FAILED])

    def test_what_passed_or_did_not_run_is_in_none(self) -> None:
        quiet = [outcome("1:in:connect:1 reset", kind) for kind in (Kind.PASSED, Kind.NOT_APPLICABLE, Kind.SKIPPED)]
        self.assertEqual(group(quiet, POINTS, FAULTS), [])

    def test_the_smallest_is_that_with_the_fewest_faults_earliest_and_simplest(self) -> None:
        cases = [
            "1:in:connect:1 reset + 1:in:connect:1 close",
            "1:out:basic.deliver:2 reset",
            "1:out:basic.deliver:1 stall",
            "1:out:basic.deliver:1 close",
        ]
        (one,) = group([outcome(case, Kind.FAILED, "no") for case in cases], POINTS, FAULTS)
        self.assertEqual(str(one.smallest.case), "1:out:basic.deliver:1 close")

    def test_verdicts_are_grouped_by_their_names(self) -> None:
        texts = ["never-confirmed: message 3", "never-confirmed: the order"]
        found = [outcome(f"1:in:connect:1 {fault}", Kind.VERDICT, text, verdicts=(text,))
                 for fault, text in zip(FAULTS, texts, strict=False)]  # fmt: skip
        self.assertEqual(len(group(found, POINTS, FAULTS)), 1)

    def test_what_nobody_would_notice_comes_before_what_the_program_says_itself(self) -> None:
        loud = [outcome(f"1:in:connect:1 {fault}", Kind.FAILED, "exit status 1: no") for fault in FAULTS]
        lost = outcome("1:in:connect:1 reset", Kind.FAILED, "exit status 0, but a message is lost: it was returned")
        verdict = outcome("1:in:connect:1 close", Kind.VERDICT, "never-confirmed: message 3")
        hung = outcome("1:in:connect:1 stall", Kind.HUNG, "all wait")
        always = outcome("no fault", Kind.VERDICT, "acked-before-effect: message 1")
        found = group([*loud, hung, verdict, lost, always], POINTS, FAULTS)
        expected = [always, lost, verdict, hung, loud[0]]
        self.assertEqual([each.error for each in found], [each.error for each in expected])

    def test_the_faults_of_a_group_are_counted(self) -> None:
        cases = ["1:in:connect:1 stall", "1:out:basic.deliver:1 reset", "1:out:basic.deliver:2 reset"]
        (one,) = group([outcome(case, Kind.FAILED, "no") for case in cases], POINTS, FAULTS)
        self.assertEqual(list(one.faults().items()), [("reset", 2), ("stall", 1)])

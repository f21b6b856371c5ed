"""``explore``: a scenario is run in the orders that a RabbitMQ may choose."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any
from unittest import TestCase, mock

from twisted.internet.defer import Deferred
from twisted.trial.reporter import TestResult

import fakebroker
from fakebroker.search.as_text import MOST_GROUPS
from fakebroker.search.case import Case
from fakebroker.search.explored import ExploreReport
from fakebroker.search.explorer import cut_down
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.testing import BrokerTestCase, SynchronousBrokerTestCase
from tests.search.outcomes import outcome
from tests.search.racy import careful, one_confirm_for_each, second_comes_second, whole_frames


def explore(scenario: Callable[..., object], runs: int = 60, **options: Any) -> ExploreReport:
    """In this process, as if it had another one alone."""
    return fakebroker.explore(scenario, runs=runs, jobs=1, world="twisted", **options)


def taken(report: ExploreReport) -> list[str]:
    """The liberties of the smallest failing schedules, without their numbers."""
    return [re.sub(r"[.]\d+=\d+", "", group.smallest.case.liberties) for group in report.groups]


def text_of(result: Any) -> str:
    """The text of a test's failure."""
    told: list[Any] = [*result.failures, *result.errors]
    assert len(told) == 1, told
    return str(told[0][1].value)


class Racy(TestCase):
    def test_an_order_between_channels_that_is_taken_for_granted_is_found(self) -> None:
        report = explore(second_comes_second, liberties="channels,together")
        self.assertEqual(["together,channels"], taken(report))
        self.assertEqual("AssertionError: they came as ['b', 'a']", report.groups[0].error)

    def test_confirms_that_are_counted_are_found(self) -> None:
        report = explore(one_confirm_for_each, exhaustive_below=0)
        self.assertEqual(["late"], taken(report))
        self.assertIn("confirms for 3 messages", report.groups[0].error)

    def test_reads_that_are_taken_for_frames_are_found(self) -> None:
        self.assertEqual(["reads"], taken(explore(whole_frames, liberties="reads")))

    def test_a_careful_client_is_let_alone(self) -> None:
        report = explore(careful, 40)
        report.assert_nothing_found()
        self.assertEqual((41, []), (len(report.outcomes), report.groups))


class Repeated(TestCase):
    def test_two_explorations_say_the_same(self) -> None:
        ones, others = (explore(one_confirm_for_each, 40).as_text() for _ in range(2))
        self.assertEqual(ones, others)

    def test_the_smallest_schedule_is_run_again_by_the_line_that_is_told(self) -> None:
        report = explore(one_confirm_for_each, exhaustive_below=0)
        smallest = report.groups[0].smallest
        self.assertIn(f"FAKEBROKER_LIBERTIES='{smallest.case.liberties}'", report.as_text())
        with mock.patch.dict(os.environ, {"FAKEBROKER_LIBERTIES": smallest.case.liberties}):
            again = explore(one_confirm_for_each)
        self.assertEqual([smallest.error], [outcome.error for outcome in again.failures])
        self.assertEqual(2, len(again.outcomes))

    def test_what_does_not_matter_is_left_out(self) -> None:
        report = explore(one_confirm_for_each, 1, seed=3, exhaustive_below=0)
        [outcome] = report.failures
        self.assertEqual(1, len(outcome.case.liberties.split(",")), outcome.case)
        self.assertRegex(outcome.why, r"^cut down from liberties 3: \d+ of \d+ liberties left out, \d+ runs$")
        self.assertIn(outcome.why, " ".join(report.as_text().split()))

    def test_one_seed_can_be_run_alone(self) -> None:
        report = explore(one_confirm_for_each, exhaustive_below=0)
        seed = next(each.case.liberties for each in report.failures if each.case.liberties.isdigit())
        self.assertTrue(explore(one_confirm_for_each, only=seed).found)


class Told(TestCase):
    def test_all_schedules_are_tried_where_there_are_few_and_that_is_told(self) -> None:
        report = explore(second_comes_second, 200, liberties="channels,together")
        self.assertTrue(report.tally.exhausted)
        self.assertEqual(report.tally.runs, report.tally.different)
        self.assertIn("there are no others: every schedule was tried", report.as_text())

    def test_different_schedules_are_counted_and_what_was_taken(self) -> None:
        report = explore(careful, 40)
        self.assertLess(20, report.tally.different)
        self.assertLessEqual(report.tally.different, 40)
        text = report.as_text()
        self.assertIn(f"schedules: 40 runs, {report.tally.different} different", text)
        self.assertIn("by seed, from 0 to 19", text)
        self.assertEqual(report.tally.different, report.to_json()["schedules"]["different"])  # type: ignore[index]

    def test_of_many_failures_some_are_shown(self) -> None:
        told = [outcome(f"liberties {each}", Kind.FAILED, "Error" + "x" * each) for each in range(40)]
        report = ExploreReport("a", [], [], told)
        self.assertIn(f"({40 - MOST_GROUPS} more groups)", report.as_text().splitlines())
        self.assertEqual(str(report), report.as_text())

    def test_a_schedule_that_does_not_fail_again_stays_as_it_is(self) -> None:
        failed = Outcome(Case(liberties="3"), Kind.FAILED, "it failed", schedule="late.1=2/3 reads.1=1/2")
        self.assertEqual([failed], cut_down([failed], lambda case: Outcome(case, Kind.PASSED)))

    def test_of_those_that_fail_alike_the_one_with_the_fewest_liberties_is_cut_down(self) -> None:
        def run(case: Case) -> Outcome:
            return Outcome(case, Kind.FAILED if "late" in case.liberties else Kind.PASSED, "it failed")

        many = Outcome(Case(liberties="3"), Kind.FAILED, "it failed", schedule="late.1=2/3 reads.1=1/2")
        one = Outcome(Case(liberties="4"), Kind.FAILED, "it failed", schedule="late.1=0/3 late.2=2/3")
        found = cut_down([many, one], run)
        self.assertEqual([str(each.case) for each in found], ["liberties 3", "liberties late.2=2"])

    def test_what_makes_no_sense_is_told_at_once(self) -> None:
        for options, text in (
            ({"liberties": "chanels"}, "did you mean 'channels'?"),
            ({"only": "chanels.1=1"}, "did you mean 'channels'?"),
            ({"runs": 0}, "runs"),
        ):
            with self.assertRaises(ValueError) as caught:
                fakebroker.explore(careful, **options)
            self.assertIn(text, str(caught.exception))


class AsATest(TestCase):
    def test_a_test_method_is_an_exploration(self) -> None:
        class Publishing(SynchronousBrokerTestCase):
            @fakebroker.explore(runs=30, exhaustive_below=0, liberties="late")
            def test_it(self) -> None:
                one_confirm_for_each(self.broker)

        result = TestResult()
        Publishing("test_it").run(result)
        self.assertRegex(text_of(result), r"FAKEBROKER_LIBERTIES='late[.]\d+=\d' python -m twisted.trial .*test_it")

    def test_one_in_a_reactor_is_an_exploration_too(self) -> None:
        class Publishing(BrokerTestCase):
            @fakebroker.explore(runs=4, liberties="late")
            def test_it(self) -> Deferred[object]:
                return self.connect()

        result = TestResult()
        Publishing("test_it").run(result)
        self.assertEqual(([], []), (result.errors, result.failures))
        self.assertEqual(1, result.successes)

    def test_exactly_one_schedule_of_it_is_run_where_the_environment_says_so(self) -> None:
        class Publishing(SynchronousBrokerTestCase):
            @fakebroker.explore(runs=30)
            def test_it(self) -> None:
                one_confirm_for_each(self.broker)

        found = []
        for liberties in ("late.1=1", "none"):
            result = TestResult()
            with mock.patch.dict(os.environ, {"FAKEBROKER_LIBERTIES": liberties}):
                Publishing("test_it").run(result)
            found.append((len(result.failures), result.successes))
            if result.failures:
                self.assertIn("2 runs: 1 passed, 1 failed", text_of(result))
        self.assertEqual([(1, 0), (0, 1)], found)

    def test_a_test_that_is_none_takes_the_liberties_of_the_environment(self) -> None:
        class Publishing(SynchronousBrokerTestCase):
            def test_it(self) -> None:
                one_confirm_for_each(self.broker)

        outcomes, late = [], explore(one_confirm_for_each, liberties="late").groups[0].smallest.case.liberties
        for liberties in (late, "none"):
            result = TestResult()
            with mock.patch.dict(os.environ, {"FAKEBROKER_LIBERTIES": liberties}):
                Publishing("test_it").run(result)
            outcomes.append((len(result.errors), result.successes))
            if result.errors:
                self.assertIn(f"FAKEBROKER_LIBERTIES='{late}'", text_of(result))
        self.assertEqual([(1, 0), (0, 1)], outcomes)

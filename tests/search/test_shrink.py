"""Cases of several faults that fail are cut down to what fails alike."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import Any
from unittest import TestCase

from twisted.internet.defer import inlineCallbacks

from fakebroker import sweep
from fakebroker.search.case import Case
from fakebroker.search.outcome import Kind, Outcome
from fakebroker.search.shrink import MOST_RUNS, shrink, shrink_all
from fakebroker.testing import MemoryBroker
from tests.search.outcomes import points
from tests.search.scenarios import conversation

POINTS = points(*(f"1:out:basic.deliver:{number}" for number in range(1, 10)), "1:in:end:1")
FAULTS = ("reset", "close", "stall")


def failing(text: str, error: str = "it failed") -> Outcome:
    return Outcome(Case.parse(text), Kind.FAILED, error)


def runs(fails: Callable[[str], bool]) -> Callable[[Case], Outcome]:
    def run(case: Case) -> Outcome:
        return failing(str(case)) if fails(str(case)) else Outcome(case, Kind.PASSED)

    return run


class Shrinking(TestCase):
    three = "1:out:basic.deliver:3 stall + 1:out:basic.deliver:5 close + 1:out:basic.deliver:7 reset"

    def shrunk(self, fails: Callable[[str], bool]) -> Outcome:
        return shrink(failing(self.three), runs(fails), POINTS, FAULTS)

    def test_to_one_fault_at_the_earliest_crossing_and_the_simplest(self) -> None:
        self.assertEqual(str(self.shrunk(lambda case: True).case), "1:out:basic.deliver:1 reset")

    def test_what_is_needed_stays(self) -> None:
        both = self.shrunk(lambda case: "stall" in case and "close" in case)
        self.assertEqual(str(both.case), "1:out:basic.deliver:1 stall + 1:out:basic.deliver:2 close")
        self.assertEqual(str(self.shrunk(lambda case: "deliver:5 close" in case).case), "1:out:basic.deliver:5 close")

    def test_it_says_how_much_was_left_out(self) -> None:
        why = self.shrunk(lambda case: "deliver:5 close" in case).why
        self.assertRegex(why, rf"^cut down from {self.three.replace('+', '.')}: 2 of 3 faults left out, \d+ runs$")

    def test_another_error_is_not_the_same(self) -> None:
        found = shrink(failing(self.three), lambda case: failing(str(case), "another thing"), POINTS, FAULTS)
        self.assertEqual((str(found.case), found.why), (self.three, ""))

    def test_what_can_not_be_cut_down_stays_as_it_is(self) -> None:
        found = self.shrunk(lambda case: case == self.three)
        self.assertEqual((str(found.case), found.why), (self.three, ""))

    def test_half_of_many_faults_is_left_out_at_once(self) -> None:
        asked: list[Case] = []
        many = " + ".join(f"1:out:basic.deliver:{number} reset" for number in range(1, 9))

        def run(case: Case) -> Outcome:
            asked.append(case)
            return runs(lambda text: "deliver:8 reset" in text)(case)

        found = shrink(failing(many), run, POINTS, FAULTS)
        self.assertEqual(str(found.case), "1:out:basic.deliver:8 reset")
        self.assertEqual([len(case.faults) for case in asked[:4]], [4, 4, 2, 2])

    def test_it_takes_no_more_runs_than_a_case_is_worth(self) -> None:
        asked: list[Case] = []

        def run(case: Case) -> Outcome:
            asked.append(case)
            return Outcome(case, Kind.PASSED)

        text = " + ".join(f"1:out:basic.deliver:{number} stall" for number in (150, 200, 250))
        shrink(failing(text), run, points(*(f"1:out:basic.deliver:{number}" for number in range(1, 300))), FAULTS)
        self.assertEqual(len(asked), MOST_RUNS)

    def test_only_the_first_of_a_kind_that_no_fault_alone_shows(self) -> None:
        asked: list[str] = []

        def run(case: Case) -> Outcome:
            asked.append(str(case))
            return failing(str(case), "new")

        told = [failing("1:out:basic.deliver:1 reset", "known"), failing(self.three, "known"),
                failing(self.three, "new"), failing(self.three, "new")]  # fmt: skip
        found = shrink_all(told, run, POINTS, FAULTS)
        smallest = "1:out:basic.deliver:1 reset"
        self.assertEqual([str(each.case) for each in found], [smallest, self.three, smallest, self.three])
        self.assertTrue(asked)


@inlineCallbacks
def impatient(broker: MemoryBroker) -> Generator[Any, Any, None]:
    """Gives up when two things are late."""
    yield conversation(broker)
    if broker.clock.seconds() > 1.5:
        raise ValueError("too late")


class InASweep(TestCase):
    def test_a_pair_is_cut_down_and_run_again(self) -> None:
        report = sweep(impatient, faults="delay", pairs=20)
        self.assertTrue(report.found, report)
        [first] = [each for each in report.failures if each.why.startswith("cut down")]
        self.assertEqual(str(first.case), "1:in:connect:1 delay + 1:in:protocol-header:1 delay")
        self.assertEqual(first.error, "ValueError: too late")

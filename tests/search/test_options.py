"""What a sweep and an exploration are asked for, and what they say to what can't be."""

from __future__ import annotations

import os
from typing import Any
from unittest import TestCase, mock

from fakebroker import explore, sweep
from fakebroker.errors import RuleError
from fakebroker.faults.named import NAMED
from fakebroker.search.engine import CannotSweep
from fakebroker.search.outcome import Kind
from fakebroker.search.swept import FAULT
from tests.search.scenarios import conversation


class WrongOptions(TestCase):
    def test_an_option_that_there_is_not_is_named_with_the_one_that_was_meant(self) -> None:
        with self.assertRaisesRegex(TypeError, "^sweep: there is no option 'fault'; did you mean 'faults'"):
            sweep(conversation, **wrong(fault="reset"))
        with self.assertRaisesRegex(TypeError, "^sweep: there is no option 'fault'; did you mean 'faults'"):
            sweep(**wrong(fault="reset"))
        with self.assertRaisesRegex(TypeError, "^explore: there is no option 'run'; did you mean 'runs'"):
            explore(conversation, **wrong(run=3))

    def test_a_case_that_is_none_is_told_with_where_it_stands(self) -> None:
        with self.assertRaisesRegex(RuleError, "^only: 'reset' is not a case"):
            sweep(conversation, only="reset")
        with self.assertRaisesRegex(RuleError, "^only: there is no fault 'rest'"):
            sweep(conversation, only="1:in:connect:1 rest")
        with mock.patch.dict(os.environ, {FAULT: "reset"}), self.assertRaisesRegex(RuleError, f"^{FAULT}: 'reset' is"):
            sweep(conversation)

    def test_a_variable_that_is_empty_says_nothing(self) -> None:
        with mock.patch.dict(os.environ, {FAULT: ""}):
            report = sweep(conversation, only="1:in:connect:1 delay")
        self.assertEqual([str(each.case) for each in report.outcomes], ["no fault", "1:in:connect:1 delay"])

    def test_faults_are_names(self) -> None:
        report = sweep(conversation, faults=["nack", NAMED["delay"]], only="1:in:connect:1 delay")
        self.assertEqual(report.count(Kind.PASSED), 2)
        with self.assertRaisesRegex(TypeError, r"^faults are names such as 'network' or 'reset', and not \[3\]"):
            sweep(conversation, **wrong(faults=[3]))

    def test_progress_is_told_to_a_function(self) -> None:
        with self.assertRaisesRegex(TypeError, "^progress is True, or a function .*, and not 3"):
            sweep(conversation, **wrong(progress=3))

    def test_a_scenario_is_a_function(self) -> None:
        with self.assertRaisesRegex(TypeError, "^a scenario is a function that takes the broker, and not 3"):
            sweep(wrong(scenario=3)["scenario"])

    def test_one_that_tells_nothing_of_its_parameters_is_tried(self) -> None:
        with self.assertRaisesRegex(CannotSweep, "without a fault, .*: TypeError: .*MemoryBroker.* is not iterable"):
            sweep(wrong(scenario=max)["scenario"])

    def test_errors_that_are_allowed_for_some_faults_are_given_by_their_names(self) -> None:
        with self.assertRaisesRegex(TypeError, r"^allow_for has errors by the names of faults or families, and is not"):
            sweep(conversation, **wrong(allow_for=OSError))

    def test_verdicts_have_names(self) -> None:
        with self.assertRaisesRegex(ValueError, r"^verdicts ' ,': names are expected, all, or none"):
            sweep(conversation, verdicts=" ,")

    def test_a_case_is_a_string(self) -> None:
        with self.assertRaisesRegex(
            RuleError, "^only: a case is a string such as '2:out:basic.deliver:7 reset', not 3"
        ):
            sweep(conversation, **wrong(only=[3]))
        with self.assertRaisesRegex(RuleError, "^only: .*did you mean 'channels'"):
            sweep(conversation, only="1:in:connect:1 reset + liberties chanels.1=1")

    def test_a_scenario_has_some_time(self) -> None:
        with self.assertRaisesRegex(ValueError, "^within is a number of seconds above 0"):
            sweep(conversation, within=0)


def wrong(**options: Any) -> dict[str, Any]:
    """Options that the types don't allow."""
    return options

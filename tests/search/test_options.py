"""What a sweep and an exploration are asked for, and what they say to what can't be."""

from __future__ import annotations

import os
from typing import Any
from unittest import TestCase, mock

from fakebroker import explore, sweep
from fakebroker.errors import RuleError
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

    def test_a_scenario_has_some_time(self) -> None:
        with self.assertRaisesRegex(ValueError, "^within is a number of seconds above 0"):
            sweep(conversation, within=0)


def wrong(**options: Any) -> dict[str, Any]:
    """Options that the types don't allow."""
    return options

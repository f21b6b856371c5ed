"""The same report, byte for byte, in each run: twice, with one process or two, with another hash seed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from unittest import TestCase

from connector import ConnectorError
from fakebroker import sweep
from fakebroker.search.engine import CannotSweep
from fakebroker.search.report import Report
from tests.search.scenarios import conversation

ROOT = Path(__file__).parent.parent.parent

PROGRAM = """
import json
from tests.search.test_alike_runs import all_of, found
print(all_of(found()))
"""


def found(seed: int = 5, jobs: int = 1, only: str | None = None) -> Report:
    return sweep(conversation, faults="reset,close,cancel-consumer", pairs=20, seed=seed, jobs=jobs, only=only)


def all_of(report: Report) -> str:
    """All that a report has."""
    return f"{report}\n{report.to_json()}\n{report.junit()}\n" + "\n".join(map(repr, report.outcomes))


class Alike(TestCase):
    def test_twice_and_in_two_processes(self) -> None:
        first = all_of(found())
        self.assertIn("failed", first)
        self.assertEqual(first, all_of(found()))
        self.assertEqual(first, all_of(found(jobs=2)))
        self.assertEqual(first, all_of(found(jobs=3)))

    def test_with_another_hash_seed(self) -> None:
        told = [
            subprocess.run(
                [sys.executable, "-c", PROGRAM], cwd=ROOT, env={**os.environ, "PYTHONHASHSEED": seed},
                capture_output=True, text=True, timeout=60, check=True,
            ).stdout
            for seed in ("1", "2")
        ]  # fmt: skip
        self.assertIn("failed", told[0])
        self.assertEqual(told[0], told[1])

    def test_another_seed_draws_other_pairs(self) -> None:
        drawn = [[str(each.case) for each in found(seed=seed).outcomes] for seed in (1, 2)]
        one, two = ([case for case in cases if " + " in case] for cases in drawn)
        self.assertEqual((len(one), len(two)), (20, 20))
        self.assertNotEqual(one, two)


class Again(TestCase):
    def test_one_case_alone_ends_as_it_did_among_the_others(self) -> None:
        failures = found().failures
        pairs = [outcome for outcome in failures if len(outcome.case.faults) == 2]
        self.assertTrue(pairs)
        for outcome in (*failures[::9], *pairs[:3]):
            [again] = [each for each in found(only=str(outcome.case)).outcomes if each.case.faults]
            self.assertEqual((again.kind, again.error, again.place), (outcome.kind, outcome.error, outcome.place))
            self.assertEqual(again.transcript, outcome.transcript)

    def test_the_environment_names_a_case(self) -> None:
        os.environ["FAKEBROKER_FAULT"] = "1:in:basic.consume:1 reset"
        self.addCleanup(os.environ.pop, "FAKEBROKER_FAULT")
        report = sweep(conversation, allow=ConnectorError, only="1:in:connect:1 reset")
        self.assertEqual([str(each.case) for each in report.outcomes], ["no fault", "1:in:basic.consume:1 reset"])

    def test_a_case_that_does_not_come_to_pass_has_not_passed(self) -> None:
        with self.assertRaises(CannotSweep) as caught:
            sweep(conversation, only="7:in:connect:1 reset")
        self.assertEqual(
            str(caught.exception),
            "7:in:connect:1 reset: nothing went wrong: no rule acted; without a fault there is no crossing "
            "7:in:connect:1, but 1 of connect in, the last of them 1:in:connect:1",
        )

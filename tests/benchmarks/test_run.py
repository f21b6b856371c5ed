"""The whole of ``python -m benchmarks``, with as little of everything as there can be."""

import json
import os
import subprocess
import sys
from pathlib import Path
from unittest import TestCase, skipUnless

from benchmarks.figures import FIGURES
from benchmarks.measure import Effort, Pace, percentile

ROOT = Path(__file__).parent.parent.parent
VARIABLE = "FAKEBROKER_MEASURE_ALL"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "benchmarks", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120)


class TestRun(TestCase):
    @skipUnless(os.environ.get(VARIABLE), f"takes many seconds: set {VARIABLE}=1, as .ci/run does")
    def test_everything_can_be_measured_for_fakebroker_and_for_the_limit(self):
        done = run("--smoke", "--json", "--peers", "fakebroker,limit")
        self.assertEqual(done.returncode, 0, done.stderr)
        results = json.loads(done.stdout)
        optional = {name for name in FIGURES if "pika" in name}
        self.assertEqual([name for name in FIGURES if name not in optional and name not in results], [], done.stderr)
        for name, found in results.items():
            self.assertIn("fakebroker", found["values"], (name, done.stderr))

    def test_what_is_wanted_can_be_chosen(self):
        done = run("--smoke", "--only", "declare", "--peers", "limit")
        self.assertIn("declare passive, p99", done.stdout)
        self.assertNotIn("publish", done.stdout)
        self.assertIn("1/1", done.stderr)

    def test_an_unknown_server_is_refused(self):
        done = run("--peers", "rabbit")
        self.assertEqual(done.returncode, 2)
        self.assertIn("no such peer: rabbit; there are fakebroker, rabbitmq, garagemq, limit", done.stderr)


class TestPace(TestCase):
    def test_a_run_that_was_far_too_short_is_repeated_with_more(self):
        counts = []

        def run(count: int) -> float:
            counts.append(count)
            return count / 1000

        self.assertEqual(Pace(Effort(1, 0.5, 1), first=10, most=10_000).per_second(run), 1000)
        self.assertEqual(counts, [10, 500])

    def test_there_are_never_more_than_the_most(self):
        counts = []

        def run(count: int) -> float:
            counts.append(count)
            return 1e-9

        Pace(Effort(1, 1, 1), first=10, most=100).per_second(run)
        self.assertEqual(counts, [10, 100])

    def test_a_percentile_is_a_value_that_was_measured(self):
        self.assertEqual(percentile([4, 1, 3, 2], 50), 2)
        self.assertEqual(percentile([4, 1, 3, 2], 99), 4)
        self.assertEqual(percentile([7], 50), 7)

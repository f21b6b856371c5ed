"""A few of the seeds of which ``python -m tests.seeds`` runs thousands."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from fakebroker.journal import compare
from tests.seeds.runs import RUNS, quietly


class TheSameSeed(SynchronousTestCase):
    def test_makes_the_same_run(self) -> None:
        for name in RUNS:
            for seed in range(4):
                self.assertIsNone(compare(quietly(name, seed), quietly(name, seed)), f"{name} {seed}")

    def test_and_another_seed_another(self) -> None:
        for name in RUNS:
            self.assertNotEqual(quietly(name, 0), quietly(name, 1), name)

"""A few seeds of each client's program, as ``python -m tests.clients`` runs a thousand."""

from __future__ import annotations

import sys
from functools import cache
from unittest import TestCase, skipIf

from tests.clients import campaign
from tests.clients.catalogue import CLIENTS

SEEDS = (0, 7)
"""In the first nothing goes wrong."""


@cache
def all_clients() -> tuple[dict[str, campaign.Result], str]:
    """What all clients that are installed gave in two processes, and what was told meanwhile."""
    told: list[str] = []
    installed = [name for name, client in CLIENTS.items() if not client.missing()]
    results = dict(campaign.run(installed, SEEDS, campaign.sides([], twice=True), told.append))
    return results, "\n".join(told)


class Each(TestCase):
    """A test is made for each client that is installed."""

    def runs_the_same_in_another_process(self, name: str) -> None:
        """Another hash seed, working directory and user change nothing; nothing hangs; what can be done is done."""
        results, told = all_clients()
        result = results[name]
        self.assertEqual((result.unlike, result.verdicts["broken"]), ([], 0), told)
        self.assertGreaterEqual(result.verdicts["done"], 1, told)


def add_tests() -> None:
    """The tests of Each."""
    for name, client in CLIENTS.items():
        def test(self: Each, name: str = name) -> None:
            self.runs_the_same_in_another_process(name)

        test.__doc__ = f"{name}: {Each.runs_the_same_in_another_process.__doc__}"
        missing = client.missing()
        words = f"test_{name.replace('-', '_')}_runs_the_same_in_another_process"
        setattr(Each, words, skipIf(missing, f"{missing} is not installed")(test))


add_tests()


@skipIf(CLIENTS["pika"].missing() or CLIENTS["py-amqp"].missing(), "pika or py-amqp is not installed")
class Comparing(TestCase):
    def test_two_runs_that_differ_are_told_with_the_first_line_and_the_command(self) -> None:
        """A process that runs another program stands for one in which the program went another way."""
        told: list[str] = []
        other = Another(sys.executable, 0, "somebody", is_away=False)
        [(_, result)] = campaign.run(["py-amqp"], [0], [*campaign.sides([], twice=False), other], told.append)
        self.assertEqual(result.unlike, [0])
        self.assertIn("they first differ at", told[0])
        self.assertIn("python -m tests.clients py-amqp --seed 0 --twice --show", told[0])


class Another(campaign.Side):
    def start(self, clients, seeds, errors):
        return super().start(["pika"], seeds, errors)

"""Whatever is raised, wherever: the test is told of it, everybody else is served, and the broker stops cleanly."""

from __future__ import annotations

import os
import random
import sys
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from tests.sabotage import QUIET, SCENES, Boundary, Injected, Stage, boundaries, octets, sabotaged

EVERYWHERE = bool(os.environ.get("FAKEBROKER_SABOTAGE_ALL"))
"""Whether to try every call there is, some thousands, which takes minutes."""
SAMPLE = 60
"""How many calls of each scene are tried otherwise: always the same ones, spread over all of it."""


class Sabotage(SynchronousTestCase):
    """An exception is raised at one call of the broker's code, at one after the other."""

    def sweep(self, name: str) -> None:
        scene = SCENES[name]
        scene(Stage())  # what is computed once and kept has been by now
        found = boundaries(scene)
        self.assertGreater(len(found), 500)
        if not EVERYWHERE:
            chosen = random.Random(name).sample(range(len(found)), SAMPLE)
            found = [found[number] for number in sorted(chosen)]
        wrong = [f"{boundary}: {fault}" for boundary in found for fault in self.faults(name, boundary)]
        self.assertEqual([], wrong)

    def faults(self, name: str, boundary: Boundary) -> list[str]:
        """What is wrong after the call at a boundary has raised."""
        ignored: list[Any] = []
        hook, sys.unraisablehook = sys.unraisablehook, lambda it: ignored.append(it.exc_value)
        try:
            stage = sabotaged(SCENES[name], boundary)
        finally:
            sys.unraisablehook = hook
        found = []
        if name != "outage" and not stage.serves(stage.bystander, "apart", b"for the bystander"):
            found.append("the bystander is not served")
        fresh = stage.connect([*QUIET, octets("queue.declare", queue="fresh"),
                               octets("basic.consume", queue="fresh", no_ack=True)])  # fmt: skip
        if not stage.serves(fresh, "fresh", b"for a new client"):
            found.append("a new client is not served")
        logged = [failure.value for failure in self.flushLoggedErrors()]
        # The interpreter itself keeps what a generator raises that it closes.
        if not any(isinstance(error, Injected) for error in (*stage.raised, *logged, *ignored)):
            found.append("nobody is told of it")
        stopped: list[object] = []
        stage.attempt(lambda: stage.broker.stop().addCallback(stopped.append))
        stage.attempt(stage.clock.settle)
        if not stopped:
            found.append("the broker does not stop")
        if stage.clock.calls:
            found.append(stage.clock.due())
        return found

    def test_while_clients_do_what_clients_do(self) -> None:
        self.sweep("clients")

    def test_while_rules_are_at_work(self) -> None:
        self.sweep("faults")

    def test_while_an_operator_is_at_work(self) -> None:
        self.sweep("operator")

    def test_while_the_broker_restarts_and_goes_down(self) -> None:
        self.sweep("outage")

"""One scenario on two brokers, and whether they part for good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.differential.cleaning import Cleaner
from tests.differential.compare import Divergence, dump, first_divergence
from tests.differential.peers import Peer
from tests.differential.runner import Run, play
from tests.differential.scenario import Scenario

Player = Callable[[Scenario], list[Any]]
CARE = 0.01  # seconds between rounds of probes when it matters


class Reference:
    """A real broker, left clean after each scenario."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer
        self._cleaner = Cleaner(peer)
        self._cleaner.clean_usual()

    def __call__(self, scenario: Scenario) -> list[Any]:
        run = Run(scenario, self._peer)
        try:
            return run.play()
        finally:
            self._cleaner.clean(run)

    def carefully(self, scenario: Scenario) -> list[Any]:
        """The same with time to write to its disk at every step: deliveries of persistent messages wait for it."""
        self._peer.pause = CARE
        try:
            return self(scenario)
        finally:
            self._peer.pause = 0.0

    def close(self) -> None:
        self._cleaner.close()


def on_fresh(make: Callable[[], Peer]) -> Player:
    """A player that has a new broker for every scenario."""
    return lambda scenario: play(scenario, make())


class Duel:
    """Plays scenarios to a reference and to a candidate.

    A live broker has races. Where the two differ, the reference is asked again, and given more time: a divergence
    counts when none of its answers is the candidate's.

    :param again: the reference, asked with more care; by default the same.
    """

    def __init__(self, reference: Player, candidate: Player, again: Player | None = None, tries: int = 3) -> None:
        self.reference = reference
        self.again = again or reference
        self.candidate = candidate
        self.tries = tries
        self.unsteady = 0

    def divergence(self, scenario: Scenario) -> Divergence | None:
        """How they part, None when they don't."""
        answers: list[list[Any]] = []
        found: Divergence | None = None
        for _ in range(self.tries):
            answers.append((self.again if answers else self.reference)(scenario))
            found = first_divergence(scenario, answers[-1], self.candidate(scenario))
            if found is None:
                self.unsteady += len(answers) > 1
                return None
        answers = answers[1:] or answers
        if any(dump(other) != dump(answers[0]) for other in answers):
            self.unsteady += 1
            return found if all(_parts_before(scenario, answers, found)) else None
        return found


def _parts_before(scenario: Scenario, answers: list[list[Any]], found: Divergence | None) -> list[bool]:
    """Whether the reference agreed with itself at least up to the divergence."""
    assert found is not None
    upto = found.step + 1
    return [dump(answers[0][:upto]) == dump(other[:upto]) for other in answers]

"""Whatever liberties are taken, the answers are those that the differential test calls the same as RabbitMQ's."""

from __future__ import annotations

from unittest import TestCase

from hypothesis import strategies as st

from tests.differential import records
from tests.differential.compare import first_divergence
from tests.differential.generate.scenario import generate
from tests.differential.memory import MemoryPeer
from tests.differential.runner import play
from tests.differential.scenario import Scenario
from tests.properties import given

ANY = "all,-early"
"""With ``early`` commands that are sent together are answered as if they had come one by one, which the differential
test does not call the same: what it means is in ``test_early``."""


def hasty(scenario: Scenario) -> bool:
    """Whether it counts tenths of seconds: the delays of liberties add up to more."""
    return "time" in scenario.name or any(step[1] == "wait" or "x-expires" in str(step) for step in scenario.steps)


class AnyLiberty(TestCase):
    def test_rabbitmqs_recorded_answers_are_given_with_every_liberty_taken(self) -> None:
        number = 0
        for group in ("messages", "regressions", "random", "letters", "quorum"):
            for case in records.read(group):
                number += 1
                if number % 5:
                    continue
                scenario, expected = next(iter(records.replays(case)))
                if not hasty(scenario):
                    divergence = first_divergence(scenario, expected, play(scenario, MemoryPeer(f"{number}:{ANY}")))
                    self.assertIsNone(divergence, f"with the liberties {number}:{ANY}\n{divergence}")

    @given(st.integers(0, 1_000_000), st.integers(0, 1_000_000))
    def test_a_random_conversation_is_answered_in_the_same_way(self, number: int, seed: int) -> None:
        scenario = generate(number, ("0-8", "0-9", "0-9-1")[number % 3])
        if hasty(scenario):
            return
        expected = play(scenario, MemoryPeer())
        divergence = first_divergence(scenario, expected, play(scenario, MemoryPeer(f"{seed}:{ANY}")))
        self.assertIsNone(divergence, f"with the liberties {seed}:{ANY}\n{divergence}")

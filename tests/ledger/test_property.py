"""Whatever clients do, and whatever rules do to them: the ledger says of each copy what the broker's queues say."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from tests.ledger.play import CONVERSATIONS, DRAWN_RULES, Agreement, Play, Step
from tests.properties import given

OFTEN = 10
"""After how many steps the ledger is held against the queues: it takes longer than the steps."""


class TheLedgerAndTheQueues(SynchronousTestCase):
    def play(self, steps: list[Step], rules: list[tuple[int, int]]) -> None:
        play = Play()
        play.add_rules(rules)
        for number, step in enumerate(steps, 1):
            play.step(*step)
            if number % OFTEN == 0 or number == len(steps):
                Agreement(self, play.broker).check()
        play.stop()
        self.assertEqual(self.flushLoggedErrors(), [])

    @given(CONVERSATIONS, examples=25)
    def test_agree_in_any_conversation(self, steps: list[Step]) -> None:
        self.play(steps, [])

    @given(CONVERSATIONS, DRAWN_RULES, examples=25)
    def test_agree_whatever_rules_do(self, steps: list[Step], rules: list[tuple[int, int]]) -> None:
        self.play(steps, rules)


class TheLedgerAndTheClients(SynchronousTestCase):
    def journal(self, steps: list[Step], rules: list[tuple[int, int]], ledger: bool) -> str:
        play = Play(ledger)
        play.add_rules(rules)
        for step in steps:
            play.step(*step)
        play.stop()
        return play.broker.journal.transcript()

    @given(CONVERSATIONS, DRAWN_RULES, examples=8)
    def test_nobody_can_tell_that_there_is_a_ledger(self, steps: list[Step], rules: list[tuple[int, int]]) -> None:
        self.assertEqual(self.journal(steps, rules, True), self.journal(steps, rules, False))

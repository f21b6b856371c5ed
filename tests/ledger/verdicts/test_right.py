"""Verdicts are just: none fails on a client that is right, whatever goes wrong.

``FAKEBROKER_EXAMPLES=1000`` tries more of everything.
"""

from __future__ import annotations

import os
import random
from functools import cache
from unittest import TestCase

import fakebroker
from fakebroker import FakeBroker
from fakebroker.errors import RuleError
from fakebroker.faults import ACTIONS
from fakebroker.faults.catalogue import action_from_json
from fakebroker.faults.examples import example
from fakebroker.faults.match import when
from fakebroker.faults.named import NAMED, Known
from fakebroker.faults.rule import Rule
from fakebroker.journal import Entry
from fakebroker.predicates.addresses import Address
from fakebroker.testing.clock import VirtualClock
from tests.clients.disturb import CHAOS
from tests.ledger.verdicts.right import RightProgram

EXAMPLES = int(os.environ.get("FAKEBROKER_EXAMPLES", "3"))
LONG = 600.0
"""Seconds in which the program has done all that it can."""


def play(*rules: Rule, seed: int = 0, chaos: float = 0.0) -> tuple[FakeBroker, RightProgram]:
    """Run the right program, with these rules."""
    clock = VirtualClock()
    broker = FakeBroker(clock=clock, ledger=True, seed=seed)
    for each in rules:
        broker.faults.add(each)
    if chaos:
        broker.faults.chaos(CHAOS, probability=chaos)
    program = RightProgram(broker, clock, window=1 + seed % 5)
    clock.advance(LONG)
    return broker, program


@cache
def plain() -> list[Entry]:
    """What passes when nothing goes wrong."""
    broker, _ = play()
    broker.stop()
    return [entry for entry in broker.journal if entry.address]


class RawProgram(TestCase):
    def assert_just(self, what: str, *rules: Rule, **options: float) -> None:
        broker, _ = play(*rules, **options)  # type: ignore[arg-type]
        try:
            with self.subTest(what):
                broker.ledger.assert_clean()
        finally:
            broker.stop()

    def test_nothing_is_said_against_it_where_nothing_goes_wrong(self) -> None:
        broker, program = play()
        self.assertTrue(program.is_over)
        self.assertEqual((program.connections, [str(each) for each in broker.ledger.verdicts()]), (1, []))
        broker.stop()

    def test_it_ends_well_after_most_faults(self) -> None:
        """Or else this would prove little."""
        rules = [rule for name in ("reset", "nack", "cancel-consumer") for rule in self.rules_of(name)[:3]]
        for each in rules:
            broker, program = play(each)
            self.assertTrue(program.is_over, str(each))
            broker.stop()

    def rules_of(self, name: str) -> list[Rule]:
        """The rules of a named fault at each crossing where it can act."""
        known = Known.of(plain())
        places = [entry for entry in plain() if not NAMED[name].unable(entry, known)]
        return [rule for entry in places for rule in NAMED[name].rules(Address.parse(entry.address or ""))]

    def test_no_named_fault_makes_a_verdict_fail(self) -> None:
        chance = random.Random("where")
        known = Known.of(plain())
        for name, fault in NAMED.items():
            places = [entry for entry in plain() if not fault.unable(entry, known)]
            for entry in chance.sample(places, min(EXAMPLES, len(places))):
                address = Address.parse(entry.address or "")
                self.assert_just(f"{address} {name}", *fault.rules(address))

    def test_no_action_makes_a_verdict_fail(self) -> None:
        chance = random.Random("where")
        for kind in ACTIONS.values():
            for entry in chance.sample(plain(), min(EXAMPLES, len(plain()))):
                action = action_from_json(example(kind))
                try:
                    rule = fakebroker.faults.rule(when(entry.address), action)
                except RuleError:
                    continue  # not at such a crossing
                self.assert_just(f"{entry.address} {kind.name()}", rule)

    def test_no_chaos_makes_a_verdict_fail(self) -> None:
        for seed in range(10 * EXAMPLES):
            self.assert_just(f"seed {seed}", seed=seed, chaos=(0.005, 0.02, 0.05)[seed % 3])

"""Chance: what each rule draws depends on the seed, the rule and the item, and on no other rule."""

from __future__ import annotations

from typing import Any

from fakebroker import FakeBroker
from fakebroker.errors import RuleError
from fakebroker.faults import ActiveRule, Chaos, Delay, Drop, Duplicate, Weighted, rule, rule_from_json, when
from fakebroker.journal.entries import Acted
from tests.faults.scene import Scene


class Chance(Scene):
    def acted(self, active: ActiveRule) -> list[tuple[int, str]]:
        """On which messages a rule has acted: the connection's number and the body."""
        found = []
        for entry in self.broker.journal:
            item = entry.item
            if isinstance(item, Acted) and item.number == active.number:
                found.append((entry.connection, item.item.content.body.decode()))  # type: ignore[union-attr]
        return found

    def play(self, *clients: Any, count: int = 40) -> None:
        for number in range(count):
            for client in clients:
                self.publish(client, str(number))
        self.clock.advance(100)

    def test_a_rule_that_is_taken_out_changes_nothing_that_others_draw(self) -> None:
        runs = []
        for taken in (None, 0, 1, 2):
            self.setUp()
            rules = [
                self.add(when("basic.publish"), Drop(), times=None, probability=0.3),
                self.add(when("basic.publish"), Duplicate(), times=None, probability=0.2),
                self.add(when("basic.publish"), Delay(0.1, jitter=1), times=None, probability=0.5),
            ]
            if taken is not None:
                rules[taken].remove()
            self.play(self.client())
            runs.append([set(self.acted(each)) for each in rules])
        everything, without_drop, without_copies, without_delay = runs
        self.assertEqual(everything[0], without_copies[0])
        self.assertEqual(everything[0], without_delay[0])
        self.assertEqual(everything[1], without_drop[1] - everything[0])
        self.assertEqual(everything[2], without_drop[2] - everything[0])
        self.assertTrue(all(runs[0]))

    def test_a_rule_that_is_likelier_acts_where_it_did_before_and_elsewhere(self) -> None:
        runs = []
        for probability in (0.2, 0.5):
            self.setUp()
            active = self.add(when("basic.publish"), Drop(), times=None, probability=probability)
            self.play(self.client())
            runs.append(set(self.acted(active)))
        self.assertLess(runs[0], runs[1])

    def test_counted_for_each_connection_it_does_not_matter_who_comes_first(self) -> None:
        runs = []
        for turned in (False, True):
            self.setUp()
            active = self.add(when("basic.publish", per="connection"), Drop(), times=None, probability=0.4)
            clients = [self.client(), self.client()]
            self.play(*(clients[::-1] if turned else clients))
            runs.append(sorted(self.acted(active)))
        self.assertEqual(*runs)

    def test_drawn_once_for_a_connection_it_holds_for_all_of_its_items(self) -> None:
        active = self.add(when("basic.publish"), Drop(), times=None, probability=0.5, drawn="connection")
        self.play(*(self.client() for _ in range(12)), count=3)
        acted = self.acted(active)
        struck = {connection for connection, _ in acted}
        self.assertTrue(2 < len(struck) < 10, struck)
        self.assertEqual({(each, str(number)) for each in struck for number in range(3)}, set(acted))

    def test_chaos_drawn_once_for_a_connection_does_the_same_to_all_of_its_items(self) -> None:
        chaos = Chaos((Weighted(1, Drop()), Weighted(1, Delay(1)), Weighted(1, Duplicate())))
        self.add(when("basic.publish"), chaos, times=None, drawn="connection")
        self.play(*(self.client() for _ in range(10)), count=3)
        did: dict[int, set[str]] = {}
        for entry in self.broker.journal:
            if isinstance(entry.item, Acted):
                did.setdefault(entry.connection, set()).add(entry.item.action)
        self.assertEqual([1] * 10, [len(actions) for actions in did.values()])
        self.assertEqual(3, len(set.union(*did.values())))

    def test_another_seed_draws_others(self) -> None:
        runs = []
        for seed in (0, 0, 1):
            self.setUp()
            self.broker = FakeBroker(clock=self.clock, seed=seed)
            active = self.broker.faults.add(when("basic.publish"), Drop(), times=None, probability=0.5)
            self.play(self.client())
            runs.append(self.acted(active))
        self.assertEqual(runs[0], runs[1])
        self.assertNotEqual(runs[1], runs[2])


class Budgets(Scene):
    def dropped(self, count: int, apart: float = 0.0, client: Any = None) -> list[int]:
        """Which of so many messages are lost."""
        client = client or self.client()
        for number in range(1, count + 1):
            self.publish(client, str(number))
            self.clock.advance(apart)
        left = [message.body.decode() for message in self.broker.vhosts["/"].queues["q"].ready]
        return [number for number in range(1, count + 1) if str(number) not in left]

    def test_from_the_third_on(self) -> None:
        self.add(when("basic.publish", from_=3), Drop())
        self.assertEqual([3, 4, 5, 6], self.dropped(6))

    def test_from_the_third_on_as_often_as_is_said(self) -> None:
        self.add(when("basic.publish", from_=3), Drop(), times=2)
        self.assertEqual([3, 4], self.dropped(6))

    def test_from_the_second_on_every_third(self) -> None:
        self.add(when("basic.publish", from_=2, every=3), Drop())
        self.assertEqual([2, 5, 8], self.dropped(9))

    def test_so_many_times_within_so_many_seconds(self) -> None:
        self.add(when("basic.publish"), Drop(), times=2, within=10)
        self.assertEqual([1, 2, 5, 6, 9, 10], self.dropped(10, apart=2.5))

    def test_so_often_in_all_whatever_is_counted(self) -> None:
        active = self.add(when("basic.publish", per="connection"), Drop(), budget=3)
        for _ in range(5):
            self.publish(self.client())
        self.assertEqual((3, 2), (active.acted, self.waiting()))
        self.assertTrue(active.spent)

    def test_chaos_with_a_budget(self) -> None:
        chaos = self.broker.faults.chaos({Drop(): 1}, probability=0.5, when=when("basic.publish"), budget=3)
        self.assertEqual(3, len(self.dropped(20)))
        self.assertEqual((20, 3), (chaos.matched, chaos.acted))

    def test_it_is_said_in_json_and_in_text(self) -> None:
        made = rule(
            when("basic.publish", from_=3), Drop(), times=2, within=10, budget=5, probability=0.5, drawn="connection"
        )
        form = {
            "when": {"what": "basic.publish", "from": 3},
            "then": {"action": "drop"},
            "times": 2,
            "within": 10,
            "budget": 5,
            "probability": 0.5,
            "drawn": "connection",
        }
        self.assertEqual(form, made.to_json())
        self.assertEqual(made, rule_from_json(form))
        self.assertEqual(
            "when('basic.publish', from_=3) -> Drop(), 2 times, within 10, budget 5, probability 0.5, drawn connection",
            str(made),
        )

    def test_what_is_wrong_is_told(self) -> None:
        for often, told in (
            ({"within": 0, "times": 1}, "within: 0 is not a number of seconds above 0"),
            ({"within": 5, "times": None}, "give times a number, too"),
            ({"budget": 0}, "budget: 0 is not a number from 1, nor None for no limit"),
            ({"probability": 2}, "probability: 2 is not above 0 and up to 1"),
            ({"drawn": "channel"}, "drawn: 'channel' is neither 'item' nor 'connection'"),
        ):
            error = self.assertRaises(RuleError, rule, when("basic.publish"), Drop(), **often)
            self.assertIn(told, str(error))
        for which in (when("basic.publish", from_=0), when("basic.publish", from_=2, nth=2)):
            self.assertRaises(RuleError, rule, which, Drop())

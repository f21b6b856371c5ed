"""Rules that name one crossing, by its number or its address."""

from __future__ import annotations

import contextlib
from typing import Any

from fakebroker.errors import RuleError
from fakebroker.faults import CloseConnection, Delay, Do, Drop, Nack, Reset, rule, rule_from_json, when
from fakebroker.journal import Acted, loads
from fakebroker.predicates.addresses import Address
from tests.faults.scene import Scene, bodies


class OneCrossing(Scene):
    def talk(self, **options: Any) -> list[Any]:
        """Two clients that publish to themselves and to the other, and get what comes."""
        clients = [self.consuming(**options), self.consuming(**options)]
        for number in range(4):
            for which, client in enumerate(clients):
                self.publish(client, f"{'ab'[which]}{number}")
        return clients

    def crossings(self) -> list[tuple[int | None, str | None]]:
        return [(entry.number, entry.address) for entry in self.broker.journal]

    def test_an_address_names_it(self) -> None:
        self.add(when("2:out:basic.deliver:3"), Drop())
        first, second = self.talk()
        self.assertEqual((4, 3), (len(bodies(first)), len(bodies(second))))
        self.assertNotIn("2:out:basic.deliver:3", [address for _, address in self.crossings()])

    def test_the_journal_says_where_a_rule_has_acted(self) -> None:
        self.add(when("basic.deliver", connection=2, nth=3), Drop())
        self.talk()
        [(entry, acted)] = [(each, each.item) for each in self.broker.journal if isinstance(each.item, Acted)]
        self.assertEqual((None, "2:out:basic.deliver:3"), (entry.address, acted.address))
        told = [record.address for record in loads(self.broker.journal.json_lines()) if record.kind == "rule"]
        self.assertEqual(["2:out:basic.deliver:3"], told)

    def test_a_number_names_it(self) -> None:
        self.talk()
        number = {address: number for number, address in self.crossings()}["2:out:basic.deliver:3"]
        self.setUp()
        self.add(when(crossing=number), Drop())
        first, second = self.talk()
        self.assertEqual((4, 3), (len(bodies(first)), len(bodies(second))))

    def test_an_action_on_the_connection_acts_whatever_the_direction(self) -> None:
        for address in ("1:in:connect:1", "1:in:basic.publish:2", "1:out:basic.deliver:2", "1:in:protocol-header:1"):
            for action in (Reset(), CloseConnection(320, "gone")):
                self.setUp()
                if address.endswith("connect:1") and isinstance(action, CloseConnection):
                    continue
                active = self.add(when(address), action)
                with contextlib.suppress(Exception):  # the client meets the end in the middle of what it does
                    self.talk()
                self.assertEqual(1, active.acted, address)

    def test_confirms_are_told_as_if_there_were_no_rule(self) -> None:
        def answers() -> list[tuple[int, bool]]:
            client = self.confirming()
            with self.broker.turn:
                for _ in range(4):
                    self.publish(client)
            return [event.args[:2] for event in client.events]

        plain = answers()
        self.setUp()
        self.add(when("1:out:basic.ack:77"), Nack())
        self.assertEqual(plain, answers())

    def test_a_rule_that_comes_late_knows_what_was_before(self) -> None:
        client = self.client()
        for _ in range(3):
            self.publish(client)
        active = self.add(when("1:in:basic.publish:5"), Drop())
        for _ in range(3):
            self.publish(client)
        self.assertEqual((1, 5), (active.acted, self.waiting()))

    def test_a_rule_for_a_crossing_that_was_before_never_acts(self) -> None:
        client = self.client()
        self.publish(client)
        self.add(when("1:in:basic.publish:1"), Drop())
        self.publish(client)
        story = self.broker.faults.never_acted()
        self.assertIn("rule 1 never acted: when('1:in:basic.publish:1') -> Drop()", story)
        self.assertRegex(story, r"it is crossing \d+, 1:in:basic\.publish:2")

    def test_it_may_ask_for_more(self) -> None:
        self.add(when("1:in:basic.publish:1", routing_key="other"), Drop())
        self.add(when(crossing="1:in:basic.publish:1", routing_key="q"), Delay(1))
        self.publish(self.client())
        self.assertEqual([0, 1], [active.acted for active in self.broker.faults.rules])

    def test_it_is_written_in_json_and_read_again(self) -> None:
        for crossing in (17, "2:out:basic.deliver:7", "1:in:end:1", "1:in:connect:1"):
            action = Do("restart") if crossing == "1:in:end:1" else Reset()
            made = rule(when(crossing=crossing), action)
            self.assertEqual({"crossing": crossing}, made.when.to_json())
            self.assertEqual(made, rule_from_json(made.to_json()))
        self.assertEqual(when("2:out:basic.deliver:7"), when(crossing=Address(2, "out", "basic.deliver", 7)))
        self.assertEqual("when('2:out:basic.deliver:7', queue='q')", str(when("2:out:basic.deliver:7", queue="q")))
        self.assertEqual("when(crossing=17)", str(when(crossing=17)))

    def test_what_is_wrong_is_told(self) -> None:
        for given, told in (
            ("2:out:basic.delivr:7", "nothing that crosses is named 'basic.delivr'; did you mean 'basic.deliver'"),
            ("2:up:basic.deliver:7", "'up' is neither 'in' (from the client) nor 'out'"),
            ("2:in:basic.deliver:7", "basic.deliver never goes 'in', only 'out'"),
            ("0:out:basic.deliver:7", "its connection '0' is not a number from 1"),
            ("1:out:basic.deliver:x", "its occurrence 'x' is not a number from 1"),
            ("1:out:basic.deliver", "is no address of a crossing; one is '2:out:basic.deliver:7'"),
            ("1:in:method:3", "nothing that crosses is named 'method'"),
        ):
            with self.subTest(given):
                self.assertIn(told, str(self.assertRaises(RuleError, when, given)))
        for wrong in (0, -1, True, 1.5):
            self.assertRaises(RuleError, when, crossing=wrong)
        self.assertRaises(RuleError, when, "basic.publish", crossing="1:out:basic.deliver:1")
        self.assertRaises(RuleError, when, "1:out:basic.deliver:1", "in")
        self.assertRaises(RuleError, when, "1:out:basic.deliver:1", crossing=3)
        nth = self.assertRaises(RuleError, rule, when("1:out:basic.deliver:1", nth=3), Drop())
        self.assertIn("nth", str(nth))

    def test_an_action_that_can_not_act_there_is_refused(self) -> None:
        error = self.assertRaises(RuleError, rule, when("1:in:basic.publish:2"), Nack())
        self.assertIn("nack acts on what goes out to the client, so never on basic.publish", str(error))

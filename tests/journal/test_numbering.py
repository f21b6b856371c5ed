"""Numbers and addresses of crossings in the journal."""

from __future__ import annotations

from fakebroker.faults import Delay, Drop, Duplicate, Hold, Say, Slice, when
from fakebroker.journal import Entry, loads
from tests.faults.scene import Scene


class Crossings(Scene):
    def addresses(self, *names: str) -> list[str]:
        """The addresses in the journal, in order: those of these names, or all."""
        found = [entry.address for entry in self.broker.journal if entry.address is not None]
        return [each for each in found if not names or each.split(":")[2] in names]

    def numbers(self) -> list[int]:
        return [entry.number for entry in self.broker.journal if entry.number is not None]

    def test_each_item_has_a_number_and_an_address(self) -> None:
        client = self.connect().open()
        client.hang_up()
        self.assertEqual(
            [
                *("1:in:connect:1", "1:in:protocol-header:1", "1:out:connection.start:1"),
                *("1:in:connection.start-ok:1", "1:out:connection.tune:1", "1:in:connection.tune-ok:1"),
                *("1:in:connection.open:1", "1:out:connection.open-ok:1", "1:in:end:1"),
            ],
            self.addresses(),
        )
        self.assertEqual(list(range(1, 10)), self.numbers())

    def test_each_connection_counts_for_itself_and_the_numbers_go_on(self) -> None:
        clients = [self.client(), self.client()]
        before = self.numbers()[-1]
        for client in (clients[1], clients[0], clients[1]):
            self.publish(client)
        self.assertEqual(
            ["2:in:basic.publish:1", "1:in:basic.publish:1", "2:in:basic.publish:2"], self.addresses("basic.publish")
        )
        self.assertEqual([before + 1, before + 2, before + 3], self.numbers()[-3:])

    def test_heartbeats_and_what_is_no_frame_have_one_too(self) -> None:
        client = self.connect().open(heartbeat=1)
        self.clock.advance(1)
        client.send_octets(b"\x09nonsense" * 2)
        self.assertEqual(["1:out:heartbeat:1", "1:in:malformed:1"], self.addresses("heartbeat", "malformed"))

    def test_commands_that_pass_as_one_are_as_many_as_there_are(self) -> None:
        client = self.client()
        client.send_octets(client.octets_of("basic.publish", 1, b"x", routing_key="q") * 40)
        self.publish(client)
        self.assertEqual([f"1:in:basic.publish:{count}" for count in range(1, 42)], self.addresses("basic.publish"))
        self.assertEqual(list(range(1, len(self.numbers()) + 1)), self.numbers())

    def test_what_is_forgotten_is_counted(self) -> None:
        client = self.client()
        for _ in range(3):
            self.publish(client)
        self.broker.journal.clear()
        self.publish(client)
        [entry] = self.broker.journal.published()
        self.assertEqual(("1:in:basic.publish:4", len(self.seen_without_forgetting())), (entry.address, entry.number))

    def seen_without_forgetting(self) -> list[Entry]:
        """The entries of the same conversation, none of which was forgotten."""
        other = type(self)("test_what_is_forgotten_is_counted")
        other.setUp()
        client = other.client()
        for _ in range(4):
            other.publish(client)
        return list(other.broker.journal)

    def test_what_is_forgotten_as_there_is_too_much_is_counted(self) -> None:
        self.broker.journal.limit(max_entries=16)
        client = self.client()
        for _ in range(100):
            self.publish(client)
        self.assertTrue(self.broker.journal.forgotten)
        last = list(self.broker.journal)[-1]
        self.assertEqual(("1:in:basic.publish:100", self.broker.journal.crossings), (last.address, last.number))

    def test_whoever_watches_sees_them(self) -> None:
        seen: list[str | None] = []
        self.broker.journal.watch(lambda entry: seen.append(entry.address))
        self.client()
        self.assertEqual(self.addresses(), seen)

    def test_json_lines_tell_them(self) -> None:
        self.client()
        told = [(record.number, record.address) for record in loads(self.broker.journal.json_lines())]
        self.assertEqual([(entry.number, entry.address) for entry in self.broker.journal], told)

    def test_a_transcript_tells_numbers(self) -> None:
        self.add(when("basic.publish"), Drop())
        self.publish(self.client())
        lines = self.broker.journal.transcript(numbers=True).splitlines()
        self.assertEqual(" no    seconds    #1   ch", lines[0])
        self.assertEqual("  1      0.000   (o)       connected", lines[1])
        self.assertRegex(lines[-2], r"^ 13 +0\.000   -->    1  basic\.publish ")
        self.assertRegex(lines[-1], r"^    +0\.000    \*     1  rule \d: Drop\(\)")


class WithRules(Crossings):
    """The same conversations, while a rule that never acts makes the broker look at each item."""

    def setUp(self) -> None:
        super().setUp()
        self.rule = self.add(when("basic.qos", nth=77), Drop())

    def test_what_is_lost_late_or_held_shifts_no_numbers(self) -> None:
        for action in (Drop(), Delay(1), Hold(), Slice(3)):
            self.setUp()
            client = self.consuming()
            self.add(when("basic.deliver", nth=2), action)
            for _ in range(3):
                self.publish(client)
            self.clock.advance(2)
            deliveries = [each for each in self.addresses("basic.deliver") if not each.endswith(":2")]
            self.assertEqual(["1:out:basic.deliver:1", "1:out:basic.deliver:3"], deliveries)

    def test_what_comes_late_has_the_number_with_which_it_came(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver", nth=1), Hold())
        self.publish(client)
        self.publish(client)
        self.broker.faults.release()
        first, second = (self.broker.journal.delivered()[place].number or 0 for place in (1, 0))
        self.assertEqual(["1:out:basic.deliver:2", "1:out:basic.deliver:1"], self.addresses("basic.deliver"))
        self.assertLess(first, second)

    def test_what_a_rule_makes_up_has_none(self) -> None:
        client = self.consuming()
        self.add(when("basic.deliver", nth=1), Duplicate(2), Say("basic.cancel", consumer_tag="c"))
        self.publish(client)
        self.publish(client)
        found = [entry.number is not None for entry in self.broker.journal.find("basic.deliver")]
        self.assertEqual([True, False, False, True], found)
        self.assertEqual([None] * 3, [each.address for each in self.broker.journal.find("basic.cancel")])
        self.assertEqual(["1:out:basic.deliver:1", "1:out:basic.deliver:2"], self.addresses("basic.deliver"))

    def test_they_go_on_when_the_rules_are_gone(self) -> None:
        client = self.client()
        self.publish(client)
        self.rule.remove()
        other = self.client()
        self.publish(other)
        self.publish(client)
        self.add(when("basic.publish", nth=77), Drop())
        self.publish(other)
        self.assertEqual(list(range(1, len(self.numbers()) + 1)), self.numbers())
        self.assertEqual(
            ["1:in:basic.publish:1", "2:in:basic.publish:1", "1:in:basic.publish:2", "2:in:basic.publish:2"],
            self.addresses("basic.publish"),
        )

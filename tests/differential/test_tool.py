"""The differential test's own parts: a measure that is wrong measures nothing."""

from __future__ import annotations

from typing import Any
from unittest import TestCase

from fakebroker.values import Int8, Int64, Timestamp
from fakebroker.wire.spec import load
from tests.differential.bookkeeping import Channel
from tests.differential.canon import canonical, in_order_of_names
from tests.differential.client import Client, Said, Stream
from tests.differential.compare import first_divergence
from tests.differential.duel import Duel
from tests.differential.generate import generate
from tests.differential.memory import MemoryPeer
from tests.differential.names import Names
from tests.differential.plain import from_plain, to_plain
from tests.differential.runner import pick, play, unfinished
from tests.differential.scenario import Scenario
from tests.differential.scenarios.say import declare, get, publish
from tests.differential.shrink import shrink


class _Nowhere:
    closed = False

    def send(self, data: bytes) -> None: ...

    def receive(self) -> bytes:
        return b""

    def abort(self) -> None: ...


def _heard(*said: Said, consumers: dict[str, tuple[str, bool]] | None = None, burst: bool = False) -> list[Any]:
    """What a client that heard this has to say, in canonical form."""
    stream: Stream = _Nowhere()
    client = Client("a", load("0-9-1"), stream)
    client.channel(1).consumers = consumers or {}
    client.said = list(said)
    return canonical(client, burst)


def _deliver(tag: int, consumer: str, body: str) -> Said:
    args = load("0-9-1").methods["basic.deliver"].make(consumer_tag=consumer, delivery_tag=tag)
    return Said(1, "basic.deliver", args, {"body": body})


def _confirm(tag: int) -> Said:
    return Said(1, "basic.ack", {"delivery_tag": tag})


class PlainValues(TestCase):
    def test_widths_survive_a_file(self) -> None:
        table: Any = {"a": Int8(1), "b": [Int64(2), Timestamp(3), b"\xff", None, True], "c": {"d": 1.5}}
        back = from_plain(to_plain(table))
        self.assertEqual(back, table)
        self.assertIs(type(back["a"]), Int8)

    def test_one_and_true_are_different_answers(self) -> None:
        scenario = Scenario("s", "0-9-1", [declare()])
        self.assertIsNotNone(first_divergence(scenario, [[["a1", "x", {"n": 1}]]], [[["a1", "x", {"n": True}]]]))

    def test_the_order_of_a_table_counts(self) -> None:
        scenario = Scenario("s", "0-9-1", [declare()])
        self.assertIsNotNone(first_divergence(scenario, [[{"a": 1, "b": 2}]], [[{"b": 2, "a": 1}]]))


class MadeUpNames(TestCase):
    def test_they_are_numbered_as_they_are_seen_and_can_be_used_again(self) -> None:
        names = Names()
        first, second = "amq.gen-" + "a" * 22, "amq.gen-" + "b" * 22
        self.assertEqual(names.hide([first, f"no queue '{second}' in", first]), ["amq.gen-#1",
        "no queue 'amq.gen-#2' in", "amq.gen-#1"])
        self.assertEqual(names.show({"queue": "amq.gen-#2"}), {"queue": second})
        self.assertEqual(names.show("amq.gen-#3"), "amq.gen-#3")


class CanonicalForm(TestCase):
    def test_a_confirm_may_come_before_or_after_a_delivery(self) -> None:
        self.assertEqual(_heard(_deliver(1, "c", "x"), _confirm(1)), _heard(_confirm(1), _deliver(1, "c", "x")))

    def test_a_confirm_may_not_come_before_a_return(self) -> None:
        returned = Said(1, "basic.return", {"reply_code": 312}, {})
        self.assertNotEqual(_heard(_confirm(1), returned), _heard(returned, _confirm(1)))

    def test_a_delivery_may_not_come_before_consume_ok(self) -> None:
        ok = Said(1, "basic.consume-ok", {"consumer_tag": "c"})
        self.assertNotEqual(_heard(ok, _deliver(1, "c", "x")), _heard(_deliver(1, "c", "x"), ok))

    def test_two_queues_may_deliver_in_any_order(self) -> None:
        consumers = {"c1": ("q1", False), "c2": ("q2", False)}
        one = _heard(_deliver(1, "c1", "x"), _deliver(2, "c2", "y"), consumers=consumers)
        other = _heard(_deliver(1, "c2", "y"), _deliver(2, "c1", "x"), consumers=consumers)
        self.assertEqual(one, other)

    def test_one_queue_may_not(self) -> None:
        consumers = {"c1": ("q1", False), "c2": ("q1", False)}
        one = _heard(_deliver(1, "c1", "x"), _deliver(2, "c2", "y"), consumers=consumers)
        other = _heard(_deliver(1, "c2", "y"), _deliver(2, "c1", "x"), consumers=consumers)
        self.assertNotEqual(one, other)

    def test_in_a_burst_replies_and_deliveries_are_apart(self) -> None:
        ok = Said(1, "basic.qos-ok")
        one = _heard(ok, _deliver(1, "c", "x"), _confirm(2), _confirm(1), burst=True)
        self.assertEqual(one, _heard(_deliver(1, "c", "x"), _confirm(1), _confirm(2), ok, burst=True))

    def test_cancels_keep_their_order_save_among_tags_made_up(self) -> None:
        cancels = [["a1", "basic.cancel", {"consumer_tag": tag}] for tag in ("amq.ctag-#2", "c", "amq.ctag-#1")]
        tags = [entry[2]["consumer_tag"] for entry in in_order_of_names(cancels)]
        self.assertEqual(tags, ["amq.ctag-#1", "c", "amq.ctag-#2"])


class DeliveryTags(TestCase):
    def test_a_scenario_names_them_by_their_place_among_the_outstanding(self) -> None:
        book = Channel()
        book.outstanding = [3, 5, 8]
        self.assertEqual([pick(book, n, False) for n in (0, 1, -1, 3)], [3, 5, 8, 3])

    def test_after_a_race_a_multiple_ack_settles_everything(self) -> None:
        book = Channel()
        book.outstanding, book.raced = [3, 5, 8], True
        self.assertEqual(pick(book, 0, True), 8)

    def test_frames_by_hand_leave_their_channel_waiting(self) -> None:
        publishing, header = [1, -1, "003c0028000000016b00"], [2, -1, "003c0000" + "0" * 15 + "30000"]
        self.assertTrue(unfinished(0, [publishing]))
        due = unfinished(0, [publishing, header])
        self.assertTrue(due)
        self.assertFalse(unfinished(due, [[3, -1, "616263"]]))


class Generating(TestCase):
    def test_a_seed_makes_the_same_scenario_every_time(self) -> None:
        for version in ("0-8", "0-9", "0-9-1"):
            self.assertEqual(generate(7, version), generate(7, version))
        self.assertNotEqual(generate(7, "0-9-1").steps, generate(8, "0-9-1").steps)

    def test_a_version_is_asked_only_for_methods_it_has(self) -> None:
        for seed in range(30):
            for step in generate(seed, "0-8").steps:
                self.assertNotIn(step[1].lstrip("!"), ("basic.nack", "confirm.select", "exchange.bind"))

    def test_fakebroker_answers_the_same_scenario_the_same_way_every_time(self) -> None:
        for seed in range(10):
            scenario = generate(seed, "0-9-1")
            self.assertEqual(play(scenario, MemoryPeer()), play(scenario, MemoryPeer()))


class FindingDivergences(TestCase):
    def setUp(self) -> None:
        self.scenario = Scenario("s", "0-9-1", [declare(), publish("1"), publish("2"), get(), declare("df.q2"),
        get("df.q2")])

    def test_a_scenario_is_cut_down_to_what_diverges(self) -> None:
        def diverges(candidate: Scenario) -> bool:
            return publish("2") in candidate.steps and any(step[1] == "basic.get" for step in candidate.steps)

        self.assertEqual([step[1] for step in shrink(self.scenario, diverges).steps], ["basic.publish", "basic.get"])

    def test_it_is_shown_with_the_steps_before_it(self) -> None:
        divergence = first_divergence(self.scenario, [[], [["a1", "expected"]]], [[], [["a1", "got"]]])
        text = str(divergence)
        self.assertIn('  > ["a1","basic.publish"', text)
        self.assertIn('    - ["a1","expected"]\n    + ["a1","got"]', text)

    def test_what_the_reference_says_only_once_is_a_race(self) -> None:
        answers = iter([[["other"]], [["same"]]])
        duel = Duel(lambda scenario: next(answers), lambda scenario: [["same"]])
        self.assertIsNone(duel.divergence(self.scenario))
        self.assertEqual(duel.unsteady, 1)

    def test_what_it_says_every_time_is_a_divergence(self) -> None:
        duel = Duel(lambda scenario: [["one"]], lambda scenario: [["other"]])
        self.assertIsNotNone(duel.divergence(self.scenario))

"""Which rules act on what, in which order, and how often."""

from __future__ import annotations

from typing import Any

from fakebroker.errors import QueryError, RuleError
from fakebroker.faults import (
    Block,
    Challenge,
    Change,
    CloseChannel,
    CloseConnection,
    Delay,
    Drop,
    Duplicate,
    ForeignHeader,
    Garbage,
    Hold,
    OversizeFrame,
    Redirect,
    Release,
    Reset,
    ReturnMessage,
    Slice,
    StallReading,
    UnknownFrame,
    WrongFrameEnd,
    between,
    like,
    one_of,
    when,
)
from fakebroker.journal import Acted
from fakebroker.wire.command import Command
from tests.faults.scene import Scene, bodies


class HowOften(Scene):
    def test_once_by_default(self) -> None:
        client = self.client()
        rule = self.add(when("basic.publish"), Drop())
        for body in "abc":
            self.publish(client, body)
        self.assertEqual(2, self.waiting())
        self.assertEqual((3, 1), (rule.matched, rule.acted))

    def test_first_in_first_out(self) -> None:
        client = self.client()
        for body in "123":
            self.add(when("basic.publish"), Change(body=body))
        for body in "abcd":
            self.publish(client, body)
        for _ in range(4):
            client.send("basic.get", 1, queue="q")
        self.assertEqual(["1", "2", "3", "d"], bodies(client))

    def test_always(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Drop(), times=None)
        for body in "abc":
            self.publish(client, body)
        self.assertEqual(0, self.waiting())

    def test_the_nth(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.deliver", nth=2), Drop())
        for body in "abc":
            self.publish(client, body)
        self.assertEqual(["a", "c"], bodies(client))

    def test_every_nth(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.deliver", every=2), Drop(), times=None)
        for body in "abcde":
            self.publish(client, body)
        self.assertEqual(["a", "c", "e"], bodies(client))

    def test_the_nth_of_each_connection(self) -> None:
        clients = [self.client(), self.client()]
        self.add(when("basic.publish", nth=2, per="connection"), Change(body="changed"), times=None)
        for body in "ab":
            for client in clients:
                self.publish(client, body)
        for _ in range(4):
            clients[0].send("basic.get", 1, queue="q")
        self.assertEqual(["a", "a", "changed", "changed"], bodies(clients[0]))

    def test_within_a_block(self) -> None:
        client = self.client()
        with self.add(when("basic.publish"), Drop(), times=None):
            self.publish(client)
        self.publish(client)
        self.assertEqual(1, self.waiting())
        self.assertEqual([], self.broker.faults.rules)

    def test_rules_that_never_acted_are_found(self) -> None:
        client = self.client()
        self.add(when("basic.publish"), Drop())
        never = self.add(when("basic.publish", routing_key="other"), Drop())
        self.publish(client)
        self.assertEqual([never], self.broker.faults.unused())

    def test_with_a_probability(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.publish"), Drop(), times=None, probability=0.5)
        for number in range(100):
            self.publish(client, str(number))
        self.assertTrue(30 < len(bodies(client)) < 70)


class Together(Scene):
    def test_rules_with_different_whens_act_one_behind_the_other(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.deliver", nth=1), Duplicate())
        self.add(when("basic.deliver", routing_key="q"), Change(body="first"))
        self.publish(client)
        self.assertEqual(["first", "hello"], bodies(client))

    def test_what_is_dropped_no_other_rule_sees(self) -> None:
        client = self.client()
        self.add(when("basic.publish", nth=1), Drop())
        rule = self.add(when("basic.publish", routing_key="q"), Reset())
        self.publish(client)
        self.assertEqual(0, rule.acted)
        self.assertIsNone(client.lost)

    def test_several_actions_in_one_rule(self) -> None:
        client = self.client()
        self.add(when("basic.get-empty"), Delay(1), Duplicate(), Slice(1))
        client.send("basic.get", 1, queue="q")
        self.assertEqual(b"", client.octets)
        self.clock.advance(1)
        self.assertEqual(["basic.get-empty"] * 2, client.names)

    def test_octets_of_one_rule_are_shaped_by_the_next(self) -> None:
        client = self.client()
        reads: list[bytes] = []
        client.dataReceived = reads.append
        self.add(when("basic.get-empty"), Slice(6))
        self.add(when(direction="out"), Slice(4))
        client.send("basic.get", 1, queue="q")
        self.assertEqual([4, 2, 6, 1], [len(read) for read in reads])

    def test_every_rule_counts_what_fits_it(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.publish", nth=1), Drop())
        self.add(when("basic.publish", nth=2), Drop())
        for body in "abc":
            self.publish(client, body)
        self.assertEqual(["c"], bodies(client))


class Wrong(Scene):
    """Values that no rule can have are refused as all that is wrong with rules is."""

    def test_bounds_are_numbers(self) -> None:
        bounds: tuple[Any, ...] = (None, "5", b"5", [], True, float("nan"))
        for bound in bounds:
            with self.subTest(bound=bound), self.assertRaisesRegex(RuleError, "takes two numbers, not"):
                between(1, bound)

    def test_probabilities_are_numbers(self) -> None:
        probabilities: tuple[Any, ...] = ("0.5", b"", [], True, float("nan"), 0, 2)
        for probability in probabilities:
            with self.subTest(probability=probability), self.assertRaisesRegex(RuleError, "is not above 0 and up to 1"):
                self.add(when("basic.publish"), Drop(), probability=probability)
        self.assertEqual([], self.broker.faults.rules)

    def test_what_an_argument_is_compared_with_fits_into_it(self) -> None:
        never: tuple[dict[str, Any], ...] = (
            {"priority": 256}, {"priority": -1}, {"priority": 1.5}, {"priority": between(256, 999)},
            {"priority": between(1.1, 1.9)}, {"priority": like("5")}, {"routing_key": "x" * 256},
            {"routing_key": one_of("\u00fc" * 128)}, {"channel": 65536}, {"channel": between(70000, 80000)},
        )  # fmt: skip
        for predicate in never:
            with self.subTest(predicate), self.assertRaisesRegex(RuleError, "can never match"):
                self.add(when("basic.publish", **predicate), Drop())
            with self.subTest(predicate), self.assertRaisesRegex(QueryError, "can never match"):
                self.broker.journal.find("basic.publish", **predicate)

    def test_what_just_fits_is_taken(self) -> None:
        perhaps: tuple[dict[str, Any], ...] = (
            {"priority": 255}, {"priority": 5.0}, {"priority": None}, {"priority": between(-5, 300)},
            {"priority": one_of(5, 300)}, {"routing_key": "x" * 255}, {"routing_key": like("[abc]" * 90)},
            {"body": "x" * 300}, {"timestamp": 2**64 - 1}, {"channel": 65535}, {"channel": between(1, 1_000_000)},
        )  # fmt: skip
        for predicate in perhaps:
            self.add(when("basic.publish", **predicate), Drop())
            self.broker.journal.assert_published(0, **predicate)

    def test_what_is_no_action_is_told_what_is(self) -> None:
        add: Any = self.add
        for wrong, told in (
            ((when("basic.publish"), Drop), r"Drop is a kind of action; one of them is Drop\(\.\.\.\)"),
            ((Drop(), when("basic.publish")), "is not an action; the when comes first"),
            ((when("basic.publish"), "drop"), "'drop' is not an action"),
        ):
            with self.assertRaisesRegex(RuleError, told):
                add(*wrong)

    def test_labels_are_those_of_rules(self) -> None:
        labels: tuple[Any, ...] = (None, 7, [], {}, "hold")
        for label in labels:
            with self.subTest(label=label), self.assertRaisesRegex(RuleError, "no rule holds anything under"):
                self.broker.faults.release(label)

    def test_texts_and_codes_that_can_not_be_sent(self) -> None:
        for make, wrong in (
            (lambda: CloseChannel(text="x" * 256), "close_channel: text has 256 octets, and may have 255"),
            (lambda: CloseConnection(text="\N{EURO SIGN}" * 86), "close_connection: text has 258 octets"),
            (lambda: ReturnMessage(text="x" * 300), "return_message: text has 300 octets"),
            (lambda: ReturnMessage(code=-1), "return_message: code=-1 is no reply-code"),
            (lambda: Block(reason="x" * 300), "block: reason has 300 octets"),
            (lambda: Redirect("x" * 300), "redirect: host has 300 octets"),
            (lambda: Redirect("x", known_hosts="x" * 300), "redirect: known_hosts has 300 octets"),
            (lambda: CloseChannel(text="\ud800"), "can't be written in UTF-8"),
        ):
            self.assertIn(wrong, str(self.assertRaises(RuleError, make)))
        CloseChannel(text="x" * 255)

    def test_octets_that_would_not_be_wrong(self) -> None:
        for make, wrong in (
            (lambda: Challenge(rounds=0), "challenge: rounds=0 must be from 1 to 100"),
            (lambda: ForeignHeader(b""), "foreign_header: data is what to answer, and not empty"),
            (lambda: UnknownFrame(8), "unknown_frame: type=8 must be an octet other than 1, 2, 3 and 8"),
            (lambda: WrongFrameEnd(octet=0xCE), "wrong_frame_end: octet=206 must be an octet other than 206"),
        ):
            self.assertIn(wrong, str(self.assertRaises(RuleError, make)))

    def test_more_than_any_memory_holds(self) -> None:
        for make in (lambda: Duplicate(10**9), lambda: Garbage(size=10**12), lambda: OversizeFrame(excess=10**12)):
            self.assertIn("or less", str(self.assertRaises(RuleError, make)))

    def test_no_label_is_empty(self) -> None:
        for make in (lambda: Hold(""), lambda: Release(""), lambda: StallReading(until=""), lambda: Block(until="")):
            self.assertIn("is a label, and not empty", str(self.assertRaises(RuleError, make)))

    def test_what_is_no_when_and_what_is_no_pattern(self) -> None:
        wrong = [lambda: self.add("basic.publish", Drop()), lambda: like(5)]  # type: ignore[arg-type]
        for make, text in zip(wrong, ("is not what when(...) gives", "like() takes a string, not 5"), strict=True):
            self.assertIn(text, str(self.assertRaises(RuleError, make)))


class Predicates(Scene):
    def dropped(self, predicate: dict[str, Any]) -> list[str]:
        """Which of three messages a rule with this predicate drops."""
        with self.add(when("basic.publish", **predicate), Drop(), times=None):
            client = self.consuming(no_ack=True)
            for number, key in enumerate(("orders.new", "orders.paid", "q")):
                self.publish(client, key, key, mandatory=number == 1)
        acted = [entry.item.item for entry in self.broker.journal if isinstance(entry.item, Acted)]
        self.broker.journal.clear()
        return [item.content.body.decode() for item in acted if isinstance(item, Command) and item.content is not None]

    def test_values(self) -> None:
        self.assertEqual(["orders.paid"], self.dropped({"routing_key": "orders.paid"}))
        self.assertEqual(["orders.paid"], self.dropped({"mandatory": True}))
        self.assertEqual(["q"], self.dropped({"body": "q"}))

    def test_patterns(self) -> None:
        self.assertEqual(["orders.new", "orders.paid"], self.dropped({"routing_key": like("orders.*")}))

    def test_one_of_several(self) -> None:
        self.assertEqual(["orders.new", "q"], self.dropped({"routing_key": one_of("orders.new", "q")}))

    def test_connections_and_channels(self) -> None:
        self.assertEqual(3, len(self.dropped({"connection": between(1, 9), "channel": 1, "vhost": "/"})))
        self.assertEqual(0, len(self.dropped({"channel": 2})))

    def test_the_queue_published_to(self) -> None:
        self.assertEqual(["q"], self.dropped({"queue": "q"}))

    def test_the_queue_of_a_delivery(self) -> None:
        client = self.consuming()
        client.send("queue.declare", 1, queue="other")
        client.send("basic.consume", 1, queue="other", consumer_tag="o")
        self.add(when("basic.deliver", queue="other"), Drop(), times=None)
        client.events.clear()
        self.publish(client, "a")
        self.publish(client, "b", "other")
        self.assertEqual(["a"], bodies(client))

    def test_the_client_the_user(self) -> None:
        self.add(when("basic.publish", user="guest", client="Me"), Drop())
        client = self.client(client_properties={"product": "Me"})
        self.publish(client)
        self.assertEqual(0, self.waiting())

    def test_kinds(self) -> None:
        client = self.client()
        content = self.add(when("header"), Delay(0), times=None)
        body = self.add(when("body"), Delay(0), times=None)
        every = self.add(when("basic.*"), Delay(0), times=None)
        self.publish(client, "")
        self.publish(client, "x")
        client.send("basic.get", 1, queue="q", no_ack=True)
        self.assertEqual((3, 1, 4), (content.acted, body.acted, every.acted))

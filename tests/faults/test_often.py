"""How often rules act: ``every``, ``per`` and ``times`` together."""

from __future__ import annotations

from typing import Any

from fakebroker.errors import RuleError
from fakebroker.faults import ConfirmMultiple, Drop, rule, when
from tests.faults.scene import Scene, bodies


class HowOften(Scene):
    def left(self, *clients: Any, count: int = 6) -> list[str]:
        """What is left of so many messages that each client publishes, in turns."""
        for number in range(1, count + 1):
            for which, client in enumerate(clients):
                self.publish(client, f"{'ab'[which]}{number}")
        return [message.body.decode() for message in self.broker.vhosts["/"].queues["q"].ready]

    def test_every_acts_again_and_again(self) -> None:
        rule = self.add(when("basic.publish", every=2), Drop())
        self.assertEqual(["a1", "a3", "a5"], self.left(self.client()))
        self.assertEqual((6, 3), (rule.matched, rule.acted))

    def test_every_as_often_as_is_said(self) -> None:
        self.add(when("basic.publish", every=2), Drop(), times=2)
        self.assertEqual(["a1", "a3", "a5", "a6"], self.left(self.client()))

    def test_every_of_each_connection(self) -> None:
        self.add(when("basic.publish", every=2, per="connection"), Drop())
        self.assertEqual(["a1", "b1", "a3", "b3"], self.left(self.client(), self.client(), count=4))

    def test_every_of_each_connection_as_often_as_is_said(self) -> None:
        self.add(when("basic.publish", every=2, per="connection"), Drop(), times=1)
        self.assertEqual(["a1", "b1", "a3", "b3", "a4", "b4"], self.left(self.client(), self.client(), count=4))

    def test_the_so_many_th_of_each_connection(self) -> None:
        self.add(when("basic.publish", nth=2, per="connection"), Drop())
        self.assertEqual(["a1", "b1", "a3", "b3"], self.left(self.client(), self.client(), count=3))

    def test_the_first_of_each_connection(self) -> None:
        self.add(when("basic.publish", per="connection"), Drop())
        self.assertEqual(["a2", "b2"], self.left(self.client(), self.client(), count=2))

    def test_the_first_of_each_channel(self) -> None:
        rule = self.add(when("queue.declare", per="channel"), Drop())
        client = self.connect().open()
        for channel in (1, 2):
            client.send("channel.open", channel)
            for _ in range(2):
                client.send("queue.declare", channel, queue="q")
        self.assertEqual(["channel.open-ok", "queue.declare-ok"] * 2, client.names)
        self.assertEqual(2, rule.acted)

    def test_rules_with_the_same_when_stand_in_line_in_each_connection(self) -> None:
        for _ in range(2):
            self.add(when("basic.publish", per="connection"), Drop())
        self.assertEqual(["a3", "b3"], self.left(self.client(), self.client(), count=3))

    def test_confirms_of_two_channels_are_put_together_each_for_itself(self) -> None:
        self.add(ConfirmMultiple(2))
        clients = [self.confirming(), self.confirming()]
        self.left(*clients, count=3)
        for client in clients:
            self.assertEqual([(2, True), (3, False)], [event.args[:2] for event in client.events])

    def test_what_was_counted_for_a_connection_goes_with_it(self) -> None:
        rule = self.add(when("basic.publish", per="connection"), Drop(), times=None)
        for _ in range(20):
            client = self.client()
            self.publish(client)
            client.hang_up()
        self.assertEqual(20, rule.acted)
        self.assertEqual(({}, {}), (rule._counts, rule._acts))

    def test_it_is_said_in_json_and_in_text(self) -> None:
        made = rule(when("basic.publish", every=2), Drop())
        self.assertEqual((None, "always"), (made.to_json()["times"], str(made).rpartition(", ")[2]))


class Functions(Scene):
    def test_any_argument_or_fact(self) -> None:
        client = self.consuming(no_ack=True)
        for name, function in (
            ("routing_key", lambda key: key == "q"),
            ("body", lambda body: len(body) == 1),
            ("channel", lambda channel: channel == 1),
            ("vhost", lambda vhost: vhost == "/"),
            ("message_id", lambda value: value is None),
            ("queue", lambda queue: queue == "q"),
        ):
            predicate: dict[str, Any] = {name: function}
            with self.subTest(name), self.add(when("basic.publish", **predicate), Drop()) as loaded:
                self.publish(client, "x")
                self.assertEqual(1, loaded.acted)
        self.assertEqual([], bodies(client))

    def test_one_that_says_no(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.publish", body=lambda body: "b" in body), Drop())
        for body in "abc":
            self.publish(client, body)
        self.assertEqual(["a", "c"], bodies(client))

    def test_an_object_as_the_journal_takes_it(self) -> None:
        class Long:
            def holds(self, value: Any) -> bool:
                return len(value) > 2

        client = self.consuming(no_ack=True)
        self.add(when("basic.publish", body=Long()), Drop())
        self.publish(client, "abc")
        self.assertEqual([], bodies(client))

    def test_what_can_never_be_is_refused_all_the_same(self) -> None:
        for where in (
            when("basic.publish", routing_kee=len),
            when("start", user=len),
            when("queue.declare-ok", body=len),
            when("channel.open", queue=len),
        ):
            self.assertRaises(RuleError, self.add, where, Drop())

    def test_it_has_no_json_form(self) -> None:
        self.add(when("basic.publish", body=lambda body: True), Drop())
        text = r"rule 1 \(when\('basic.publish', body=<lambda>\) -> Drop\(\)\): <lambda> is a function"
        self.assertRaisesRegex(RuleError, text, self.broker.faults.to_json)

    def test_one_is_asked_only_about_what_fits_in_all_else(self) -> None:
        client = self.client()
        self.add(when("basic.publish", body=lambda body: 1 / int(body), routing_key="other"), Drop())
        self.publish(client, "0")
        self.assertEqual([], self.flushLoggedErrors())
        self.assertIn("routing_key is 'q'", self.broker.faults.never_acted())

    def test_one_that_raises_is_told_and_ends_nothing(self) -> None:
        client = self.consuming(no_ack=True)
        failing = self.add(when("basic.publish", body=lambda body: 1 / int(body)), Drop(), times=None)
        self.add(when("basic.publish", nth=3), Drop())
        for body in "010":
            self.publish(client, body)
        self.assertEqual(["0"], bodies(client))
        self.assertEqual(1, failing.acted)
        self.assertIn("rule 1 failed: ZeroDivisionError: division by zero", self.broker.journal.transcript())
        self.assertEqual(2, len(self.flushLoggedErrors(ZeroDivisionError)))
        self.assertTrue(self.is_well(client))


class NeverActed(Scene):
    def assertTold(self, *lines: str) -> None:
        with self.assertRaises(AssertionError) as raised:
            self.broker.faults.assert_all_acted()
        text = str(raised.exception)
        for line in lines:
            self.assertIn(line, text)

    def test_all_have(self) -> None:
        self.broker.faults.assert_all_acted()
        self.add(when("basic.publish"), Drop())
        self.publish(self.client())
        self.broker.faults.assert_all_acted()

    def test_the_nearest_is_told_and_why_it_does_not_fit(self) -> None:
        client = self.client()
        self.add(when("basic.publish", routing_key="other", exchange="", user="bob"), Drop())
        self.publish(client, key="mine")
        self.add(when("basic.publish", body="x"), Drop())
        self.publish(client, "x")
        self.assertTold(
            "rule 1 never acted: when('basic.publish', user='bob', exchange='', routing_key='other') -> Drop()",
            "nearest: basic.publish from connection 1, channel 1",
            "user is 'guest'",
            "routing_key is 'mine'",
        )
        self.assertEqual(1, self.broker.faults.never_acted().count("never acted"))

    def test_nothing_of_the_kind_has_passed(self) -> None:
        self.add(when("basic.get-empty"), Drop())
        self.client()
        self.assertTold("no basic.get-empty passed")

    def test_too_few_have_passed(self) -> None:
        client = self.client()
        self.add(when("basic.publish", nth=3), Drop())
        self.add(when("basic.publish", every=4), Drop())
        for _ in range(2):
            self.publish(client)
        self.assertTold("2 fitted: it acts on number 3", "2 fitted: it acts on every 4 of them")

    def test_chance_the_turn_of_another_and_what_it_cannot_act_on(self) -> None:
        client = self.consuming(no_ack=True)
        self.add(when("basic.publish"), Drop(), probability=1e-9)
        self.add(when("basic.publish", routing_key="q"), Drop())
        self.add(when("basic.publish", routing_key="q"), Drop())
        self.publish(client)
        self.assertTold("with probability 1e-09 it was not drawn", "had taken away")

    def test_one_whose_block_has_ended(self) -> None:
        with self.add(when("basic.get"), Drop()):
            self.client()
        self.assertTold("rule 1 never acted: when('basic.get') -> Drop()")
        self.broker.faults.clear()
        self.broker.faults.assert_all_acted()

"""Rules that ask how the broker is: its state, the time, what has passed on other connections."""

from __future__ import annotations

from typing import Any

from fakebroker.errors import RuleError
from fakebroker.faults import Drop, SetState, between, like, one_of, rule, rule_from_json, when
from tests.faults.scene import Scene


class States(Scene):
    def lost(self, client: Any, *bodies: str) -> list[str]:
        """Publish messages, and say which are lost."""
        for body in bodies:
            self.publish(client, body)
        left = [message.body.decode() for message in self.broker.vhosts["/"].queues["q"].ready]
        return [body for body in bodies if body not in left]

    def test_a_rule_acts_in_its_state_alone(self) -> None:
        self.add(when("basic.publish", state="bad"), Drop(), times=None)
        client = self.client()
        self.assertEqual([], self.lost(client, "a"))
        self.broker.faults.state = "bad"
        self.assertEqual(["b", "c"], self.lost(client, "b", "c"))
        self.broker.faults.state = ""
        self.assertEqual([], self.lost(client, "d"))

    def test_a_rule_names_the_state_for_others_on_any_connection(self) -> None:
        self.add(when("basic.publish", state="after-login"), Drop(), times=None)
        first = self.client()
        self.add(when("open-ok", connection=2), SetState("after-login"))
        self.assertEqual([], self.lost(first, "a"))
        self.client()
        self.assertEqual("after-login", self.broker.faults.state)
        self.assertEqual(["b"], self.lost(first, "b"))

    def test_a_walk_through_three_states(self) -> None:
        for state, then in (("", "one"), ("one", "two"), ("two", "")):
            self.add(when("basic.publish", state=state), SetState(then, after=True), times=None)
        self.add(when("basic.publish", state="two"), Drop(), times=None)
        self.assertEqual(["c", "f"], self.lost(self.client(), *"abcdefg"))

    def test_the_state_at_the_beginning_is_empty_and_a_reset_brings_it_back(self) -> None:
        self.assertEqual("", self.broker.faults.state)
        self.broker.faults.state = "bad"
        self.broker.reset()
        self.assertEqual("", self.broker.faults.state)

    def test_a_state_may_be_asked_for_by_a_pattern(self) -> None:
        self.add(when("basic.publish", state=like("bad*")), Drop(), times=None)
        self.add(when("basic.publish", state=one_of("odd", "strange")), Drop(), times=None)
        client = self.client()
        for state, lost in (("bad luck", ["x"]), ("good", []), ("odd", ["z"])):
            self.broker.faults.state = state
            self.assertEqual(lost, self.lost(client, {"bad luck": "x", "good": "y", "odd": "z"}[state]))

    def test_between_two_times(self) -> None:
        self.add(when("basic.publish", time=between(10, 20)), Drop(), times=None)
        client, lost = self.client(), []
        for second in range(0, 30, 4):
            lost += self.lost(client, str(second))
            self.clock.advance(4)
        self.assertEqual(["12", "16", "20"], lost)

    def test_times_count_from_when_the_broker_was_made_or_reset(self) -> None:
        self.clock.advance(100)
        self.broker.reset()
        self.broker.faults.add(when("basic.publish", time=between(0, 5)), Drop(), times=None)
        self.assertEqual(["a"], self.lost(self.client(), "a"))

    def test_a_rule_that_never_acted_tells_the_state_and_the_time(self) -> None:
        self.add(when("basic.publish", state="bad", time=between(5, 9)), Drop())
        self.lost(self.client(), "a")
        story = self.broker.faults.never_acted()
        self.assertIn("state is ''", story)
        self.assertIn("time is 0.0", story)

    def test_what_can_never_match_is_refused(self) -> None:
        for wrong in (when("basic.publish", state=3), when("basic.publish", time="soon"), when("open", time=-1)):
            self.assertRaises(RuleError, rule, wrong, Drop())
        with self.assertRaises(TypeError):
            self.broker.faults.state = 3  # type: ignore[assignment]

    def test_it_is_written_in_json_and_read_again(self) -> None:
        made = rule(
            when("basic.publish", state="bad", time=between(1, 2), after="1:out:basic.deliver:3"), SetState("worse")
        )
        form = {"what": "basic.publish", "after": "1:out:basic.deliver:3", "state": "bad", "time": {"between": [1, 2]}}
        self.assertEqual(form, made.when.to_json())
        self.assertEqual({"action": "set_state", "state": "worse"}, made.then[0].to_json())
        self.assertEqual(made, rule_from_json(made.to_json()))


class After(Scene):
    def left(self) -> list[str]:
        return [message.body.decode() for message in self.broker.vhosts["/"].queues["q"].ready]

    def test_a_rule_begins_behind_a_crossing_of_another_connection(self) -> None:
        self.add(when("basic.publish", connection=1, after="2:in:basic.publish:2"), Drop(), times=None)
        first, second = self.client(), self.client()
        for number in range(1, 5):
            self.publish(first, f"a{number}")
            self.publish(second, f"b{number}")
        self.assertEqual(["a1", "b1", "a2", "b2", "b3", "b4"], self.left())

    def test_the_crossing_itself_is_not_behind_itself(self) -> None:
        self.add(when("basic.publish", after="1:in:basic.publish:2"), Drop(), times=None)
        client = self.client()
        for number in range(1, 5):
            self.publish(client, str(number))
        self.assertEqual(["1", "2"], self.left())

    def test_a_number_says_it_too(self) -> None:
        client = self.client()
        self.publish(client, "1")
        self.add(when("basic.publish", after=self.broker.journal.crossings + 1), Drop(), times=None)
        self.publish(client, "2")
        self.publish(client, "3")
        self.assertEqual(["1", "2"], self.left())

    def test_it_has_begun_though_that_connection_has_ended(self) -> None:
        for before in (True, False):
            self.setUp()
            if before:
                self.add(when("basic.publish", after="2:in:basic.publish:1"), Drop(), times=None)
            first, second = self.client(), self.client()
            self.publish(second, "b")
            second.hang_up()
            self.clock.settle()
            if not before:
                self.add(when("basic.publish", after="2:in:basic.publish:1"), Drop(), times=None)
            self.publish(first, "a")
            self.assertEqual(["b"], self.left())

    def test_a_rule_that_never_began_says_so(self) -> None:
        self.add(when("basic.publish", after="2:in:basic.publish:1"), Drop())
        self.publish(self.client())
        self.assertIn("2:in:basic.publish:1 had not passed", self.broker.faults.never_acted())

"""The JSON form of rules, and what is said about one that is wrong."""

from __future__ import annotations

import json
from typing import Any
from unittest import TestCase

from fakebroker.errors import RuleError
from fakebroker.faults import (
    ACTIONS,
    Change,
    Chaos,
    CloseChannel,
    CloseConnection,
    Corrupt,
    Delay,
    Do,
    Drop,
    Faults,
    Garbage,
    Nack,
    RefuseLogin,
    RefuseVhost,
    Reply,
    Say,
    Slice,
    Throttle,
    Weighted,
    between,
    like,
    one_of,
    when,
)


class Forms(TestCase):
    def setUp(self) -> None:
        self.faults = Faults(0, {"restart": lambda: None})

    def complaint(self, form: Any) -> str:
        """What is said about a form."""
        with self.assertRaises(RuleError) as caught:
            self.faults.load(form)
        self.assertEqual([], self.faults.rules)
        return str(caught.exception)


class RoundTrips(Forms):
    def test_a_rule_as_one_reads_it(self) -> None:
        self.faults.add(when("basic.publish", nth=7, routing_key=like("orders.*")), Delay(1.5), probability=0.5)
        form = {
            "when": {"what": "basic.publish", "nth": 7, "routing_key": {"like": "orders.*"}},
            "then": {"action": "delay", "seconds": 1.5},
            "times": 1,
            "probability": 0.5,
        }
        self.assertEqual([form], self.faults.to_json())

    def test_every_kind_of_rule_comes_back_as_it_was(self) -> None:
        add = self.faults.add
        add(RefuseLogin(at_once=True), times=2)
        add(when("open", vhost=one_of("a", "b"), user="u", client=like("c*")), RefuseVhost("down"))
        add(when("basic.deliver", every=3, per="channel", delivery_tag=between(3, 9)), Corrupt(3), Slice(2), times=None)
        add(when("basic.get"), Reply("basic.get-ok", body="x", headers={"a": 1}))
        add(when("basic.get"), Say("connection.blocked", before=True, channel=0, reason="r"))
        add(when("basic.deliver", headers={"kind": "x"}), Change(body="x", priority=3))
        add(when("heartbeat", "out"), Garbage(b"\x00\xff"))
        add(when("basic.ack", "out"), Do("restart", after=True))
        add(Chaos((Weighted(1, Drop()), Weighted(2.5, Delay(1, jitter=1)))), probability=0.1)
        add(Throttle(100))
        text = json.dumps(self.faults.to_json())
        again = Faults(0, {"restart": lambda: None})
        again.load(json.loads(text))
        self.assertEqual([each.rule for each in self.faults.rules], [each.rule for each in again.rules])
        self.assertEqual(text, json.dumps(again.to_json()))

    def test_short_forms(self) -> None:
        self.faults.load({"then": "nack"})
        self.faults.load({"rules": [{"when": {"what": "start-ok"}, "then": ["drop"]}]})
        self.assertEqual(
            ["when('basic.ack', direction='out') -> Nack()", "when('connection.start-ok') -> Drop()"],
            [str(each.rule) for each in self.faults.rules],
        )

    def test_names_of_actions_are_those_of_the_classes(self) -> None:
        self.assertIs(RefuseLogin, ACTIONS["refuse_login"])
        self.assertLess(54, len(ACTIONS))


class Complaints(Forms):
    def test_each_names_the_place_and_what_may_have_been_meant(self) -> None:
        for form, words in (
            ([], None),
            (7, "rules[0]: 7 is not an object"),
            ([{"then": "drop"}, {"then": "drpo"}], "rules[1].then: there is no action 'drpo'; did you mean 'drop'"),
            ({"then": {"action": "delay"}}, "rules[0].then: delay needs seconds"),
            ({"then": {"action": "delay", "seconds": "1"}}, "rules[0].then: delay: seconds='1' is not a number"),
            ({"then": {"action": "delay", "seconds": 10**13}}, "seconds=10000000000000 is not a number"),
            ({"when": {"what": 5}, "then": {"action": "drop"}}, "what=5 is not a string, such as 'basic.publish'"),
            ({"when": {"what": []}, "then": {"action": "drop"}}, "what=[] is not a string"),
            ({"then": {"action": "say", "command": "basic.ack", "channel": -1}}, "channel=-1 is no channel number"),
            ({"then": {"action": "delay", "secs": 1}}, "delay has no field 'secs'"),
            ({"when": {"what": "basic.publsh"}, "then": "drop"}, "did you mean 'basic.publish'"),
            ({"when": {"what": "basic.publish", "nth": 0}, "then": "drop"}, "nth=0 can never match"),
            ({"when": {"what": "basic.publish", "nth": "7"}, "then": "drop"}, "nth='7' can never match"),
            ({"when": 3, "then": "drop"}, "rules[0].when: 3 is not an object"),
            ({"nth": 3, "then": "drop"}, "rules[0]: a rule has no part 'nth'; it belongs into 'when'"),
            ({"when": {}}, "rules[0]: a rule needs 'then'"),
            ({"then": "drop", "times": 0}, "rules[0].times: 0 is not a number from 1"),
            ({"then": "drop", "probability": 0}, "rules[0].probability: 0 is not above 0"),
            ({"then": "drop", "probability": "x"}, "rules[0].probability: 'x' is not above 0"),
            ({"then": {"action": "do", "verb": "restrt"}}, "rules[0].then: the broker has no verb 'restrt'"),
            ({"then": {"action": "garbage", "data": {"hex": "xx"}}}, "'xx' is not hexadecimal"),
            ({"then": {"action": "chaos", "choices": [{"action": "drop"}]}}, "rules[0].then.choices[0]: weight=None"),
            ({"then": {"action": "change", "arguments": 3}}, "arguments=3 is not an object"),
            ({"when": {"what": "basic.get", "queue": {"like": 3}}, "then": "drop"}, "rules[0].when.queue.like: 3"),
            ({"when": {"what": "basic.get", "queue": {"one_of": []}}, "then": "drop"}, "can never match"),
        ):
            with self.subTest(form=form):
                if words is None:
                    self.faults.load(form)
                else:
                    self.assertIn(words, self.complaint(form))

    def test_one_wrong_rule_and_none_is_loaded(self) -> None:
        self.complaint([{"then": "drop"}, {"then": "nothing"}])


class RulesThatCanNeverAct(Forms):
    def never(self, words: str, *rule: Any, **settings: Any) -> None:
        with self.assertRaises(RuleError) as caught:
            self.faults.add(*rule, **settings)
        self.assertIn(words, str(caught.exception))

    def test_unknown_things(self) -> None:
        self.never("no command, kind of frame or handshake step 'deliver'", when("deliver"), Drop())
        self.never("did you mean 'routing_key'", when("basic.publish", routing_kee="x"), Drop())
        self.never("no command has an argument 'zzz'", when(zzz=1), Drop())
        self.never("heartbeat has no arguments", when("heartbeat", "out", queue_name="x"), Drop())

    def test_the_wrong_way(self) -> None:
        self.never("basic.publish never goes 'out', only the client sends it", when("basic.publish", "out"), Drop())
        self.never("direction is 'in'", when("basic.publish", "up"), Drop())  # type: ignore[arg-type]
        self.never("never on basic.publish", when("basic.publish"), Slice(3))

    def test_values_that_cannot_be(self) -> None:
        self.never("delivery_tag='7' can never match", when("basic.deliver", delivery_tag="7"), Drop())
        self.never("mandatory=1", when("basic.publish", mandatory=1), Drop())
        self.never("connection=0", when("basic.publish", connection=0), Drop())
        self.never("user=3", when("basic.publish", user=3), Drop())
        self.never("always on channel 0", when("heartbeat", channel=1), Drop())
        self.never("always on channel 0", when("open", channel=1), Drop())

    def test_facts_that_are_not_known_yet(self) -> None:
        self.never("the user is not yet known at connection.start", when("start", user="x"), Drop())
        self.never("the vhost is not yet known at connection.tune", when("tune", vhost="x"), Drop())
        self.never("not about a queue", when("basic.ack", queue="q"), Drop())

    def test_numbers_that_cannot_be(self) -> None:
        self.never("exclude each other", when("basic.publish", nth=1, every=2), Drop())
        self.never("per is", when("basic.publish", nth=1, per="user"), Drop())  # type: ignore[arg-type]
        self.never("times", when("basic.publish"), Drop(), times=-1)
        self.never("a rule needs an action", when("basic.publish"))

    def test_actions_that_cannot_act_there(self) -> None:
        self.never("acts on basic.ack, not on heartbeat", when("heartbeat", "out"), Nack())
        self.never("at connect nothing is", when("connect"), Drop())
        self.never("closing already", when("channel.close"), CloseChannel())
        self.never("closing already", when("connection.close"), CloseConnection())
        self.never("is none", when("heartbeat"), Change(x=1))
        with self.assertRaisesRegex(RuleError, "seconds=-1 must be 0 or more"):
            Delay(-1)

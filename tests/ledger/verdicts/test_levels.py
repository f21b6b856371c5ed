"""What becomes of a verdict: told, failed or not looked for; and the table of all of them."""

from __future__ import annotations

import re
from unittest import TestCase

from fakebroker.errors import QueryError
from fakebroker.ledger.event import Moment
from fakebroker.ledger.facts import ChannelFacts, ConnectionFacts, Get
from fakebroker.ledger.ledger import Ledger
from fakebroker.ledger.verdicts import VERDICTS
from fakebroker.ledger.verdicts.judging import choices


def polled(times: int) -> Ledger:
    """A ledger of a client that has asked an empty queue so often."""
    ledger = Ledger()
    connection = ConnectionFacts(1, Moment(1, 0.0, "1:in:connect:1"))
    channel = ChannelFacts(1, 1, Moment(2, 0.0, "1:in:channel.open:1"))
    for number in range(1, times + 1):
        moment = Moment(2 + number, 0.0, f"1:in:basic.get:{number}")
        channel.gets.append(Get(moment, "jobs", no_ack=False, empty=True))
    connection.channels.append(channel)
    ledger.connections.append(connection)
    return ledger


class Levels(TestCase):
    def test_what_is_told_does_not_fail(self) -> None:
        ledger = polled(11)
        (verdict,) = ledger.verdicts()
        self.assertEqual((verdict.name, verdict.fails, verdict.connection), ("polling", False, 1))
        self.assertEqual(verdict.crossings, ("1:in:basic.get:1", "1:in:basic.get:11"))
        ledger.assert_clean()

    def test_it_can_be_made_to_fail(self) -> None:
        for level in (True, "fail", "strict"):
            with self.assertRaisesRegex(AssertionError, r"polling: connection 1: .* 11 times\. \[1:in:basic\.get:1, "):
                polled(11).assert_clean(polling=level)

    def test_it_can_be_switched_off(self) -> None:
        for level in (False, "off"):
            self.assertEqual(polled(11).verdicts(polling=level), [])

    def test_its_limit_can_be_set(self) -> None:
        self.assertEqual(polled(11).verdicts(polling=11), [])
        self.assertEqual(len(polled(3).verdicts(polling=2)), 1)

    def test_the_error_says_why_it_is_a_fault(self) -> None:
        with self.assertRaisesRegex(AssertionError, re.escape("polling: " + VERDICTS["polling"].explanation)):
            polled(11).assert_clean(polling=True)

    def test_names_are_written_with_either_stroke(self) -> None:
        self.assertEqual(choices({"no_prefetch": "off"}), choices({"no-prefetch": "off"}))

    def test_a_verdict_can_be_written_as_json(self) -> None:
        (verdict,) = polled(11).verdicts()
        self.assertEqual(
            verdict.to_json(),
            {
                "name": "polling",
                "text": "basic.get found nothing in 'jobs' 11 times.",
                "crossings": ["1:in:basic.get:1", "1:in:basic.get:11"],
                "connection": 1,
                "fails": False,
            },
        )


class Mistakes(TestCase):
    def test_an_unknown_name_is_refused_and_the_right_one_named(self) -> None:
        with self.assertRaisesRegex(QueryError, "pollin.*did you mean 'polling'"):
            Ledger().verdicts(pollin="off")

    def test_an_unknown_level_is_refused(self) -> None:
        with self.assertRaisesRegex(QueryError, "polling can be 'off', 'tell', 'fail' or 'strict', not 'loud'"):
            Ledger().assert_clean(polling="loud")

    def test_a_check_that_counts_nothing_has_no_limit(self) -> None:
        with self.assertRaisesRegex(QueryError, "no-heartbeat counts nothing"):
            Ledger().verdicts(no_heartbeat=3)

    def test_a_limit_is_at_least_one(self) -> None:
        with self.assertRaisesRegex(QueryError, "the limit of polling is a whole number from 1, not 0"):
            Ledger().verdicts(polling=0)


class Table(TestCase):
    def test_it_has_every_verdict_under_its_name(self) -> None:
        self.assertEqual(len(VERDICTS), 17)
        for name, check in VERDICTS.items():
            self.assertEqual(name, check.name)
            self.assertIn(check.level, ("tell", "fail"))
            self.assertTrue(check.explanation.endswith("."), name)
            self.assertEqual("{limit}" in check.summary, check.limit is not None, name)

"""Which cases are planned: each fault where it can act, long rows by their state, pairs by the seed."""

from __future__ import annotations

import re
from typing import Any
from unittest import TestCase

import pika

from connector import ConnectorError
from fakebroker import sweep
from fakebroker.search.outcome import Kind
from fakebroker.search.plan import left_out
from fakebroker.search.points import Point
from fakebroker.testing import MemoryBroker
from tests.search.outcomes import points
from tests.search.scenarios import conversation


def row(*addresses: str) -> list[Point]:
    return points(*addresses)


def deliveries(first: int, last: int) -> list[str]:
    return [f"1:out:basic.deliver:{number}" for number in range(first, last + 1)]


class LongRows(TestCase):
    def left(self, *addresses: str) -> list[str]:
        found = row(*addresses)
        skipped = left_out(found)
        return [str(point.address) for point in found if point.number in skipped]

    def test_a_few_alike_are_all_tried(self) -> None:
        self.assertEqual(self.left(*deliveries(1, 8)), [])

    def test_of_many_the_first_two_and_the_last(self) -> None:
        self.assertEqual(self.left(*deliveries(1, 20)), deliveries(3, 19))

    def test_and_those_beside_a_change(self) -> None:
        addresses = [*deliveries(1, 10), "1:in:basic.cancel:1", *deliveries(11, 20)]
        self.assertEqual(self.left(*addresses), [*deliveries(3, 9), *deliveries(12, 19)])

    def test_what_alternates_for_long_is_no_change(self) -> None:
        """Deliveries and acks in turn are a state that goes on."""
        addresses = [name for n in range(1, 21) for name in (f"1:out:basic.deliver:{n}", f"1:in:basic.ack:{n}")]
        self.assertEqual(len(self.left(*addresses)), 2 * 17)

    def test_each_connection_has_rows_of_its_own(self) -> None:
        other = [address.replace("1:", "2:", 1) for address in deliveries(1, 12)]
        self.assertEqual(self.left(*deliveries(1, 8), *other), [f"2:out:basic.deliver:{n}" for n in range(3, 12)])

    def test_a_row_that_is_left_out_has_one_place_in_the_plan(self) -> None:
        skipped = left_out(row(*deliveries(1, 20)))
        self.assertEqual({*skipped.values()}, {(3, 17)})


def many(broker: MemoryBroker) -> None:
    with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
        channel = connection.channel()
        channel.queue_declare("jobs")
        for _ in range(12):
            channel.basic_publish("", "jobs", b"job")
        channel.queue_purge("jobs")


class Coverage(TestCase):
    options: dict[str, Any] = {"faults": "delay", "jobs": 1}

    def test_what_was_left_out_is_told_and_exhaustive_tries_it(self) -> None:
        report = sweep(many, **self.options)
        self.assertEqual(report.count(Kind.SKIPPED), 1)
        [skipped] = report.reasons(Kind.SKIPPED)
        self.assertEqual(skipped, "one of 9 crossings in a row that are alike")
        self.assertIn("9 of 31 crossings were not tried", report.notes[0])
        self.assertIn("9 of 31 crossings were not tried", re.sub(r"\s+", " ", str(report)))
        every = sweep(many, exhaustive=True, **self.options)
        self.assertEqual(every.count(Kind.SKIPPED), 0)
        self.assertEqual(every.count(Kind.PASSED) - report.count(Kind.PASSED), 9)

    def test_what_can_not_act_is_counted_and_says_why(self) -> None:
        report = sweep(conversation, faults="return,nack,cancel-consumer", jobs=1)
        self.assertIn("it is no publish", report.reasons(Kind.NOT_APPLICABLE))
        self.assertEqual(report.count(*Kind), len(report.points) * 3 + 1)


class Pairs(TestCase):
    def test_so_many_are_drawn_and_none_twice_or_at_one_crossing(self) -> None:
        report = sweep(conversation, faults="delay,stall", pairs=30, allow=ConnectorError)
        pairs = [each.case.faults for each in report.outcomes if len(each.case.faults) == 2]
        self.assertEqual((len(pairs), len({*pairs})), (30, 30))
        self.assertTrue(all(one[0] != two[0] for one, two in pairs))
        self.assertRegex(report.notes[-1], r"^30 of \d+ pairs of faults were tried, drawn by seed 0$")

    def test_all_are_tried_where_there_are_few(self) -> None:
        def short(broker: MemoryBroker) -> None:
            pika.BlockingConnection(pika.URLParameters(broker.url)).close()

        report = sweep(short, faults="delay", pairs_below=100)
        tried = sum(len(each.case.faults) == 1 and each.kind.ran for each in report.outcomes)
        pairs = sum(len(each.case.faults) == 2 for each in report.outcomes)
        self.assertEqual(pairs, tried * (tried - 1) // 2)
        self.assertEqual(report.notes[-1], f"all {pairs} pairs of faults were tried")

    def test_cases_of_several_faults_are_drawn_by_the_seed(self) -> None:
        cases = []
        for seed in (1, 1, 2):
            report = sweep(conversation, faults="delay,stall", chaos=8, allow=ConnectorError, seed=seed)
            cases.append([each.case.faults for each in report.outcomes if len(each.case.faults) > 1])
            self.assertEqual(report.notes[-1], f"8 cases of several faults were tried, drawn by seed {seed}")
        self.assertEqual(cases[0], cases[1])
        self.assertNotEqual(cases[0], cases[2])
        for faults in cases[0]:
            self.assertTrue(3 <= len({address for address, _ in faults}) == len(faults) <= 6)

    def test_where_there_are_too_many_none_is_and_it_is_told(self) -> None:
        report = sweep(conversation, faults="delay", pairs_below=10, jobs=1)
        self.assertRegex(report.notes[-1], r"^no pair of faults was tried: there are \d+, more than 10$")

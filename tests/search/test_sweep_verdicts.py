"""Sweeps ask the ledger: what the client has done to its messages counts, though the scenario ends well."""

from __future__ import annotations

from unittest import TestCase, TestResult

import pika

from fakebroker import sweep
from fakebroker.errors import QueryError
from fakebroker.search.outcome import Kind
from fakebroker.testing import MemoryBroker, SynchronousBrokerTestCase


def doubtful(broker: MemoryBroker) -> None:
    """Publishes with confirms, and does not care that one does not come."""
    for body in (b"one", b"two"):
        try:
            with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
                channel = connection.channel()
                channel.confirm_delivery()
                channel.queue_declare("jobs")
                channel.basic_publish("", "jobs", body)
        except pika.exceptions.AMQPError:
            pass


def silent(broker: MemoryBroker) -> None:
    parameters = pika.URLParameters(f"{broker.url}?heartbeat=0")
    pika.BlockingConnection(parameters).close()


def careless(broker: MemoryBroker) -> None:
    """Takes a message, having published it, and looks at no error."""
    try:
        with pika.BlockingConnection(pika.URLParameters(broker.url)) as connection:
            channel = connection.channel()
            channel.queue_declare("jobs")
            channel.basic_publish("", "jobs", b"one")
            for method, _, _ in channel.consume("jobs"):
                channel.basic_ack(method.delivery_tag)
                break
    except pika.exceptions.AMQPError:
        pass


class Losses(TestCase):
    def test_a_message_that_is_lost_though_all_seems_well_is_a_failure(self) -> None:
        [outcome] = sweep(careless, only="1:in:basic.publish:1 close").failures
        told = "it ends well, but a message is lost: its publish never reached the broker"
        self.assertEqual((outcome.kind, outcome.error), (Kind.FAILED, told))
        self.assertRegex(outcome.verdicts[0], "^lost: ")

    def test_one_that_went_with_its_queue_is_nobody_s_fault(self) -> None:
        self.assertFalse(sweep(careless, only="1:out:basic.deliver:1 delete-queue").found)

    def test_nothing_is_compared_without_a_ledger(self) -> None:
        self.assertFalse(sweep(careless, only="1:in:basic.publish:1 close", verdicts=False).found)


class Verdicts(TestCase):
    case = "1:in:basic.publish:1 reset-after"

    def test_a_message_in_doubt_that_is_not_published_again_is_a_failure(self) -> None:
        [outcome] = sweep(doubtful, only=self.case).failures
        self.assertEqual(outcome.kind, Kind.VERDICT)
        self.assertRegex(outcome.error, "^never-confirmed: connection 1: message 1: .* It was not published again")
        self.assertEqual(outcome.verdicts, (outcome.error,))

    def test_they_can_be_chosen_and_left_out(self) -> None:
        for verdicts in (False, "polling", ["polling", "requeue-loop"]):
            self.assertEqual(sweep(doubtful, only=self.case, verdicts=verdicts).count(Kind.VERDICT), 0)
        self.assertTrue(sweep(doubtful, only=self.case, verdicts="polling,never-confirmed").found)
        self.assertFalse(sweep(doubtful, only=self.case, verdicts="-never-confirmed").count(Kind.VERDICT))

    def test_what_the_client_does_without_a_fault_too_is_told_once(self) -> None:
        report = sweep(silent, faults="delay", verdicts="no-heartbeat", jobs=1)
        self.assertEqual([str(each.case) for each in report.failures], ["no fault"])
        self.assertIn("no-heartbeat", report.failures[0].error)

    def test_what_is_no_failure_is_told_all_the_same(self) -> None:
        report = sweep(silent, faults="delay", jobs=1)
        self.assertFalse(report.found)
        [note] = report.notes
        self.assertRegex(note, "^no failure, but told, in the run without any fault: no-heartbeat: ")

    def test_a_test_case_keeps_a_ledger_too(self) -> None:
        result = TestResult()
        Cases.Silent("test_it").run(result)
        [(_, told)] = result.failures
        self.assertIn("no-heartbeat", told)

    def test_what_is_wrong_is_named(self) -> None:
        with self.assertRaisesRegex(QueryError, "there is no verdict 'poling'; did you mean 'polling'"):
            sweep(doubtful, verdicts="poling")
        with self.assertRaisesRegex(TypeError, "verdicts is True, False, or the names of verdicts"):
            sweep(doubtful, verdicts=3)  # type: ignore[call-overload]


class Cases:
    """Inside of a class, where no test runner looks for tests."""

    class Silent(SynchronousBrokerTestCase):
        @sweep(faults="delay", verdicts="no-heartbeat")
        def test_it(self) -> None:
            self.connect().transport.loseConnection()

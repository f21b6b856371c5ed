"""Each action, as clients of three kinds see it: a bare socket over TCP, txAMQP in memory, and pika."""

from __future__ import annotations

import logging
import socket
from collections.abc import Mapping
from functools import partial
from typing import Any
from unittest import TestCase

from twisted.trial.unittest import SynchronousTestCase

import fakebroker
from fakebroker.faults import ACTIONS
from fakebroker.journal import Acted
from tests.faults.clients import raw, with_pika, with_txamqp
from tests.faults.clients.rules import LATE, ROWS, Seen


class OverTcp(TestCase):
    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)  # pika tells at length what goes wrong, as it shall
        self.addCleanup(logging.disable, logging.NOTSET)

    def check_each(self, conversation: type[Any], expected: Mapping[str, Seen]) -> None:
        for name, row in ROWS.items():
            with self.subTest(action=name), fakebroker.running(virtual_time=bool(row.passes)) as broker:
                rules = [broker.faults.add(where, then) for where, then in row.rules]
                seen = conversation(broker, row, partial(getattr, rules[0], "acted")).run()
                self.assertEqual(expected[name], tuple(seen), broker.journal.transcript())
                self.assertLess(0, rules[0].acted)
                if row.late:
                    self.assertLess(LATE / 2, took(broker))

    def test_a_bare_socket(self) -> None:
        self.check_each(raw.RawConversation, raw.SEEN)

    def test_pika(self) -> None:
        self.check_each(with_pika.PikaConversation, with_pika.SEEN)

    def test_a_bare_socket_in_zero_eight_is_sent_elsewhere(self) -> None:
        with fakebroker.running() as broker:
            row = ROWS["redirect"]._replace(silent=True)
            rule = broker.faults.add(*row.rules[0])
            seen = raw.RawZeroEight(broker, row, partial(getattr, rule, "acted")).run()
            self.assertEqual(["connection.redirect other:5672", "silence"], seen)

    def test_a_bare_socket_hears_heartbeats_unless_they_are_stopped(self) -> None:
        for stopped in (False, True):
            with fakebroker.running(virtual_time=True) as broker:
                if stopped:
                    broker.faults.add(*ROWS["stop_heartbeats"].rules[0])
                client = raw.RawConversation(broker, ROWS["stop_heartbeats"], lambda: 1)
                client.heartbeat = 10
                client.log_in()
                broker.clock.advance(6)
                client.ask("channel.open", "channel.open-ok")
                self.assertEqual(stopped, "heartbeat" not in client.seen)
                client.close()

    def test_the_socket_of_a_broker_that_is_down(self) -> None:
        with fakebroker.running(virtual_time=True) as broker:
            broker.faults.add(*ROWS["down"].rules[0])
            raw.RawConversation(broker, ROWS["down"], lambda: 1).run()
            address = broker.host, broker.port
            self.assertRaises(ConnectionRefusedError, socket.create_connection, address)
            broker.clock.advance(60)
            socket.create_connection(address).close()


class InMemory(SynchronousTestCase):
    def test_txamqp(self) -> None:
        for name, row in ROWS.items():
            broker, seen, rule = with_txamqp.converse(row)
            self.flushLoggedErrors()  # txAMQP raises at what makes no sense to it, as it does over TCP
            self.assertEqual(with_txamqp.SEEN[name], tuple(seen), f"{name}\n{broker.journal.transcript()}")
            self.assertLess(0, rule.acted)
            if row.late:
                self.assertLess(LATE / 2, took(broker))


def took(broker: Any) -> float:
    """How long after the rule has acted the conversation went on."""
    entries = list(broker.journal)
    acted = next(index for index, entry in enumerate(entries) if isinstance(entry.item, Acted))
    return float(max(entry.time for entry in entries[acted:]) - entries[acted].time)


class Complete(TestCase):
    def test_every_action_has_its_row_and_is_seen_by_every_client(self) -> None:
        for table in (ROWS, raw.SEEN, with_txamqp.SEEN, with_pika.SEEN):
            self.assertEqual(sorted(ACTIONS), sorted(table))

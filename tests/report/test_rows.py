"""The rows of a page: what is drawn for each entry, and for what the broker does by itself."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from fakebroker.journal import loads
from fakebroker.report.lives import lives_of
from fakebroker.report.rows import PageRow, rows_of
from tests.report.conversation import Orders


class Drawn(SynchronousTestCase):
    def setUp(self) -> None:
        orders = Orders().run()
        self.records = list(loads(orders.broker.journal.json_lines()))
        self.rows = rows_of(self.records, lives_of(orders.broker.ledger.to_json()))

    def row(self, address: str) -> PageRow:
        return next(row for row in self.rows if row.address == address)

    def inside(self, name: str) -> list[PageRow]:
        return [row for row in self.rows if row.kind == "inside" and row.name == name]

    def test_a_publish_leads_to_its_queue_and_says_how_many_are_ready(self) -> None:
        row = self.row("1:in:basic.publish:3")
        self.assertEqual((row.label, row.queues, row.ready), ("publish sugar", ["orders"], {"orders": 2}))

    def test_a_delivery_comes_from_its_queue(self) -> None:
        row = self.row("2:out:basic.deliver:1")
        self.assertEqual((row.label, row.queues, row.ready), ("deliver tea", ["orders"], {"orders": 2}))

    def test_a_rule_is_told_at_the_crossing_on_which_it_acted(self) -> None:
        row = self.row("1:in:basic.publish:2")
        self.assertEqual((row.rule, row.queues), ("rule 1: Drop()", []))
        self.assertEqual([row.label for row in self.rows if row.kind == "rule"], [])

    def test_a_dead_letter_leads_from_queue_to_queue(self) -> None:
        [row] = self.inside("ready")
        self.assertEqual((row.whence, row.queues, row.ready), ("orders", ["failed"], {"failed": 1}))

    def test_what_comes_back_comes_back_when_the_connection_is_lost(self) -> None:
        [row] = self.inside("requeued")
        before = self.rows[self.rows.index(row) - 1]
        self.assertEqual((before.kind, before.connection), ("lost", 2))
        self.assertEqual(row.ready, {"orders": 1})

    def test_a_message_that_goes_to_no_queue_says_so(self) -> None:
        self.assertEqual(self.row("1:in:basic.publish:5").notes, ["no queue"])

    def test_all_that_belongs_to_one_message_can_be_found(self) -> None:
        bread = self.row("1:in:basic.publish:4").message
        found = [row.name for row in self.rows if row.message == bread]
        self.assertEqual(found, ["basic.publish", "basic.deliver", "requeued"])

    def test_a_handshake_that_went_as_always_can_be_folded(self) -> None:
        folded = [row.name or row.kind for row in self.rows if row.handshake and row.connection == 2]
        self.assertEqual(folded[0], "opened")
        self.assertEqual(folded[-1], "connection.open-ok")
        self.assertFalse(self.row("2:in:channel.open:1").handshake)

    def test_without_a_ledger_there_is_a_row_for_each_entry_that_is_no_rule(self) -> None:
        rows = rows_of(self.records, lives_of(None))
        self.assertEqual(len(rows), len([record for record in self.records if record.kind != "rule"]))
        self.assertEqual({queue for row in rows for queue in row.queues}, set())

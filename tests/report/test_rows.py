"""The rows of a page: what is drawn for each entry, and for what the broker does by itself."""

from __future__ import annotations

from twisted.trial.unittest import SynchronousTestCase

from fakebroker.faults import Action, CancelConsumer, Drop, when
from fakebroker.journal import loads
from fakebroker.report.lives import lives_of
from fakebroker.report.rows import PageRow, rows_of
from tests.rawclient import RawClient
from tests.report.conversation import Orders


class Drawn(SynchronousTestCase):
    def setUp(self) -> None:
        orders = Orders().run()
        self.records = list(loads(orders.broker.journal.json_lines()))
        self.rows = self.rows_of(orders)

    def delivering(self, action: Action) -> Orders:
        """A message is delivered, and a rule acts on that."""
        orders = Orders()
        orders.declare("orders")
        orders.clock.result(orders.publisher.basic_consume(queue="orders", consumer_tag="me"), 60)
        orders.broker.faults.add(when("basic.deliver"), action)
        orders.publish(b"tea")
        return orders

    def rows_of(self, orders: Orders) -> list[PageRow]:
        records = loads(orders.broker.journal.json_lines())
        return rows_of(list(records), lives_of(orders.broker.ledger.to_json()))

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

    def test_a_body_is_shown_as_text_or_by_its_length(self) -> None:
        orders = Orders()
        orders.publish(b"tea", b"", b"\xff\xfe\xfd", b"two\nlines")
        labels = [row.label for row in self.rows_of(orders) if row.name == "basic.publish"]
        self.assertEqual(labels, ["publish tea", "publish (empty)", "publish (3 octets)", "publish two\\nlines"])

    def test_what_a_queue_does_by_itself_stands_behind_what_came_before_it(self) -> None:
        orders = Orders()
        orders.declare("short", {"x-message-ttl": 1000})
        orders.publish(b"tea", to="short")
        orders.clock.advance(0.5)
        orders.declare("before")
        orders.clock.advance(1)
        orders.declare("after")
        names = [row.name for row in self.rows_of(orders)]
        self.assertEqual(names[-4:], ["queue.declare-ok", "expired", "queue.declare", "queue.declare-ok"])

    def test_a_handshake_that_was_refused_is_not_folded(self) -> None:
        orders = Orders()
        client = RawClient.connect(orders.broker, orders.clock)
        client.log_in(password="wrong")
        orders.clock.advance(5)
        self.assertIsNotNone(client.lost)
        rows = [row for row in self.rows_of(orders) if row.connection == 2]
        self.assertIn("connection.start-ok", [row.name for row in rows])
        self.assertEqual([row.name for row in rows if row.handshake], [])

    def test_a_delivery_of_which_a_rule_kept_the_client_is_told_as_such(self) -> None:
        orders = self.delivering(Drop())
        [row] = [row for row in self.rows_of(orders) if row.kind == "rule"]
        self.assertTrue(row.label.startswith("rule 1: Drop()  on basic.deliver"), row.label)
        texts = [each.text for each in lives_of(orders.broker.ledger.to_json()).happenings if each.name == "delivered"]
        self.assertEqual(len(texts), 1)
        self.assertTrue(texts[0].endswith("(rule 1) (the client was not told)"), texts)

    def test_what_a_rule_takes_back_comes_back_before_what_happens_later(self) -> None:
        orders = self.delivering(CancelConsumer())
        orders.clock.advance(1)
        orders.declare("after")
        names = [row.name for row in self.rows_of(orders)]
        self.assertEqual(names[-3:], ["requeued", "queue.declare", "queue.declare-ok"])

    def test_without_a_ledger_there_is_a_row_for_each_entry_that_is_no_rule(self) -> None:
        rows = rows_of(self.records, lives_of(None))
        self.assertEqual(len(rows), len([record for record in self.records if record.kind != "rule"]))
        self.assertEqual({queue for row in rows for queue in row.queues}, set())

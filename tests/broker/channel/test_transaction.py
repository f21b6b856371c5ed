"""Transactions: what waits for tx.commit, and in which order it does it."""

from __future__ import annotations

from tests.broker.queueing import QueueCase, bodies


class Transactions(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.q = self.queue()
        self.client.session.select_tx()

    def test_messages_wait_for_the_commit(self) -> None:
        self.fill(self.q, "1", "2")
        self.assertEqual([], bodies(self.q.ready))
        self.client.commit()
        self.assertEqual(["1", "2"], bodies(self.q.ready))

    def test_so_do_returns(self) -> None:
        self.client.publish("nowhere", b"1")
        self.assertEqual([], self.client.returned)
        self.client.commit()
        self.assertEqual([b"1"], self.client.returned)

    def test_an_unknown_exchange_fails_at_once(self) -> None:
        text = "no exchange 'nope' in vhost '/'"
        self.assertRefused("not-found", text, self.client.publish, "", b"1", exchange="nope")

    def test_a_queue_that_is_gone_by_then_is_no_queue(self) -> None:
        self.fill(self.q, "1")
        self.vhost.queues.delete(self.q)
        self.client.commit()
        self.assertEqual([b"1"], self.client.returned)

    def test_acknowledgements_wait_too(self) -> None:
        self.fill(self.q, "1", "2")
        self.client.commit()
        self.client.get(self.q)
        self.client.get(self.q)
        self.client.session.ack(1)
        self.client.session.reject(2, requeue=True)
        self.assertEqual(([], 2), (bodies(self.q.ready), len(self.q.unacked)))
        self.client.commit()
        self.assertEqual((["2*"], 0), (bodies(self.q.ready), len(self.q.unacked)))

    def test_a_rollback_forgets_messages_and_leaves_deliveries_with_the_channel(self) -> None:
        self.fill(self.q, "1", "2")
        self.client.commit()
        self.client.get(self.q)
        self.client.get(self.q)
        self.fill(self.q, "3")
        self.client.session.ack(2)
        self.client.session.ack(1)
        self.client.session.rollback()
        self.assertEqual([], bodies(self.q.ready))
        self.assertEqual([1, 2], list(self.client.session.unacked))

    def test_what_the_client_published_for_itself_comes_before_commit_ok(self) -> None:
        self.client.consume(self.q, "a")
        self.fill(self.q, "1", "2")
        self.assertEqual(["1", "2", "commit-ok"], self.client.commit())

    def test_what_it_requeued_comes_after(self) -> None:
        self.client.consume(self.q, "a")
        self.fill(self.q, "1")
        self.client.commit()
        self.client.session.reject(1, requeue=True)
        self.fill(self.q, "2")
        self.assertEqual(["2", "commit-ok", "1"], self.client.commit())

    def test_a_message_that_a_queue_refuses_fails_the_commit(self) -> None:
        full = self.queue("full", x_max_length=0, x_overflow="reject-publish")
        self.fill(full, "1")
        self.fill(self.q, "2")
        self.assertEqual([], self.client.commit())
        self.assertEqual(["PRECONDITION_FAILED - partial tx completion"], [str(each) for each in self.client.errors])
        self.assertEqual([(90, 20)], [each.method for each in self.client.errors])  # tx.commit
        self.assertEqual(["2"], bodies(self.q.ready))

    def test_what_other_queues_have_taken_is_delivered_before_the_commit_fails(self) -> None:
        full = self.queue("full", x_max_length=0, x_overflow="reject-publish")
        self.client.consume(self.q, "a")
        self.fill(self.q, "1")
        self.fill(full, "2")
        self.fill(self.q, "3")
        self.assertEqual(["1", "3"], self.client.commit())
        self.assertEqual(1, len(self.client.errors))
        self.assertEqual(["1*", "3*"], bodies(self.q.ready))

    def test_no_transaction_no_commit(self) -> None:
        other = self.another().session
        self.assertRefused("precondition-failed", "channel is not transactional", other.commit, lambda: None)
        self.assertRefused("precondition-failed", "channel is not transactional", other.rollback)

    def test_a_channel_confirms_or_is_transactional(self) -> None:
        self.assertRefused("precondition-failed", "cannot switch from tx to confirm mode", self.client.confirm)
        other = self.another()
        other.confirm()
        self.assertRefused("precondition-failed", "cannot switch from confirm to tx mode", other.session.select_tx)

    def test_what_was_rolled_back_is_not_in_the_next_commit(self) -> None:
        self.fill(self.q, "1")
        self.client.session.rollback()
        self.fill(self.q, "2")
        self.client.commit()
        self.assertEqual(["2"], bodies(self.q.ready))

    def test_what_was_rejected_in_a_row_is_rejected_in_the_order_of_the_tags(self) -> None:
        dead = self.queue("dead")
        queue = self.queue("mortal", x_dead_letter_exchange="", x_dead_letter_routing_key="dead")
        self.fill(queue, "1", "2")
        self.client.commit()
        for tag in (1, 2):
            self.assertEqual(str(tag), self.client.get(queue))
        for tag in (2, 1):
            self.client.session.reject(tag, requeue=False)
        self.client.commit()
        self.assertEqual(["1", "2"], bodies(dead.ready))

    def test_commit_ok_goes_ahead_of_the_last_delivery_that_asks_the_limit_of_the_channel(self) -> None:
        self.client.session.set_prefetch(9, whole_channel=True)
        self.client.consume(self.q, "a")
        self.fill(self.q, "1", "2", "3")
        self.assertEqual(["1", "2", "commit-ok", "3"], self.client.commit())

    def test_what_was_settled_before_a_rollback_is_not_settled_by_the_next_commit(self) -> None:
        self.fill(self.q, "1")
        self.client.commit()
        self.client.get(self.q)
        self.client.session.ack(1)
        self.client.session.rollback()
        self.client.commit()
        self.assertEqual(([1], 1), (list(self.client.session.unacked), len(self.q.unacked)))

    def test_one_message_for_the_disk_holds_commit_ok_back_behind_all_deliveries(self) -> None:
        self.client.session.set_prefetch(9, whole_channel=True)
        self.client.consume(self.q, "a")
        self.queue("kept", durable=True)
        self.client.publish("kept", b"kept", delivery_mode=2)
        self.fill(self.q, "1", "2")
        self.assertEqual(["1", "2", "commit-ok"], self.client.commit())

    def test_after_a_rollback_what_is_out_has_the_order_of_its_tags(self) -> None:
        self.fill(self.q, *"123")
        self.client.commit()
        for _ in range(3):
            self.client.get(self.q)
        self.client.session.ack(1)
        self.client.session.rollback()
        self.assertEqual([1, 2, 3], list(self.client.session.unacked))
        self.client.session.ack(2, multiple=True)
        self.client.commit()
        self.assertEqual([3], list(self.client.session.unacked))

    def test_a_refusal_fails_the_commit_though_a_quorum_queue_is_among_the_queues(self) -> None:
        self.queue("full", x_max_length=0, x_overflow="reject-publish")
        self.queue("quorum", durable=True, x_queue_type="quorum")
        for name in ("full", "quorum"):
            self.vhost.bindings.bind("amq.fanout", name)
        self.client.publish("", b"1", exchange="amq.fanout")
        self.assertEqual([], self.client.commit())
        self.assertEqual(["PRECONDITION_FAILED - partial tx completion"], [str(each) for each in self.client.errors])

    def test_commit_ok_waits_for_the_queue_that_gets_most(self) -> None:
        self.client.session.set_prefetch(9, whole_channel=True)
        other = self.queue("other")
        self.client.consume(self.q, "a")
        self.client.consume(other, "b")
        self.fill(self.q, "1")
        self.fill(other, "2")
        self.fill(self.q, "3", "4")
        self.assertEqual(["1", "2", "3", "commit-ok", "4"], self.client.commit())

"""Sessions: acknowledging, transactions, confirms, and how they end."""

from __future__ import annotations

from tests.broker.queueing import QueueCase, bodies


class Acknowledging(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.q = self.queue()
        self.fill(self.q, *"12345")
        for _ in range(4):
            self.client.get(self.q)

    def test_one(self) -> None:
        self.client.session.ack(2)
        self.assertEqual([1, 3, 4], list(self.client.session.unacked))

    def test_all_up_to_one(self) -> None:
        self.client.session.ack(3, multiple=True)
        self.assertEqual([4], list(self.client.session.unacked))

    def test_all(self) -> None:
        self.client.session.ack(0, multiple=True)
        self.assertEqual([], list(self.client.session.unacked))
        self.client.session.ack(0, multiple=True)

    def test_a_tag_that_is_not_outstanding(self) -> None:
        self.client.session.ack(2)
        for tag, multiple in ((2, False), (9, False), (0, False), (9, True), (2, True)):
            text = f"unknown delivery tag {tag}"
            self.assertRefused("precondition-failed", text, self.client.session.ack, tag, multiple)
        self.assertEqual([1, 3, 4], list(self.client.session.unacked))

    def test_requeued_messages_are_where_they_were(self) -> None:
        self.client.session.reject(3, requeue=True)
        self.client.session.reject(1, requeue=True)
        self.assertEqual(["1*", "3*", "5"], bodies(self.q.ready))
        self.client.session.reject(0, multiple=True, requeue=True)
        self.assertEqual(["1*", "2*", "3*", "4*", "5"], bodies(self.q.ready))

    def test_dropped_ones_are_gone(self) -> None:
        self.client.session.reject(4, multiple=True, requeue=False)
        self.assertEqual((["5"], []), (bodies(self.q.ready), self.q.unacked))

    def test_recovering_requeues_all(self) -> None:
        answers: list[int] = []
        self.client.session.recover(lambda: answers.append(self.q.message_count))
        self.assertEqual([1], answers)
        self.assertEqual(["1*", "2*", "3*", "4*", "5"], bodies(self.q.ready))

    def test_what_is_requeued_goes_to_the_next_consumer(self) -> None:
        self.client.consume(self.q, "a")
        self.client.take()
        self.client.session.reject(2, requeue=True)
        self.assertEqual(["a:2*"], self.client.take())


class Ending(QueueCase):
    def test_what_was_out_goes_back_in_its_order(self) -> None:
        queue = self.queue()
        self.fill(queue, *"1234")
        other = self.another()
        other.get(queue)
        self.client.get(queue)
        other.get(queue)
        other.session.close()
        self.assertEqual(["1*", "3*", "4"], bodies(queue.ready))

    def test_other_consumers_get_it(self) -> None:
        queue = self.queue()
        other = self.another()
        self.client.consume(queue, "a")
        other.consume(queue, "b")
        self.fill(queue, *"123")
        other.take()
        self.client.session.close()
        self.assertEqual(["b:1*", "b:3*"], other.take())
        self.assertEqual(["b"], [consumer.tag for consumer in queue.consumers])

    def test_an_uncommitted_transaction_is_undone(self) -> None:
        queue = self.queue()
        self.fill(queue, "1")
        self.client.session.select_tx()
        self.client.get(queue)
        self.client.session.ack(1)
        self.fill(queue, "2")
        self.client.session.close()
        self.assertEqual(["1*"], bodies(queue.ready))


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


class Confirms(QueueCase):
    def test_messages_are_numbered_from_the_first_that_is_confirmed(self) -> None:
        queue = self.queue()
        self.fill(queue, "not counted")
        self.client.confirm()
        self.fill(queue, "1")
        self.client.publish("nowhere")
        self.assertEqual(["ack 1", "ack 2"], self.client.confirmed)

    def test_a_second_select_does_not_begin_anew(self) -> None:
        queue = self.queue()
        self.client.confirm()
        self.fill(queue, "1")
        self.client.confirm()
        self.fill(queue, "2")
        self.assertEqual(["ack 1", "ack 2"], self.client.confirmed)


class ConfirmsOfOneTurn(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.free = self.queue("free")
        self.full = self.queue("full", x_max_length=0, x_overflow="reject-publish")
        self.client.confirm()

    def told(self, *keys: str) -> list[str]:
        """What the client is told when it publishes all these in one turn."""
        with self.broker.turn:
            for key in keys:
                self.client.publish(key)
        return self.client.confirmed

    def test_one_alone(self) -> None:
        self.assertEqual(["ack 1"], self.told("free"))

    def test_several_go_together(self) -> None:
        self.assertEqual(["ack up to 3"], self.told("free", "free", "free"))

    def test_what_goes_nowhere_does_not_wait(self) -> None:
        self.assertEqual(["ack 2", "ack 4", "ack up to 3"], self.told("free", "nowhere", "free", "nowhere"))

    def test_what_is_refused_cuts_in(self) -> None:
        self.assertEqual(["ack up to 2", "ack 4", "nack 3"], self.told("free", "free", "full", "free"))

    def test_one_refused_alone_is_multiple_all_the_same(self) -> None:
        self.assertEqual(["nack up to 1"], self.told("full"))

    def test_the_limit_of_the_channel_has_each_go_ahead_and_once_only(self) -> None:
        self.client.session.set_prefetch(9, whole_channel=True)
        self.client.consume(self.free, "c")
        self.client.session.pause()
        self.assertEqual(["ack up to 2"], self.told("free", "free"))
        self.client.session.resume()
        self.assertEqual(["ack up to 2"], self.client.confirmed)
        self.assertEqual(["ack up to 2", "ack 3"], self.told("free"))
        self.assertEqual(3, len(self.client.deliveries))

    def test_a_session_that_ends_tells_nothing_more(self) -> None:
        with self.broker.turn:
            self.client.publish("free")
            self.client.session.close()
        self.assertEqual([], self.client.confirmed)


class AckTimeout(QueueCase):
    TEXT = (
        "delivery acknowledgement on channel 1 timed out. Timeout value used: 1800000 ms. This timeout value can be "
        "configured, see consumers doc guide to learn more"
    )

    def test_half_an_hour_without_acknowledgement_ends_the_channel(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "a")
        self.fill(queue, "1")
        self.pass_time(1799.9)
        self.assertEqual([], self.client.errors)
        self.pass_time(0.2)
        self.assertEqual(
            [("precondition-failed", self.TEXT)], [(error.name, error.text) for error in self.client.errors]
        )
        self.assertEqual(["1*"], bodies(queue.ready))

    def test_what_was_fetched_has_to_be_acknowledged_too(self) -> None:
        queue = self.queue()
        self.fill(queue, "1")
        self.client.get(queue)
        self.pass_time(1801)
        self.assertEqual(1, len(self.client.errors))

    def test_the_oldest_delivery_counts(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "a")
        self.fill(queue, "1")
        self.pass_time(1000)
        self.fill(queue, "2")
        self.pass_time(700)
        self.client.session.ack(1)
        self.pass_time(1000)
        self.assertEqual([], self.client.errors)
        self.pass_time(200)
        self.assertEqual(1, len(self.client.errors))

    def test_the_time_can_be_set(self) -> None:
        self.broker.tuning.consumer_timeout = 1000
        queue = self.queue()
        self.fill(queue, "1")
        self.client.get(queue)
        self.pass_time(1.001)
        self.assertEqual(1, len(self.client.errors))

    def test_a_session_that_ends_leaves_nothing_in_the_clock(self) -> None:
        queue = self.queue()
        self.fill(queue, "1")
        self.client.get(queue)
        self.client.session.close()
        self.assertEqual([], self.clock.getDelayedCalls())


class Tags(QueueCase):
    def test_a_consumer_without_a_tag_gets_one(self) -> None:
        consumer = self.client.consume(self.queue(), "")
        self.assertRegex(consumer.tag, r"^amq\.ctag-[A-Za-z0-9_-]{22}$")

    def test_a_tag_is_used_once_in_a_channel(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "a")
        self.assertRefused("not-allowed", "attempt to reuse consumer tag 'a'", self.client.consume, queue, "a")
        self.another().consume(queue, "a")

    def test_cancelling_an_unknown_tag_is_no_error(self) -> None:
        self.client.session.cancel("nobody", lambda: None)

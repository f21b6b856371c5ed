"""Sessions: consumer tags, and how a session ends."""

from __future__ import annotations

from tests.broker.queueing import QueueCase, bodies


class Tags(QueueCase):
    def test_a_consumer_without_a_tag_gets_one(self) -> None:
        consumer = self.client.consume(self.queue(), "")
        self.assertRegex(consumer.tag, r"^amq\.ctag-[A-Za-z0-9_-]{22}$")

    def test_so_does_one_for_which_none_is_given(self) -> None:
        consumer = self.client.session.consume(self.queue(), lambda delivery: None, lambda consumer: None)
        self.assertRegex(consumer.tag, r"^amq\.ctag-")

    def test_what_needs_no_ack_is_never_out(self) -> None:
        queue = self.queue()
        self.fill(queue, "1", "2")
        self.client.get(queue, no_ack=True)
        self.client.consume(queue, "a", no_ack=True)
        self.assertEqual(({}, []), (dict(self.client.session.unacked), self.client.session.outstanding))
        self.assertEqual([], self.clock.getDelayedCalls())

    def test_a_tag_is_used_once_in_a_channel(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "a")
        self.assertRefused("not-allowed", "attempt to reuse consumer tag 'a'", self.client.consume, queue, "a")
        self.another().consume(queue, "a")

    def test_it_is_free_again_when_the_queue_is_gone(self) -> None:
        self.client.consume(self.queue("gone"), "a")
        self.vhost.queues.delete(self.vhost.queues["gone"])
        self.assertEqual(["a"], self.client.cancelled)
        self.client.consume(self.queue(), "a")
        self.assertTrue(self.client.session.consumes("a"))

    def test_cancelling_an_unknown_tag_is_no_error(self) -> None:
        self.client.session.cancel("nobody", lambda: None)

    def test_the_consumer_of_replies_may_not_take_a_tag_in_use_but_leaves_its_own_to_others(self) -> None:
        queue, session = self.queue(), self.client.session
        self.client.consume(queue, "a")
        text = "attempt to reuse consumer tag 'a'"
        self.assertRefused("not-allowed", text, session.consume_replies, lambda *reply: None, "a")
        session.consume_replies(lambda *reply: None, "b")
        self.client.consume(queue, "b")
        self.assertEqual([True, True, False], [session.consumes(tag) for tag in "abc"])
        session.cancel("b", lambda: None)
        self.assertEqual(["a"], [consumer.tag for consumer in queue.consumers])
        self.assertTrue(session.consumes("b"))
        answered: list[str] = []
        session.cancel("b", lambda: answered.append("b"))
        self.assertEqual((["b"], False), (answered, session.consumes("b")))

    def test_replies_need_neither_a_tag_nor_acknowledgements(self) -> None:
        tag = self.client.session.consume_replies(lambda *reply: None)
        self.assertRegex(tag, r"^amq\.ctag-")

    def test_it_shows_what_it_has(self) -> None:
        queue = self.queue()
        self.fill(queue, "1", "2")
        self.client.consume(queue, "a")
        self.assertEqual("<Session of channel 1: 1 consumers, 2 unacked>", repr(self.client.session))


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

    def test_what_was_sent_again_and_has_not_been_passed_on_goes_back(self) -> None:
        queue = self.queue()
        self.fill(queue, "1", "2")
        for _ in range(2):
            self.client.get(queue)
        self.client.consume(queue, "a")
        with self.broker.turn:
            self.client.session.reject(0, multiple=True)
            self.client.session.close()
        self.assertEqual((["1*", "2*"], []), (bodies(queue.ready), queue.unacked))

    def test_a_queue_of_which_it_has_only_got_something_hears_of_it_at_the_very_end(self) -> None:
        consumed, got = self.queue("consumed"), self.queue("got")
        self.client.consume(consumed, "a")
        self.fill(consumed, "1")
        self.fill(got, "2")
        self.client.get(got)
        self.client.session.leave()
        self.assertEqual((["1*"], []), (bodies(consumed.ready), bodies(got.ready)))
        self.client.session.close()
        self.assertEqual((["1*"], ["2*"]), (bodies(consumed.ready), bodies(got.ready)))

    def test_where_an_error_ends_the_connection_so_does_a_quorum_queue(self) -> None:
        classic, quorum = self.queue("classic"), self.queue("quorum", durable=True, x_queue_type="quorum")
        for queue in (classic, quorum):
            self.client.consume(queue, queue.name)
            self.fill(queue, "1")
        self.client.session.leave(failing=True)
        self.assertEqual((1, 0), (classic.message_count, quorum.message_count))
        self.client.session.close()
        self.assertEqual((1, 1), (classic.message_count, quorum.message_count))
        self.assertEqual([], [*classic.consumers, *quorum.consumers])

    def test_a_queue_that_is_gone_gets_nothing_back(self) -> None:
        queue = self.queue()
        self.fill(queue, "1")
        self.client.get(queue)
        self.vhost.queues.delete(queue)
        self.client.session.close()
        self.assertEqual([], bodies(queue.ready))

    def test_a_slow_queue_that_has_not_heard_of_the_end_keeps_what_comes_meanwhile(self) -> None:
        quorum = self.queue("quorum", durable=True, x_queue_type="quorum")
        self.client.consume(quorum, "a")
        self.client.session.leave(failing=True)
        self.another().publish("quorum", b"1")
        self.assertEqual(["1"], bodies(quorum.ready))

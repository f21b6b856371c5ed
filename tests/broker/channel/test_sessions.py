"""Sessions: consumer tags, and how a session ends."""

from __future__ import annotations

from tests.broker.queueing import QueueCase, bodies


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

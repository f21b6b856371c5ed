"""Direct reply-to."""

from __future__ import annotations

from fakebroker.broker.message import Message
from fakebroker.broker.queues.direct_reply_to import REPLY_TO, address_replies
from fakebroker.wire.command import Content
from tests.broker.queueing import QueueCase


class Replies(QueueCase):
    def setUp(self) -> None:
        super().setUp()
        self.replies: list[tuple[bytes, str, int]] = []
        self.server = self.another()

    def listen(self) -> str:
        """Consume replies; returns the address."""
        self.client.session.consume_replies(self._reply, "me")
        request = address_replies(Content.make({"reply_to": REPLY_TO}), self.client.session.replies.consumer)
        assert request.properties.reply_to is not None
        return request.properties.reply_to

    def _reply(self, message: Message, consumer_tag: str, delivery_tag: int) -> None:
        self.replies.append((message.body, consumer_tag, delivery_tag))

    def test_a_reply_reaches_the_requester(self) -> None:
        address = self.listen()
        self.assertTrue(address.startswith("amq.rabbitmq.reply-to."), address)
        self.server.publish(address, b"answer")
        self.assertEqual([(b"answer", "me", 1)], self.replies)

    def test_its_delivery_tag_is_that_of_the_next_proper_delivery(self) -> None:
        queue = self.queue()
        address = self.listen()
        self.fill(queue, "1")
        self.client.get(queue)
        self.server.publish(address, b"answer")
        self.assertEqual(2, self.replies[0][2])

    def test_it_counts_as_not_routed_and_is_confirmed(self) -> None:
        address = self.listen()
        self.server.confirm()
        self.server.publish(address, b"answer")
        self.assertEqual(([b"answer"], ["ack 1"]), (self.server.returned, self.server.confirmed))

    def test_an_address_that_is_not_used_is_no_error(self) -> None:
        address = self.listen()
        self.client.session.cancel("me", lambda: None)
        self.server.publish(address, b"answer")
        self.assertEqual([], self.replies)

    def test_its_cancel_is_answered_and_its_tag_is_free_again(self) -> None:
        self.listen()
        answers: list[str] = []
        self.client.session.cancel("me", lambda: answers.append("cancel-ok"))
        self.assertEqual(["cancel-ok"], answers)
        self.listen()

    def test_it_ends_with_the_session(self) -> None:
        address = self.listen()
        self.assertIn(address, self.vhost.queues.replies)
        self.client.session.close()
        self.assertNotIn(address, self.vhost.queues.replies)

    def test_a_request_needs_a_reply_consumer(self) -> None:
        self.assertRefused(
            "precondition-failed",
            "fast reply consumer does not exist",
            address_replies,
            Content.make({"reply_to": REPLY_TO}),
            None,
        )

    def test_a_session_has_one_reply_consumer(self) -> None:
        self.listen()
        text = "reply consumer already set"
        self.assertRefused("precondition-failed", text, self.client.session.consume_replies, self._reply)

    def test_replies_are_not_acknowledged(self) -> None:
        text = "reply consumer cannot acknowledge"
        self.assertRefused("precondition-failed", text, self.client.session.consume_replies, self._reply, no_ack=False)

"""What a channel was allowed it may do again until it has been quiet for a second, as in RabbitMQ 3.10."""

from __future__ import annotations

from fakebroker.broker.access.permissions import REMEMBERED
from tests.amqp.conversation import ConversationCase

REFUSED = "ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused for user 'guest'"


class PermissionsTakenAway(ConversationCase):
    def setUp(self) -> None:
        super().setUp()
        self.do("queue.declare", queue="q")
        self.do("confirm.select")
        self.guest = self.broker.users["guest"]
        self.number = 0

    def forbid(self) -> None:
        self.guest.permit("/", "^$", "^$", "^$")

    def assertTaken(self) -> None:
        self.number += 1
        self.assertEqual([f"basic.ack {self.number} False"], self.publish("q"))

    def assertRefused(self) -> None:
        self.assertClosed(403, REFUSED, self.publish("q"))

    def test_a_message_is_taken_after_the_permission_to_write_is_gone(self) -> None:
        self.assertTaken()
        self.forbid()
        self.assertTaken()

    def test_one_that_has_no_permissions_at_all_any_more_is_still_served(self) -> None:
        self.assertTaken()
        self.guest.forbid("/")
        self.assertTaken()

    def test_what_the_channel_has_not_done_before_is_refused_at_once(self) -> None:
        self.forbid()
        self.assertRefused()

    def test_another_channel_is_refused_at_once(self) -> None:
        self.assertTaken()
        self.forbid()
        self.client.open_channel(2)
        refused = self.do("basic.publish", 2, b"m", routing_key="q")
        self.assertEqual([f"channel.close 403 {REFUSED}"], refused)

    def test_a_channel_that_is_opened_again_has_forgotten(self) -> None:
        self.assertTaken()
        self.forbid()
        self.do("channel.close")
        self.client.open_channel()
        self.assertRefused()

    def test_a_second_of_quiet_ends_it(self) -> None:
        self.assertTaken()
        self.forbid()
        self.clock.advance(1)
        self.assertRefused()

    def test_a_channel_that_publishes_all_the_time_goes_on_for_ever(self) -> None:
        self.assertTaken()
        self.forbid()
        for _ in range(5):
            self.clock.advance(0.9)
            self.assertTaken()

    def test_whatever_else_the_channel_does_keeps_it_awake(self) -> None:
        self.assertTaken()
        self.forbid()
        for _ in range(3):
            self.clock.advance(0.6)
            self.do("basic.qos", prefetch_count=1)
        self.assertTaken()

    def test_so_does_what_it_is_sent(self) -> None:
        self.do("basic.consume", queue="q", consumer_tag="c", no_ack=True)
        self.publish("q")
        self.number = 1
        self.forbid()
        for _ in range(3):
            self.clock.advance(0.6)
            self.broker.publish(b"m", "q")
            self.clock.advance(0)
            self.assertEqual(1, len(self.said(self.client)))
        self.assertEqual("basic.ack 2 False", min(self.publish("q")))

    def test_twelve_permissions_are_remembered(self) -> None:
        self.declare_exchanges(REMEMBERED)
        self.forbid()
        self.assertEqual(["exchange.declare-ok"], self.do("exchange.declare", 2, exchange="x0", type="direct"))

    def test_the_thirteenth_takes_the_place_of_the_first(self) -> None:
        self.declare_exchanges(REMEMBERED + 1)
        self.forbid()
        self.assertEqual(["exchange.declare-ok"], self.do("exchange.declare", 2, exchange="x1", type="direct"))
        text = "ACCESS_REFUSED - access to exchange 'x0' in vhost '/' refused for user 'guest'"
        self.assertEqual([f"channel.close 403 {text}"], self.do("exchange.declare", 2, exchange="x0", type="direct"))

    def declare_exchanges(self, count: int) -> None:
        """On a channel that has asked for nothing else."""
        self.client.open_channel(2)
        for number in range(count):
            self.do("exchange.declare", 2, exchange=f"x{number}", type="direct")

    def test_topic_permissions_are_remembered_by_routing_key(self) -> None:
        self.publish("a", exchange="amq.topic")
        self.guest.permit_topic("/", "amq.topic", write="^$")
        self.assertEqual(["basic.ack 2 False"], self.publish("a", exchange="amq.topic"))
        text = "ACCESS_REFUSED - access to topic 'b' in exchange 'amq.topic' in vhost '/' refused for user 'guest'"
        self.assertClosed(403, text, self.publish("b", exchange="amq.topic"))

    def test_a_permission_that_is_given_counts_at_once(self) -> None:
        self.forbid()
        self.assertRefused()
        self.do("confirm.select")
        self.guest.permit("/")
        self.assertTaken()


class PermissionsTakenAwayInZeroEight(ConversationCase):
    version = "0-8"

    def test_getting_goes_on(self) -> None:
        self.do("queue.declare", queue="q")
        self.do("basic.get", queue="q")
        self.broker.users["guest"].permit("/", "^$", "^$", "^$")
        self.assertEqual(["basic.get-empty"], self.do("basic.get", queue="q"))

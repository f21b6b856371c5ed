"""Declaring, finding and deleting queues."""

from __future__ import annotations

from fakebroker.values import Int8, Int64, Timestamp
from tests.broker.queueing import QueueCase


class Declaring(QueueCase):
    def test_a_queue_without_a_name_gets_one(self) -> None:
        queue = self.queue("")
        self.assertRegex(queue.name, r"^amq\.gen-[A-Za-z0-9_-]{22}$")
        self.assertIs(queue, self.vhost.queues[queue.name])

    def test_the_name_may_be_left_out(self) -> None:
        self.assertTrue(self.vhost.queues.declare().name.startswith("amq.gen-"))

    def test_each_place_for_the_leader_is_taken(self) -> None:
        for where in ("client-local", "balanced", "random", "least-leaders"):
            queue = self.queue(where, durable=True, x_queue_type="quorum", x_queue_leader_locator=where)
            self.assertEqual(where, queue.arguments["x-queue-leader-locator"])

    def test_a_delivery_shows_to_whom_it_goes(self) -> None:
        queue = self.queue()
        self.fill(queue, "one", "two")
        self.client.get(queue)
        self.client.consume(queue, "me")
        fetched, delivered = map(repr, queue.unacked)
        self.assertRegex(fetched, r"^<Delivery 1 to basic\.get of <Message ")
        self.assertRegex(delivered, r"^<Delivery 2 to consumer 'me' of <Message ")

    def test_the_same_again_is_the_same_queue(self) -> None:
        queue = self.queue(durable=True, x_message_ttl=1000)
        self.assertIs(queue, self.queue(durable=True, x_message_ttl=1000))

    def test_the_width_of_a_number_and_unknown_arguments_do_not_count(self) -> None:
        queue = self.queue(x_message_ttl=1000, x_unknown=1)
        self.assertIs(queue, self.queue(x_message_ttl=Int64(1000), x_unknown=2))

    def test_classic_is_what_a_queue_is_anyway(self) -> None:
        self.assertIs(self.queue(), self.queue(x_queue_type="classic"))

    def test_an_exclusive_queue_is_never_durable(self) -> None:
        owner = object()
        queue = self.vhost.queues.declare("q", durable=True, exclusive=True, owner=owner)
        self.assertFalse(queue.durable)
        self.assertIs(queue, self.vhost.queues.declare("q", durable=False, exclusive=True, owner=owner))

    def test_a_queue_shows_what_it_is(self) -> None:
        queue = self.queue(durable=True)
        self.fill(queue, "one", "two")
        self.client.get(queue)
        self.assertEqual("<Queue 'q' durable in '/': 1 ready, 1 unacked, 0 consumers>", repr(queue))
        self.queue("other")
        self.assertEqual("<Queues of '/': 'q', 'other'>", repr(self.vhost.queues))

    def test_a_queue_that_is_deleted_already_is_not_deleted_again(self) -> None:
        queue = self.queue()
        self.fill(queue, "one", "two")
        self.assertEqual([2, 0], [self.vhost.queues.remove(queue) for _ in range(2)])


class Differences(QueueCase):
    def different(self, text: str, **attributes: object) -> None:
        name = "resource-locked" if text.startswith("cannot") else "precondition-failed"
        self.assertRefused(name, text, self.queue, **attributes)

    def test_durability(self) -> None:
        self.queue(durable=True)
        self.different(
            "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'false' but current is 'true'",
            durable=False,
        )

    def test_auto_delete(self) -> None:
        self.queue()
        self.different(
            "inequivalent arg 'auto_delete' for queue 'q' in vhost '/': received 'true' but current is 'false'",
            auto_delete=True,
        )

    def test_a_number(self) -> None:
        self.queue(x_message_ttl=1000)
        text = "inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received '1001' but current is '1000'"
        self.different(text, x_message_ttl=Int8(100) and 1001)

    def test_an_argument_that_was_not_there(self) -> None:
        self.queue()
        self.different(
            "inequivalent arg 'x-expires' for queue 'q' in vhost '/': received the value '5' of type 'signedint' "
            "but current is none",
            x_expires=5,
        )

    def test_an_argument_that_is_missing(self) -> None:
        self.queue(x_dead_letter_exchange="dead")
        self.different(
            "inequivalent arg 'x-dead-letter-exchange' for queue 'q' in vhost '/': received none "
            "but current is the value 'dead' of type 'longstr'"
        )

    def test_the_first_difference_in_the_order_of_rabbitmq_is_told(self) -> None:
        self.queue(x_max_length=5, x_expires=1000)
        with self.assertRaises(Exception) as caught:
            self.queue(x_max_length=6, x_expires=1001)
        self.assertIn("'x-expires'", str(caught.exception))

    def test_exclusive_or_not_is_another_error(self) -> None:
        text = (
            "cannot obtain exclusive access to locked queue 'q' in vhost '/'. It could be originally declared on "
            "another connection or the exclusive property value does not match that of the original declaration."
        )
        owner = object()
        self.vhost.queues.declare("q", exclusive=True, owner=owner)
        self.different(text)
        self.different(text, exclusive=True, owner=object())
        self.queue("other")
        self.assertRefused(
            "resource-locked", text.replace("'q'", "'other'"), self.queue, "other", exclusive=True, owner=owner
        )


class Limits(QueueCase):
    def test_a_virtual_host_may_have_so_many_queues(self) -> None:
        self.vhost.limits["max-queues"] = 1
        self.queue()
        text = "cannot declare queue 'more': queue limit in vhost '/' (1) is reached"
        self.assertRefused("precondition-failed", text, self.vhost.queues.check_limit, "more")


class Deleting(QueueCase):
    def test_a_queue_goes_with_messages_and_bindings(self) -> None:
        queue = self.queue()
        self.vhost.bindings.bind(self.vhost.exchanges["amq.fanout"], queue)
        self.fill(queue, "one", "two")
        self.assertEqual(2, self.vhost.queues.delete(queue))
        self.assertEqual((0, 0), (len(self.vhost.queues), len(self.vhost.bindings)))
        self.assertEqual([], queue.ready)

    def test_its_consumers_hear_of_it(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "one")
        self.client.consume(queue, "two")
        self.vhost.queues.delete(queue)
        self.assertEqual(["one", "two"], self.client.cancelled)
        self.assertEqual({}, self.client.session.consumers)

    def test_what_was_out_may_still_be_acknowledged(self) -> None:
        queue = self.queue()
        self.fill(queue, "one")
        self.client.get(queue)
        self.vhost.queues.delete(queue)
        self.client.session.ack(1)

    def test_not_while_it_is_used(self) -> None:
        queue = self.queue()
        self.client.consume(queue, "tag")
        text = "queue 'q' in vhost '/' in use"
        self.assertRefused("precondition-failed", text, self.vhost.queues.remove, queue, if_unused=True)

    def test_not_while_there_are_messages(self) -> None:
        queue = self.queue()
        self.fill(queue, "one")
        text = "queue 'q' in vhost '/' not empty"
        self.assertRefused("precondition-failed", text, self.vhost.queues.remove, queue, if_unused=True, if_empty=True)

    def test_exclusive_queues_go_with_their_connection(self) -> None:
        owner = object()
        mine = self.vhost.queues.declare("mine", exclusive=True, owner=owner)
        self.queue("everybody's")
        self.vhost.queues.release(owner)
        self.assertEqual(["everybody's"], list(self.vhost.queues))
        self.assertTrue(mine.deleted)

    def test_an_auto_delete_queue_goes_with_its_last_consumer(self) -> None:
        queue = self.queue(auto_delete=True)
        self.client.consume(queue, "one")
        other = self.another()
        other.consume(queue, "two")
        self.client.session.cancel("one", lambda: None)
        self.assertIn("q", self.vhost.queues)
        other.session.close()
        self.assertNotIn("q", self.vhost.queues)

    def test_an_auto_delete_queue_that_never_had_a_consumer_stays(self) -> None:
        queue = self.queue(auto_delete=True)
        self.fill(queue, "one")
        self.client.get(queue, no_ack=True)
        self.assertIn("q", self.vhost.queues)


class Restarting(QueueCase):
    def test_durable_queues_keep_their_persistent_messages(self) -> None:
        durable = self.queue("durable", durable=True)
        self.queue("transient")
        self.fill(durable, "lost")
        self.fill(durable, "one", "two", delivery_mode=2)
        self.vhost.queues.restart()
        self.assertEqual(["durable"], list(self.vhost.queues))
        self.assertEqual(["one", "two"], [message.body.decode() for message in durable.ready])

    def test_what_was_out_comes_back_as_redelivered_and_once(self) -> None:
        queue = self.queue(durable=True)
        self.fill(queue, "one", "two", delivery_mode=2)
        self.client.get(queue)
        self.vhost.queues.restart()
        self.client.session.close()
        fresh = self.another()
        self.assertEqual(["one*", "two", None], [fresh.get(queue) for _ in range(3)])


class Types(QueueCase):
    def test_a_timestamp_is_no_number_of_milliseconds(self) -> None:
        text = "invalid arg 'x-message-ttl' for queue 'q' in vhost '/': \"expected integer, got timestamp\""
        self.assertRefused("precondition-failed", text, self.queue, x_message_ttl=Timestamp(5))

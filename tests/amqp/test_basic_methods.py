"""``basic.*`` on a channel: RabbitMQ 3.10.8's checks, in its order and its words."""

from __future__ import annotations

from fakebroker.values import Int64
from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.amqp.conversation import ConversationCase


class BasicCase(ConversationCase):
    def setUp(self) -> None:
        super().setUp()
        self.do("queue.declare", queue="q")

    def fill(self, *texts: str) -> None:
        for text in texts:
            self.publish("q", text.encode())


class Publishing(BasicCase):
    def test_what_goes_nowhere_comes_back_if_it_has_to_go_somewhere(self) -> None:
        self.assertEqual([], self.publish("nowhere"))
        self.assertEqual(["basic.return 312 NO_ROUTE m"], self.publish("nowhere", mandatory=True))

    def test_the_return_comes_before_the_confirm(self) -> None:
        self.do("confirm.select")
        answer = self.publish("nowhere", mandatory=True)
        self.assertEqual(["basic.return 312 NO_ROUTE m", "basic.ack 1 False"], answer)

    def test_a_nack_has_both_bits_set(self) -> None:
        self.do("queue.declare", queue="full", arguments={"x-max-length": 0, "x-overflow": "reject-publish"})
        self.do("confirm.select")
        self.assertEqual(["basic.nack 1 True True"], self.publish("full"))

    def test_messages_in_one_write_are_confirmed_together(self) -> None:
        self.do("confirm.select")
        publish = self.client.spec.command(1, "basic.publish", Content.make({}, b"m"), routing_key="q")
        self.client.send_octets(encode(publish, 0) * 3)
        self.assertEqual(["basic.ack 3 True"], self.said(self.client))

    def test_errors_of_the_channel(self) -> None:
        self.do("exchange.declare", exchange="inside", type="direct", internal=True)
        self.assertClosed(404, "NOT_FOUND - no exchange 'nope' in vhost '/'", self.publish("q", exchange="nope"))
        self.assertClosed(
            403,
            "ACCESS_REFUSED - cannot publish to internal exchange 'inside' in vhost '/'",
            self.publish("q", exchange="inside"),
        )
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - user_id property set to 'other' but authenticated user was 'guest'",
            self.publish("q", properties={"user_id": "other", "expiration": "x"}),
        )
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - invalid expiration 'x': no_integer",
            self.publish("q", properties={"expiration": "x", "headers": {"CC": 1}}),
        )
        self.assertClosed(
            406,
            'PRECONDITION_FAILED - invalid message: {unacceptable_type_in_header,"CC",signedint}',
            self.publish("q", properties={"headers": {"CC": 1}}),
        )

    def test_an_impersonator_may_give_any_name(self) -> None:
        self.broker.users["guest"].tags.append("impersonator")
        self.assertEqual([], self.publish("q", properties={"user_id": "other"}))

    def test_immediate_is_not_implemented(self) -> None:
        answer = self.publish("nowhere", immediate=True, exchange="nope")
        self.assertEqual(["connection.close 540 NOT_IMPLEMENTED - immediate=true"], answer)

    def test_a_message_may_be_too_big(self) -> None:
        self.broker.tuning.max_message_size = 3
        self.assertEqual([], self.publish("q", b"123"))
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - message size 4 is larger than configured max size 3",
            self.publish("q", b"1234", exchange="nope"),
        )

    def test_properties_that_make_no_sense_crash_rabbitmq(self) -> None:
        for header in (b"\x80\x00\x05ab", b"\x20\x00\x00\x00\x00\x05", b"\x00\x00\x00"):
            klass = self.client.spec.classes["basic"]
            content = Content(klass, header, b"x")
            self.client.send("basic.publish", 1, content, exchange="", routing_key="q")
            self.assertEqual(["connection.close 541 INTERNAL_ERROR"], self.said(self.client))
            self.client = self.connect()

    def test_writing_is_asked_for_before_anything_is_looked_up(self) -> None:
        self.broker.users["guest"].permit("/", "^$", "^$", "^$")
        self.client = self.connect()
        self.assertClosed(
            403,
            "ACCESS_REFUSED - access to exchange 'nope' in vhost '/' refused for user 'guest'",
            self.publish("q", exchange="nope"),
        )
        self.assertClosed(
            403,
            "ACCESS_REFUSED - access to exchange 'amq.default' in vhost '/' refused for user 'guest'",
            self.publish("q"),
        )


class Getting(BasicCase):
    def test_messages_one_by_one(self) -> None:
        self.fill("one", "two")
        self.assertEqual(["basic.get-ok 1 1 one"], self.do("basic.get", queue="q"))
        self.assertEqual(["basic.get-ok 2 0 two"], self.do("basic.get", queue="q"))
        self.assertEqual(["basic.get-empty"], self.do("basic.get", queue="q"))

    def test_an_unknown_queue(self) -> None:
        answer = self.do("basic.get", queue="nope")
        self.assertClosed(404, "NOT_FOUND - no queue 'nope' in vhost '/'", answer)

    def test_settling(self) -> None:
        self.fill("one", "two", "three")
        for _ in range(3):
            self.do("basic.get", queue="q")
        self.assertEqual([], self.do("basic.reject", delivery_tag=2, requeue=True))
        self.assertEqual([], self.do("basic.ack", delivery_tag=3, multiple=True))
        self.assertEqual(["basic.get-ok 4 0 redelivered two"], self.do("basic.get", queue="q"))

    def test_an_unknown_tag(self) -> None:
        for method in ("basic.ack", "basic.reject", "basic.nack"):
            answer = self.do(method, delivery_tag=7)
            self.assertClosed(406, "PRECONDITION_FAILED - unknown delivery tag 7", answer)


class Consuming(BasicCase):
    def test_what_waits_comes_after_consume_ok(self) -> None:
        self.fill("one", "two")
        answer = self.do("basic.consume", queue="q", consumer_tag="c")
        self.assertEqual(["basic.consume-ok c", "basic.deliver c 1 one", "basic.deliver c 2 two"], answer)

    def test_a_delivery_comes_before_the_confirm_of_its_message(self) -> None:
        self.do("basic.consume", queue="q", consumer_tag="c")
        self.do("confirm.select")
        self.assertEqual(["basic.deliver c 1 m", "basic.ack 1 False"], self.publish("q"))

    def test_where_the_limit_of_the_channel_is_asked_the_confirm_goes_ahead(self) -> None:
        self.do("confirm.select")
        self.do("basic.qos", prefetch_count=9, global_=True)
        self.do("basic.consume", queue="q", consumer_tag="c")
        self.assertEqual(["basic.ack 1 False", "basic.deliver c 1 m"], self.publish("q"))
        publish = self.client.spec.command(1, "basic.publish", Content.make({}, b"m"), routing_key="q")
        self.client.send_octets(encode(publish, 0) * 2)
        one_by_one = ["basic.ack 2 False", "basic.deliver c 2 m", "basic.ack 3 False", "basic.deliver c 3 m"]
        self.assertEqual(one_by_one, self.said(self.client))

    def test_unless_the_message_is_written_to_a_disk_first(self) -> None:
        self.do("queue.declare", queue="durable", durable=True)
        self.do("confirm.select")
        self.do("basic.qos", prefetch_count=9, global_=True)
        self.do("basic.consume", queue="durable", consumer_tag="c")
        answer = self.publish("durable", properties={"delivery_mode": 2})
        self.assertEqual(["basic.deliver c 1 m", "basic.ack 1 False"], answer)

    def test_a_tag_in_use_closes_the_connection(self) -> None:
        self.do("basic.consume", queue="q", consumer_tag="c")
        answer = self.do("basic.consume", queue="nope", consumer_tag="c")
        self.assertEqual(["connection.close 530 NOT_ALLOWED - attempt to reuse consumer tag 'c'"], answer)

    def test_cancelling(self) -> None:
        self.do("basic.consume", queue="q", consumer_tag="c")
        self.assertEqual(["basic.cancel-ok c"], self.do("basic.cancel", consumer_tag="c"))
        self.assertEqual(["basic.cancel-ok c"], self.do("basic.cancel", consumer_tag="c"))
        self.assertEqual([], self.publish("q"))

    def test_no_answer_when_none_is_wanted(self) -> None:
        self.assertEqual([], self.do("basic.consume", queue="q", consumer_tag="c", no_wait=True))
        self.assertEqual([], self.do("basic.cancel", consumer_tag="c", no_wait=True))

    def test_a_no_local_consumer_gets_its_own_messages(self) -> None:
        self.do("basic.consume", queue="q", consumer_tag="c", no_local=True)
        self.assertEqual(["basic.deliver c 1 m"], self.publish("q"))

    def test_recover_ok_comes_before_what_is_delivered_again(self) -> None:
        self.do("basic.consume", queue="q", consumer_tag="c")
        self.fill("one")
        answer = self.do("basic.recover", requeue=True)
        self.assertEqual(["basic.recover-ok", "basic.deliver c 2 redelivered one"], answer)
        answer = self.do("basic.recover-async", requeue=True)
        self.assertEqual(["basic.deliver c 3 redelivered one"], answer)

    def test_recovering_to_the_same_consumer_is_not_implemented(self) -> None:
        for method in ("basic.recover", "basic.recover-async"):
            answer = self.do(method, requeue=False)
            self.assertEqual(["connection.close 540 NOT_IMPLEMENTED - requeue=false"], answer)
            self.client = self.connect()

    def test_qos_ok_comes_before_what_was_held_back(self) -> None:
        self.do("basic.qos", prefetch_count=1, global_=True)
        self.do("basic.consume", queue="q", consumer_tag="c")
        self.fill("one", "two")
        answer = self.do("basic.qos", prefetch_count=0, global_=True)
        self.assertEqual(["basic.qos-ok", "basic.deliver c 2 two"], answer)

    def test_a_limit_in_octets_is_not_implemented(self) -> None:
        answer = self.do("basic.qos", prefetch_size=5)
        self.assertEqual(["connection.close 540 NOT_IMPLEMENTED - prefetch_size!=0 (5)"], answer)

    def test_a_late_acknowledgement_closes_the_channel(self) -> None:
        self.do("basic.consume", queue="q", consumer_tag="c")
        self.fill("one")
        self.clock.pump([600] * 3 + [1])
        (close,) = self.said(self.client)
        self.assertTrue(
            close.startswith(
                "channel.close 406 PRECONDITION_FAILED - delivery acknowledgement on channel 1 timed out. "
                "Timeout value used: 1800000 ms."
            ),
            close,
        )


class Credit(BasicCase):
    """RabbitMQ's extension: the client says how many messages it wants."""

    def test_messages_come_as_asked_for_and_settling_asks_for_none(self) -> None:
        self.fill("1", "2", "3", "4")
        credit_flow = {"x-credit": {"credit": Int64(1), "drain": False}}
        answer = self.do("basic.consume", queue="q", consumer_tag="c", arguments=credit_flow)
        self.assertEqual(["basic.consume-ok c", "basic.deliver c 1 1"], answer)
        self.assertEqual([], self.do("basic.ack", delivery_tag=1))
        answer = self.do("basic.credit", consumer_tag="c", credit=2)
        self.assertEqual(["basic.credit-ok 3", "basic.deliver c 2 2", "basic.deliver c 3 3"], answer)

    def test_an_unknown_consumer(self) -> None:
        answer = self.do("basic.credit", consumer_tag="c", credit=2)
        self.assertClosed(406, "PRECONDITION_FAILED - unknown consumer tag 'c'", answer)

    def test_draining_crashes_rabbitmq(self) -> None:
        self.fill("1")
        self.do(
            "basic.consume", queue="q", consumer_tag="c", arguments={"x-credit": {"credit": Int64(0), "drain": False}}
        )
        answer = self.do("basic.credit", consumer_tag="c", credit=2, drain=True)
        self.assertEqual(["basic.credit-ok 1", "basic.deliver c 1 1", "connection.close 541 INTERNAL_ERROR"], answer)

    def test_so_does_credit_that_is_no_table(self) -> None:
        answer = self.do("basic.consume", queue="q", arguments={"x-credit": 5})
        self.assertEqual(["connection.close 541 INTERNAL_ERROR"], answer)

    def test_of_the_queue_it_leaves_what_is_persistent_and_no_consumers(self) -> None:
        other = self.connect(capabilities={"consumer_cancel_notify": True})
        self.do("queue.declare", queue="d", durable=True)
        for body, delivery_mode in (("1", 1), ("2", 2), ("3", 2)):
            self.publish("d", body.encode(), properties={"delivery_mode": delivery_mode})
        other.send("basic.qos", 1, prefetch_count=2)
        other.send("basic.consume", 1, queue="d", consumer_tag="c")
        self.said(other)
        self.do("basic.consume", queue="d", arguments={"x-credit": 5})
        self.assertEqual(["basic.cancel c True"], self.said(other))
        self.client = self.connect()
        self.assertEqual(["queue.declare-ok d 2 0"], self.do("queue.declare", queue="d", passive=True))

    def test_a_quorum_queue_loses_nothing_by_it(self) -> None:
        self.do("queue.declare", queue="quorum", durable=True, arguments={"x-queue-type": "quorum"})
        self.publish("quorum")
        answer = self.do("basic.consume", queue="quorum", arguments={"x-credit": 5})
        self.assertEqual(["connection.close 541 INTERNAL_ERROR"], answer)
        self.client = self.connect()
        self.assertEqual(["basic.get-ok 1 0 m"], self.do("basic.get", queue="quorum"))

    def test_a_stream_takes_no_notice_of_it(self) -> None:
        self.do("queue.declare", queue="stream", durable=True, arguments={"x-queue-type": "stream"})
        self.do("basic.qos", prefetch_count=5)
        answer = self.do("basic.consume", queue="stream", consumer_tag="c", arguments={"x-credit": 5})
        self.assertEqual(["basic.consume-ok c"], answer)

    def test_a_queue_that_crashes_again_and_again_is_given_up(self) -> None:
        for _ in range(6):
            self.do("basic.consume", queue="q", arguments={"x-credit": 5})
            self.client = self.connect()
        text = "NOT_FOUND - queue 'q' in vhost '/' has crashed and failed to restart"
        for method in ("basic.consume", "basic.get", "queue.purge", "queue.declare"):
            self.assertClosed(404, text, self.do(method, queue="q"))
        self.assertEqual(["queue.delete-ok 0"], self.do("queue.delete", queue="q"))


class ReplyTo(BasicCase):
    def test_a_request_and_its_answer(self) -> None:
        requester = self.client
        self.do("basic.consume", queue="amq.rabbitmq.reply-to", consumer_tag="me", no_ack=True)
        self.publish("q", b"request", properties={"reply_to": "amq.rabbitmq.reply-to"})
        self.client = self.connect()
        self.client.send("basic.get", 1, queue="q", no_ack=True)
        address = self.client.take("basic.get-ok").content.properties.reply_to  # type: ignore[union-attr]
        assert address is not None
        self.publish(address, b"answer")
        self.assertEqual(["basic.deliver me 1 answer"], self.said(requester))
        self.assertEqual([f"queue.declare-ok {address} 0 1"], self.do("queue.declare", queue=address))

    def test_the_pseudo_queue_is_always_there(self) -> None:
        name = "amq.rabbitmq.reply-to"
        self.assertEqual([f"queue.declare-ok {name} 0 1"], self.do("queue.declare", queue=name))
        self.assertClosed(
            404,
            f"NOT_FOUND - no queue '{name}.x' in vhost '/'",
            self.do("queue.declare", queue=f"{name}.x"),
        )

    def test_a_reply_consumer_is_answered_with_its_tag(self) -> None:
        answer = self.do("basic.consume", queue="amq.rabbitmq.reply-to", consumer_tag="r", no_ack=True)
        self.assertEqual(["basic.consume-ok r"], answer)

    def test_a_request_without_a_reply_consumer(self) -> None:
        self.assertClosed(
            406,
            "PRECONDITION_FAILED - fast reply consumer does not exist",
            self.publish("q", properties={"reply_to": "amq.rabbitmq.reply-to", "user_id": "other"}),
        )


class Transactions(BasicCase):
    def test_returns_come_before_commit_ok(self) -> None:
        self.assertEqual(["tx.select-ok"], self.do("tx.select"))
        self.assertEqual([], self.publish("nowhere", mandatory=True))
        self.assertEqual(["basic.return 312 NO_ROUTE m", "tx.commit-ok"], self.do("tx.commit"))
        self.assertEqual(["tx.rollback-ok"], self.do("tx.rollback"))

    def burst(self, *names: str) -> list[str]:
        """A message for the queue ``q``, and then these methods, in one write."""
        spec = self.client.spec
        publish = spec.command(1, "basic.publish", Content.make({}, b"m"), routing_key="q")
        self.client.send_octets(
            b"".join(encode(each, 0) for each in (publish, *(spec.command(1, name) for name in names)))
        )
        return self.said(self.client)

    def test_nothing_may_follow_a_commit_before_its_answer(self) -> None:
        self.do("tx.select")
        text = "CHANNEL_ERROR - unexpected command while processing 'tx.commit'"
        self.assertEqual([f"connection.close 504 {text}"], self.burst("tx.commit", "tx.commit"))

    def test_nothing_but_closing(self) -> None:
        self.do("tx.select")
        self.assertEqual(["channel.close-ok"], self.burst("tx.commit", "channel.close"))

    def test_without_a_transaction(self) -> None:
        for method in ("tx.commit", "tx.rollback"):
            self.assertClosed(406, "PRECONDITION_FAILED - channel is not transactional", self.do(method))

    def test_confirming_or_transactional(self) -> None:
        self.do("tx.select")
        self.assertClosed(406, "PRECONDITION_FAILED - cannot switch from tx to confirm mode", self.do("confirm.select"))
        self.do("confirm.select")
        self.assertClosed(406, "PRECONDITION_FAILED - cannot switch from confirm to tx mode", self.do("tx.select"))


class GettingInZeroNine(Getting):
    version = "0-9"


class ConsumingInZeroNine(Consuming):
    version = "0-9"


class TransactionsInZeroNine(Transactions):
    version = "0-9"

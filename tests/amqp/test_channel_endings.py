"""How a channel ends: each row of the table; and what it gives back, to whom and when."""

from __future__ import annotations

from typing import Any
from unittest import TestCase, mock

from fakebroker.amqp.channel import Channel
from fakebroker.amqp.endings import CHANNEL_ENDINGS, ChannelCause
from fakebroker.amqp.states import ChannelState
from fakebroker.errors import AMQPError
from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.amqp.conversation import ConversationCase
from tests.amqp.ends import rows
from tests.rawclient import RawClient

STARTING, RUNNING, FAILED, GONE = (
    ChannelState.STARTING, ChannelState.RUNNING, ChannelState.FAILED, ChannelState.GONE,
)  # fmt: skip
BY_CLIENT, BY_BROKER = ChannelState.CLOSED_BY_CLIENT, ChannelState.CLOSED_BY_BROKER

NO_QUEUE = "404 NOT_FOUND - no queue 'none' in vhost '/'"
NO_LAST_QUEUE = "404 NOT_FOUND - no previously declared queue"
SECOND_OPEN = "504 CHANNEL_ERROR - second 'channel.open' seen"


class ChannelEndings(ConversationCase):
    """Channel 1 is open."""

    def setUp(self) -> None:
        super().setUp()
        self.passed: list[tuple[ChannelCause, ChannelState]] = []
        carry_out = Channel.end_because

        def noted(channel: Channel, cause: ChannelCause, *arguments: Any) -> None:
            self.passed.append((cause, channel.state))
            carry_out(channel, cause, *arguments)

        patched = mock.patch.object(Channel, "end_because", noted)
        patched.start()
        self.addCleanup(patched.stop)

    @property
    def channel(self) -> Channel:
        return self.broker.connections[0].channels[1]

    def burst(self, *commands: str, channel: int = 1) -> list[str]:
        """What comes back when these come in one piece; ``0 name`` is for the connection."""
        octets = b""
        for command in commands:
            number, name = (0, command[2:]) if command.startswith("0 ") else (channel, command)
            fields = {"queue": "none", "passive": True} if name == "queue.declare" else {}
            octets += encode(self.client.spec.command(number, name, None, **fields), 0)
        self.client.send_octets(octets)
        return self.said(self.client)


class TheClientCloses(ChannelEndings):
    @rows(ChannelCause.CLIENT_CLOSES, RUNNING)
    @rows(ChannelCause.TURN_ENDS, BY_CLIENT)
    def test_it_is_answered_and_the_number_is_free(self) -> None:
        self.assertEqual(["channel.close-ok"], self.burst("channel.close"))
        self.assertNotIn(1, self.broker.connections[0].channels)
        self.client.open_channel(1)

    def test_what_comes_in_the_same_piece_is_not_handled_any_more(self) -> None:
        self.assertEqual(["channel.close-ok"], self.burst("channel.close", "queue.declare"))

    @rows(ChannelCause.CLIENT_CLOSES, BY_CLIENT)
    def test_a_second_close_in_the_same_piece_is_answered_as_well(self) -> None:
        self.assertEqual(["channel.close-ok", "channel.close-ok"], self.burst("channel.close", "channel.close"))

    @rows(ChannelCause.CLIENT_CLOSES, BY_BROKER)
    def test_its_close_is_answered_after_the_brokers(self) -> None:
        answers = [f"channel.close {NO_QUEUE}", "channel.close-ok"]
        self.assertEqual(answers, self.burst("queue.declare", "channel.close"))
        self.assertIs(BY_BROKER, self.channel.state)

    @rows(ChannelCause.CLIENT_ANSWERS, BY_BROKER)
    def test_its_close_ok_frees_the_number(self) -> None:
        self.burst("queue.declare")
        self.assertIn(1, self.broker.connections[0].channels)
        self.assertEqual([], self.burst("channel.close-ok"))
        self.assertNotIn(1, self.broker.connections[0].channels)
        self.client.open_channel(1)

    @rows(ChannelCause.CLIENT_ANSWERS, BY_CLIENT)
    def test_its_close_ok_behind_its_own_close_is_taken_for_an_answer(self) -> None:
        self.assertEqual([], self.burst("channel.close", "channel.close-ok"))
        self.client.open_channel(1)


class TheClientDoesWrong(ChannelEndings):
    @rows(ChannelCause.ERROR, RUNNING)
    def test_an_error_of_the_channel_is_told_and_the_number_stays_taken(self) -> None:
        self.assertEqual([f"channel.close {NO_QUEUE}"], self.burst("queue.declare"))
        self.assertIs(BY_BROKER, self.channel.state)

    @rows(ChannelCause.ERROR, STARTING)
    def test_what_means_the_last_queue_closes_a_channel_that_was_never_opened(self) -> None:
        commands = ("basic.get", "basic.consume", "queue.delete", "queue.purge", "queue.bind", "queue.unbind")
        for number, name in enumerate(commands, 9):
            self.assertEqual([f"channel.close {NO_LAST_QUEUE}"], self.burst(name, channel=number))
            self.burst("channel.close-ok", channel=number)
            self.client.open_channel(number)

    @rows(ChannelCause.ERROR, BY_BROKER)
    def test_a_queue_that_is_not_named_closes_what_is_closed_once_more(self) -> None:
        answers = [f"channel.close {NO_QUEUE}", f"channel.close {NO_LAST_QUEUE}"]
        self.assertEqual(answers, self.burst("queue.declare", "queue.purge"))

    @rows(ChannelCause.ERROR, BY_CLIENT)
    def test_so_it_does_behind_the_clients_close_which_is_answered_all_the_same(self) -> None:
        answers = [f"channel.close {NO_LAST_QUEUE}", "channel.close-ok"]
        self.assertEqual(answers, self.burst("channel.close", "queue.purge"))
        self.client.open_channel(1)

    @rows(ChannelCause.CONNECTION_ERROR, RUNNING)
    def test_an_error_of_the_connection_is_told_on_the_connection(self) -> None:
        self.assertEqual([f"connection.close {SECOND_OPEN}"], self.burst("channel.open"))

    @rows(ChannelCause.CONNECTION_ERROR, RUNNING)
    def test_a_channel_that_has_failed_hears_nothing_more(self) -> None:
        commands = ("channel.open", "queue.declare", "channel.close", "channel.close-ok")
        self.assertEqual([f"connection.close {SECOND_OPEN}"], self.burst(*commands))

    @rows(ChannelCause.CONNECTION_ERROR, STARTING)
    def test_a_command_on_a_channel_that_was_never_opened_ends_the_connection(self) -> None:
        text = "504 CHANNEL_ERROR - expected 'channel.open'"
        self.assertEqual([f"connection.close {text}"], self.burst("confirm.select", channel=9))

    @rows(ChannelCause.CONNECTION_ERROR, BY_BROKER)
    def test_an_open_instead_of_close_ok_ends_the_connection(self) -> None:
        answers = [f"channel.close {NO_QUEUE}", f"connection.close {SECOND_OPEN}"]
        self.assertEqual(answers, self.burst("queue.declare", "channel.open"))

    @rows(ChannelCause.CONNECTION_ERROR, BY_CLIENT)
    def test_an_open_behind_the_clients_close_ends_the_connection(self) -> None:
        self.assertEqual([f"connection.close {SECOND_OPEN}"], self.burst("channel.close", "channel.open"))

    @rows(ChannelCause.ERROR, FAILED)
    def test_a_rule_may_close_a_channel_that_has_failed(self) -> None:
        with self.broker.turn:
            self.channel.fail(AMQPError("internal-error", ""))
            self.broker.connections[0].end(1, 404, "as a rule", (0, 0))
        self.clock.advance(0)
        self.assertEqual(["channel.close 404 as a rule", "connection.close 541 INTERNAL_ERROR"], self.said(self.client))


class TheConnectionEnds(ChannelEndings):
    @rows(ChannelCause.CONNECTION_ENDS, RUNNING)
    def test_an_open_channel_is_gone(self) -> None:
        channel = self.channel
        self.assertEqual(["connection.close-ok"], self.burst("0 connection.close"))
        self.assertIs(GONE, channel.state)

    @rows(ChannelCause.CONNECTION_ENDS, BY_CLIENT)
    def test_a_close_in_the_same_piece_is_not_answered(self) -> None:
        self.assertEqual(["connection.close-ok"], self.burst("channel.close", "0 connection.close"))

    @rows(ChannelCause.CONNECTION_ENDS, BY_BROKER)
    def test_what_waited_for_close_ok_waits_no_more(self) -> None:
        answers = [f"channel.close {NO_QUEUE}", "connection.close-ok"]
        self.assertEqual(answers, self.burst("queue.declare", "0 connection.close"))

    @rows(ChannelCause.CONNECTION_ENDS, FAILED)
    def test_what_has_failed_goes_with_the_connection(self) -> None:
        channel = self.channel
        self.burst("channel.open")
        self.assertIs(GONE, channel.state)

    @rows(ChannelCause.CONNECTION_ENDS, STARTING, GONE)
    def test_what_was_never_open_and_what_is_gone_has_nothing_to_give(self) -> None:
        [connection] = self.broker.connections
        new = Channel(connection, 9, connection._handlers)
        for _ in range(2):
            new.end_because(ChannelCause.CONNECTION_ENDS)
            self.assertIs(GONE, new.state)


class WhatIsGivenBack(ConversationCase):
    """Channel 1 has a delivery by a consumer and a message that it has fetched; another client reads both queues."""

    def setUp(self) -> None:
        super().setUp()
        for queue in ("consumed", "fetched"):
            self.do("queue.declare", queue=queue)
            self.publish(queue, queue.encode())
        self.do("basic.consume", queue="consumed", consumer_tag="c")
        self.do("basic.get", queue="fetched")
        self.other = self.connect()
        for queue in ("consumed", "fetched"):
            self.other.send("basic.consume", 1, queue=queue, consumer_tag=queue)
        self.said(self.other)

    def test_what_was_consumed_at_once_and_the_rest_when_the_broker_has_its_answer(self) -> None:
        self.do("queue.declare", queue="none", passive=True)
        self.assertEqual(["basic.deliver consumed 1 redelivered consumed"], self.said(self.other))
        self.do("channel.close-ok")
        self.assertEqual(["basic.deliver fetched 2 redelivered fetched"], self.said(self.other))

    def assertAllGivenBack(self) -> None:
        given_back = ["basic.deliver consumed 1 redelivered consumed", "basic.deliver fetched 2 redelivered fetched"]
        self.assertEqual(given_back, self.said(self.other))

    def test_all_of_it_when_the_client_closes_the_channel(self) -> None:
        self.do("channel.close")
        self.assertAllGivenBack()

    def test_all_of_it_when_the_client_closes_the_connection(self) -> None:
        self.do("connection.close", 0)
        self.assertAllGivenBack()

    def test_all_of_it_when_the_connection_is_closed(self) -> None:
        self.broker.close_connection(self.broker.connections[0])
        self.clock.advance(0)
        self.assertAllGivenBack()

    def test_all_of_it_when_the_channel_ends_the_connection(self) -> None:
        self.do("channel.open")
        self.assertAllGivenBack()

    def test_all_of_it_when_the_socket_is_gone(self) -> None:
        self.client.abort()
        self.assertAllGivenBack()

    def test_all_of_it_when_the_octets_make_no_sense(self) -> None:
        self.client.send_octets(b"\1\0\0\0\0\0\4\0\x0a\0\1\xce")
        self.assertAllGivenBack()

    def test_an_exclusive_queue_goes_with_its_connection_and_not_with_its_channel(self) -> None:
        self.do("queue.declare", queue="own", exclusive=True)
        self.do("channel.close")
        self.assertIn("own", self.vhost.queues)
        self.do("connection.close", 0)
        self.assertNotIn("own", self.vhost.queues)

    def test_nothing_goes_to_another_channel_of_a_connection_that_ends(self) -> None:
        self.do("queue.declare", queue="q", arguments={"x-single-active-consumer": True})
        self.do("basic.qos", prefetch_count=1)
        self.do("basic.consume", queue="q", consumer_tag="active")
        self.client.open_channel(2)
        self.do("basic.consume", 2, queue="q", consumer_tag="waiting")
        self.publish("q", b"delivered")
        self.publish("q", b"ready")
        self.do("connection.close", 0)
        self.said(self.other)
        for _ in range(2):
            self.other.send("basic.get", 1, queue="q", no_ack=True)
        expected = ["basic.get-ok 3 1 redelivered delivered", "basic.get-ok 4 0 ready"]
        self.assertEqual(expected, self.said(self.other))

    def test_when_a_channel_fails_the_others_first_get_what_queues_have_sent_them(self) -> None:
        self.client.open_channel(2)
        self.do("queue.declare", queue="q")
        self.do("basic.consume", 2, queue="q", consumer_tag="own")
        failing = encode(self.client.spec.command(1, "channel.open", None), 0)
        self.client.open_channel(3)
        publish = self.client.octets_of("basic.publish", 3, b"m", routing_key="q")
        self.client.send_octets(failing + publish)
        self.assertEqual(["basic.deliver own 1 m", f"connection.close {SECOND_OPEN}"], self.said(self.client))

    def test_what_opens_and_what_closes_is_counted_once(self) -> None:
        churn = self.broker.broker.churn
        before = churn.channel_created, churn.channel_closed, churn.connection_closed
        self.client.open_channel(2)
        self.burst_of_closes()
        self.assertEqual((before[0] + 1, before[1] + 2, before[2] + 1),
                         (churn.channel_created, churn.channel_closed, churn.connection_closed))  # fmt: skip

    def burst_of_closes(self) -> None:
        """Channel 2 is closed by the broker, the connection by the client, and both once more."""
        self.do("queue.declare", 2, queue="none", passive=True)
        self.do("channel.close", 2)
        self.do("connection.close", 0)
        self.do("connection.close", 0)
        self.client.hang_up()

    def test_a_transaction_is_forgotten(self) -> None:
        self.client.open_channel(2)
        self.do("tx.select", 2)
        self.client.send("basic.publish", 2, Content.make({}, b"m"), routing_key="fetched")
        self.do("connection.close", 0)
        self.assertAllGivenBack()

    def test_the_channel_that_has_failed_gives_back_first(self) -> None:
        self.do("queue.declare", queue="q")
        for number in (3, 4):
            self.client.open_channel(number)
            self.publish("q", str(number).encode())
            self.do("basic.get", number, queue="q")
        self.other.send("basic.consume", 1, queue="q", consumer_tag="q")
        self.said(self.other)
        self.do("channel.open", 4)
        bodies = [line.rpartition(" ")[2] for line in self.said(self.other)]
        self.assertEqual(["4", "consumed", "fetched", "3"], bodies)

    def test_otherwise_channels_give_back_in_the_order_in_which_they_were_opened(self) -> None:
        client = RawClient.connect(self.broker, self.clock).open()
        self.do("queue.declare", queue="q")
        for number in (3, 1, 2):
            client.open_channel(number)
        for number in (2, 1, 3):
            self.publish("q", str(number).encode())
            client.send("basic.get", number, queue="q")
        self.other.send("basic.consume", 1, queue="q", consumer_tag="q")
        self.said(self.other)
        client.abort()
        self.assertEqual(["3", "1", "2"], [line.rpartition(" ")[2] for line in self.said(self.other)])

    def while_its_channel_fails(self, **declare: Any) -> list[str]:
        """What a channel that goes on is told of a queue whose consumer's channel has just failed."""
        self.do("queue.declare", queue="q", **declare)
        self.publish("q")
        self.client.open_channel(2)
        self.do("basic.consume", 2, queue="q")
        failing = self.client.spec.command(2, "channel.open", None)
        asking = self.client.spec.command(1, "queue.declare", None, queue="q", passive=True)
        self.client.send_octets(encode(failing, 0) + encode(asking, 0))
        return self.said(self.client)[:1]

    def test_a_classic_queue_hears_of_it_when_its_channel_fails(self) -> None:
        self.assertEqual(["queue.declare-ok q 1 0"], self.while_its_channel_fails())

    def test_other_channels_are_sent_their_confirms_before_the_connection_closes(self) -> None:
        self.do("queue.declare", queue="q")
        self.do("confirm.select")
        self.client.open_channel(2)
        failing = self.client.spec.command(2, "channel.open", None)
        publish = self.client.octets_of("basic.publish", 1, b"m", routing_key="q")
        self.client.send_octets(encode(failing, 0) + publish)
        self.assertEqual(["basic.ack", "connection.close"], [line.partition(" ")[0] for line in self.said(self.client)])

    def test_a_quorum_queue_hears_of_it_when_the_connection_has_ended(self) -> None:
        arguments = {"x-queue-type": "quorum"}
        self.assertEqual(["queue.declare-ok q 0 1"], self.while_its_channel_fails(durable=True, arguments=arguments))
        self.assertEqual((1, 0), (len(self.vhost.queues["q"].ready), self.vhost.queues["q"].consumer_count))


class TheTests(TestCase):
    def test_every_row_of_the_table_has_one(self) -> None:
        table = {(cause, state) for cause, endings in CHANNEL_ENDINGS.items() for state in endings}
        tested = {
            row
            for case in ChannelEndings.__subclasses__()
            for test in vars(case).values()
            for row in getattr(test, "rows", [])
        }
        self.assertEqual(table, tested)

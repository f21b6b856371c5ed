"""How a connection ends: each row of the table, by a client that then says nothing more."""

from __future__ import annotations

from unittest import TestCase

from fakebroker.amqp.connection import Connection
from fakebroker.amqp.endings import CONNECTION_ENDINGS, Cause
from fakebroker.errors import AMQPError, DecodeError
from fakebroker.wire.command import Malformed, ProtocolHeader
from fakebroker.wire.writer import encode
from tests.amqp.ends import (
    BLOCKED,
    CLOSED,
    DEAF,
    GONE,
    HANDSHAKE,
    HEADER,
    LOGIN,
    OPENING,
    READING,
    RUNNING,
    SECURING,
    TUNING,
    ConnectionEndings,
    rows,
)  # fmt: skip

TOLD = {"authentication_failure_close": True}
UNKNOWN_METHOD = b"\1\0\0\0\0\0\4\0\x0a\0\1\xce"
NO_FRAME_END = b"\1\0\0\0\0\0\4\0\x0a\0\x32!"
CRASHING = b"\1\0\0\0\0\0\5\0\x0a\0\x28\x09\xce"  # connection.open with half a name


class TheClientEndsIt(ConnectionEndings):
    @rows(Cause.CLIENT_CLOSES, RUNNING)
    def test_its_close_is_answered_and_it_may_hang_up(self) -> None:
        for _ in self.at(RUNNING):
            self.client.send("connection.close", reply_code=200)
            self.assertEnds("connection.close-ok", after=30)

    @rows(Cause.CLIENT_CLOSES, CLOSED)
    def test_its_close_is_answered_after_the_brokers_which_is_waited_for_no_longer_than_before(self) -> None:
        for _ in self.at(CLOSED):
            self.clock.advance(10)
            self.client.send("connection.close", reply_code=200)
            self.assertEnds("connection.close-ok", after=20)

    @rows(Cause.CLIENT_ANSWERS, CLOSED)
    def test_its_close_ok_is_hung_up_on_at_once(self) -> None:
        for _ in self.at(CLOSED):
            self.client.send("connection.close-ok")
            self.assertEnds("", after=0)

    @rows(Cause.LOST, *READING, BLOCKED, DEAF)
    def test_its_hanging_up_leaves_nothing_behind(self) -> None:
        for connection in self.at(*READING, BLOCKED, DEAF):
            self.client.abort()
            self.assertEqual((GONE, {}, []), (connection.state, connection.channels, self.broker.connections))
            self.assertEqual([], self.clock.getDelayedCalls())

    @rows(Cause.LOST, GONE)
    def test_what_is_lost_once_more_is_lost(self) -> None:
        for connection in self.at(GONE):
            connection.lost()
            self.assertIs(GONE, connection.state)


class TheClientDoesWrong(ConnectionEndings):
    @rows(Cause.ERROR, *LOGIN, TUNING)
    def test_during_the_login_it_is_told_nothing_and_hung_up_on_after_three_seconds(self) -> None:
        for connection in self.at(*LOGIN, TUNING):
            self.client.send("connection.open")
            self.assertIs(DEAF, connection.state)
            self.assertEnds("", after=3)

    @rows(Cause.ERROR, OPENING, RUNNING)
    def test_after_the_login_it_is_told_and_waited_for(self) -> None:
        for connection in self.at(OPENING, RUNNING):
            self.client.send("connection.tune-ok")
            self.assertIs(CLOSED, connection.state)
            self.assertEnds("connection.close 504", after=30)

    @rows(Cause.ERROR, HEADER, BLOCKED)
    def test_an_error_that_no_command_has_caused_is_told(self) -> None:
        for connection, after in zip(self.at(HEADER, BLOCKED), (3, 30), strict=False):
            connection.fail(AMQPError("resource-error", "no more"))
            self.clock.advance(0)
            self.assertEqual([(0, 0)], [each.args[2:] for each in self.client.events])  # type: ignore[union-attr]
            self.assertEnds("connection.close 506", after)

    @rows(Cause.CHANNEL_ERROR, RUNNING)
    def test_a_channel_that_fails_ends_it_when_all_that_has_come_in_one_piece_is_handled(self) -> None:
        for _ in self.at(RUNNING):
            self.in_one_piece(("channel.open", 1), ("channel.open", 2))
            self.assertEnds("channel.open-ok, connection.close 504", after=30)

    @rows(Cause.CHANNEL_ERROR, RUNNING)
    def test_of_several_channels_that_fail_the_first_counts(self) -> None:
        for _ in self.at(RUNNING):
            self.in_one_piece(("basic.qos", 7), ("channel.open", 1))
            self.assertEqual((60, 10), self.client.take("connection.close").args[2:])

    @rows(Cause.CHANNEL_ERROR, RUNNING)
    def test_its_close_that_comes_with_the_error_of_a_channel_is_not_answered(self) -> None:
        for _ in self.at(RUNNING):
            self.in_one_piece(("channel.open", 1), ("connection.close", 0))
            self.assertEnds("connection.close 504", after=30)

    @rows(Cause.CHANNEL_ERROR, BLOCKED)
    def test_a_channel_that_fails_ends_it_although_an_alarm_has_just_blocked_it(self) -> None:
        for connection in self.at(BLOCKED):
            connection.fail(AMQPError("internal-error", ""), 1)
            self.assertEnds("connection.close 541", after=30)

    def in_one_piece(self, *commands: tuple[str, int]) -> None:
        said = [self.client.spec.command(channel, name) for name, channel in commands]
        self.client.send_octets(b"".join(encode(command, 0) for command in said))

    @rows(Cause.READER_CRASH, *LOGIN, TUNING, OPENING)
    def test_before_its_open_is_answered_arguments_that_crash_the_reader_are_not_answered(self) -> None:
        for _ in self.at(*LOGIN, TUNING, OPENING):
            self.client.send_octets(CRASHING)
            self.assertEnds("", after=3)

    @rows(Cause.READER_CRASH, RUNNING)
    def test_arguments_that_crash_the_reader_are_541(self) -> None:
        for _ in self.at(RUNNING):
            self.client.send_octets(CRASHING)
            self.assertEnds("connection.close 541", after=30)

    @rows(Cause.READER_CRASH, HEADER)
    def test_arguments_that_crash_the_reader_are_541_where_a_rule_has_kept_the_header_back(self) -> None:
        for connection in self.at(HEADER):
            connection.handle(Malformed(0, AMQPError("internal-error", ""), b""))
            self.assertEnds("connection.close 541", after=3)

    @rows(Cause.UNREADABLE, *READING)
    def test_octets_without_meaning_are_hung_up_on_at_once(self) -> None:
        for connection in self.at(*READING):
            if connection.state is HEADER:  # where a rule has kept the header back
                connection.handle(Malformed(0, DecodeError("what?"), b""))
            else:
                self.client.send_octets(UNKNOWN_METHOD)
            self.assertEnds("", after=0)

    def test_octets_without_meaning_on_a_channel_are_not_looked_at_behind_the_brokers_close(self) -> None:
        for _ in self.at(CLOSED):
            self.client.send_octets(UNKNOWN_METHOD[:2] + b"\1" + UNKNOWN_METHOD[3:])
            self.assertEnds("", after=30)

    @rows(Cause.FRAMES_LOST, CLOSED)
    def test_when_no_end_of_a_frame_is_found_nothing_more_is_read(self) -> None:
        for connection in self.at(OPENING, RUNNING):
            self.client.send_octets(NO_FRAME_END)
            self.assertIs(DEAF, connection.state)
            read = len(self.broker.journal)
            self.client.send("connection.close-ok")
            self.assertEqual(read, len(self.broker.journal))
            self.assertEnds("connection.close 501", after=3)

    @rows(Cause.WRONG_HEADER, *READING)
    def test_a_wrong_header_is_hung_up_on_at_once(self) -> None:
        for connection in self.at(*READING):
            if connection.state is HEADER:
                self.client.send_octets(b"HTTP/1.1")
            else:  # a rule has kept it back so long
                connection.handle(ProtocolHeader(b"HTTP/1.1"))
            self.assertEnds("", after=0)


class TheLoginIsRefused(ConnectionEndings):
    """A login is refused in state ``starting``, and behind a challenge in ``securing``."""

    def answer_wrongly(self, connection: Connection) -> None:
        self.broker.users.loopback.add("guest")
        connection.name = "192.0.2.7:50000 -> memory"
        if connection.state is SECURING:
            self.client.send("connection.secure-ok", response=b"My password is guest")
        else:
            properties = {"capabilities": self.capabilities}
            self.client.send("connection.start-ok", 0, None, client_properties=properties, mechanism="PLAIN",
                             response=b"\0guest\0guest", locale="en_US")  # fmt: skip

    @rows(Cause.LOGIN_REFUSED, *LOGIN)
    def test_who_has_asked_for_it_is_told_and_may_hang_up(self) -> None:
        self.capabilities = TOLD
        for connection in self.at(*LOGIN):
            self.answer_wrongly(connection)
            self.assertEnds("connection.close 403", after=3)

    @rows(Cause.LOGIN_IGNORED, *LOGIN)
    def test_anybody_else_is_told_nothing(self) -> None:
        for connection in self.at(*LOGIN):
            self.answer_wrongly(connection)
            self.assertIs(CLOSED, connection.state)
            self.assertEnds("", after=3)


class NothingMoreIsHeard(ConnectionEndings):
    @rows(Cause.TIMEOUT, *HANDSHAKE)
    def test_a_handshake_has_ten_seconds(self) -> None:
        for _ in self.at(*HANDSHAKE):
            self.assertEnds("", after=10)

    def test_nothing_is_waited_for_once_it_is_open(self) -> None:
        for _ in self.at(RUNNING):
            self.assertEqual([], self.clock.getDelayedCalls())

    @rows(Cause.TIMEOUT, CLOSED)
    def test_a_close_is_waited_for_thirty_seconds(self) -> None:
        for _ in self.at(CLOSED):
            self.assertEnds("", after=30)

    @rows(Cause.TIMEOUT, CLOSED)
    def test_a_close_is_waited_for_no_longer_than_a_heartbeat(self) -> None:
        self.heartbeat = 20
        for _ in self.at(CLOSED):
            self.clock.pump([19.9, 0])
            self.assertIsNone(self.client.lost)
            self.clock.pump([0.1, 0])
            self.assertIsNotNone(self.client.lost)

    @rows(Cause.TIMEOUT, DEAF)
    def test_after_a_handshake_that_went_wrong_it_is_hung_up_on_after_three_seconds(self) -> None:
        for _ in self.at(DEAF):
            self.assertEnds("", after=3)

    @rows(Cause.HEARTBEATS_MISSED, OPENING, RUNNING)
    def test_a_client_that_is_silent_for_two_heartbeats_is_hung_up_on(self) -> None:
        self.heartbeat = 2
        for _ in self.at(OPENING, RUNNING):
            self.clock.pump([2, 2, 1.9, 0])
            self.assertIsNone(self.client.lost)
            self.clock.pump([0.1, 0])
            self.assertIsNotNone(self.client.lost)
            self.assertEqual({"Heartbeat"}, set(self.client.names))

    @rows(Cause.HEARTBEATS_MISSED, DEAF)
    def test_so_is_one_that_is_not_read_from_any_more(self) -> None:
        self.heartbeat = 1
        for connection in self.at(OPENING):
            self.clock.pump([0.5, 0])
            self.client.send_octets(CRASHING)
            self.assertIs(DEAF, connection.state)
            self.clock.pump([0.5, 1, 0.9, 0])
            self.assertIsNone(self.client.lost)
            self.clock.pump([0.1, 0])
            self.assertIsNotNone(self.client.lost)

    def test_one_that_is_to_hang_up_may_be_silent(self) -> None:
        self.heartbeat = 2
        for connection in self.at(RUNNING):
            self.clock.pump([1, 0])
            connection.close("go away")
            self.clock.pump([1.9, 0])
            self.assertIsNone(self.client.lost)


class TheBrokerEndsIt(ConnectionEndings):
    @rows(Cause.OPERATOR, *HANDSHAKE, DEAF)
    def test_an_operator_hangs_up_on_a_connection_that_is_not_open(self) -> None:
        for connection in self.at(*HANDSHAKE, DEAF):
            connection.close("go away")
            self.assertEnds("", after=0)

    @rows(Cause.OPERATOR, RUNNING, BLOCKED)
    def test_an_operators_close_is_told_and_the_answer_waited_for(self) -> None:
        for connection in self.at(RUNNING, BLOCKED):
            connection.close("go away")
            self.assertEnds("connection.close 320", after=30)

    def test_close_ok_is_heard_from_a_client_that_was_blocked(self) -> None:
        for connection in self.at(BLOCKED):
            connection.close("go away")
            self.client.send("connection.close-ok")
            self.assertIsNotNone(self.client.lost)

    @rows(Cause.RULE, *HANDSHAKE, RUNNING, BLOCKED)
    def test_a_rules_close_is_told_whatever_the_state(self) -> None:
        for connection in self.at(*HANDSHAKE, RUNNING, BLOCKED):
            before = connection.state
            connection.end(0, 599, "because", (50, 10))
            self.clock.advance(0)
            self.assertEqual([(599, "because", 50, 10)], [each.args for each in self.client.events])  # type: ignore[union-attr]
            self.assertEnds("connection.close 599", after=30 if before in (OPENING, RUNNING, BLOCKED) else 3)

    @rows(Cause.CRASH, *HANDSHAKE, CLOSED, DEAF)
    def test_a_crash_hangs_up_where_no_close_can_be_told(self) -> None:
        for connection in self.at(*HANDSHAKE, CLOSED, DEAF):
            connection.crashed()
            self.assertEnds("", after=0)

    @rows(Cause.CRASH, RUNNING, BLOCKED)
    def test_a_crash_is_541(self) -> None:
        for connection in self.at(RUNNING, BLOCKED):
            connection.crashed()
            self.assertEnds("connection.close 541", after=30)

    @rows(Cause.BROKER_LEAVES, *READING, BLOCKED, DEAF)
    def test_a_broker_that_leaves_says_nothing(self) -> None:
        for connection in self.at(*READING, BLOCKED, DEAF):
            connection.drop()
            self.assertEnds("", after=0)

    @rows(Cause.CRASH, GONE)
    @rows(Cause.BROKER_LEAVES, GONE)
    def test_what_is_gone_stays_gone(self) -> None:
        for connection in self.at(GONE):
            connection.crashed()
            connection.drop()
            self.assertIs(GONE, connection.state)


class WhatTheTableLeavesOut(ConnectionEndings):
    def test_a_connection_that_has_ended_is_not_closed_by_another_error(self) -> None:
        for connection in self.at(CLOSED, DEAF, GONE):
            before = connection.state
            connection.fail(AMQPError("resource-error", "too late"))
            connection.end(0, 599, "too late", (0, 0))
            self.clock.advance(0)
            self.assertEqual((before, []), (connection.state, self.client.names))

    def test_an_operator_leaves_alone_what_is_closed(self) -> None:
        for connection in self.at(CLOSED, GONE):
            before = connection.state
            connection.close("once more")
            self.clock.advance(0)
            self.assertEqual((before, []), (connection.state, self.client.names))


class TheTests(TestCase):
    def test_every_row_of_the_table_has_one(self) -> None:
        table = {(cause, state) for cause, endings in CONNECTION_ENDINGS.items() for state in endings}
        tested = {
            row
            for case in ConnectionEndings.__subclasses__()
            for test in vars(case).values()
            for row in getattr(test, "rows", [])
        }
        self.assertEqual(set(), table - tested)
        self.assertEqual(set(), tested - table)

"""What pika, over a real socket, makes of what goes wrong: each fault is seen as the documentation says."""

from __future__ import annotations

import logging
from typing import Any
from unittest import TestCase

import pika
from pika.exceptions import AMQPError, NackError, UnroutableError

import fakebroker
from fakebroker.faults import (
    Action,
    Block,
    CancelConsumer,
    CloseChannel,
    CloseConnection,
    Cut,
    Do,
    Down,
    Flow,
    ForeignHeader,
    Mechanisms,
    Nack,
    Redeliver,
    RefuseLogin,
    RefuseVhost,
    Reset,
    ReturnMessage,
    Slice,
    Tune,
    UnknownFrame,
    WrongFrameEnd,
    when,
)
from fakebroker.faults.match import When

ALL = [(1, False, b"m0"), (2, False, b"m1"), (3, False, b"m2")]


class AgainstPika(TestCase):
    def setUp(self) -> None:
        logging.disable(logging.CRITICAL)  # pika tells at length what goes wrong, as it shall
        self.addCleanup(logging.disable, logging.NOTSET)
        running = fakebroker.running()
        self.addCleanup(running.stop)
        self.broker = running.start()

    def conversation(self, repeated: int = 0) -> list[Any]:
        """Publish three messages with confirms, consume them.

        :param repeated: how many come more than once.
        """
        connection = pika.BlockingConnection(pika.URLParameters(self.broker.url))
        channel = connection.channel()
        channel.queue_declare("jobs")
        channel.confirm_delivery()
        seen: list[Any] = []
        for number in range(3):
            try:
                channel.basic_publish("", "jobs", b"m%d" % number, mandatory=True)
            except (NackError, UnroutableError) as error:
                seen.append(type(error).__name__)
        waiting = channel.queue_declare("jobs", passive=True).method.message_count + repeated
        for method, _, body in channel.consume("jobs", inactivity_timeout=10):
            assert method is not None, f"nothing comes any more after {seen}"
            seen.append((method.delivery_tag, method.redelivered, body))
            channel.basic_ack(method.delivery_tag)
            waiting -= 1
            if not waiting:
                break
        connection.close()
        return seen

    def seen(self, where: When | Action, *then: Action, repeated: int = 0) -> list[Any]:
        """What the conversation gives with a rule, or the error that ends it."""
        rule = self.broker.faults.add(where, *then)
        try:
            return self.conversation(repeated)
        except AMQPError as error:
            return [type(error).__name__, str(error)]
        finally:
            self.assertEqual(1, rule.acted)

    def test_nothing_wrong(self) -> None:
        self.assertEqual(ALL, self.conversation())

    def test_confirms_and_returns(self) -> None:
        self.assertEqual(["NackError", *ALL], self.seen(when(delivery_tag=2), Nack()))

    def test_a_message_that_comes_back(self) -> None:
        expected = ["UnroutableError", (1, False, b"m0"), (2, False, b"m2")]
        self.assertEqual(expected, self.seen(when("basic.publish", nth=2), ReturnMessage()))

    def test_a_message_that_comes_again(self) -> None:
        seen = self.seen(Redeliver(), repeated=1)
        self.assertEqual([(1, False, b"m0"), (4, True, b"m0")], [each for each in seen if each[2] == b"m0"])

    def test_what_is_only_late_or_odd_does_no_harm(self) -> None:
        for then in (Slice(1), Tune(channel_max=1, frame_max=4096), Flow(seconds=0.01), Block(seconds=0.01)):
            self.setUp()
            self.assertEqual(ALL, self.seen(when("start"), then) if isinstance(then, Slice) else self.seen(then))

    def test_a_consumer_that_is_cancelled(self) -> None:
        self.assertEqual(ALL[:1], self.seen(when("basic.deliver", nth=1), CancelConsumer(after=True))[:1])

    def test_errors_say_what_the_broker_said(self) -> None:
        for where, then, name, text in (
            (None, RefuseLogin(), "ProbableAuthenticationError", "403"),
            (None, RefuseVhost("unknown"), "ProbableAccessDeniedError", "530"),
            (None, Mechanisms("EXTERNAL"), "AuthenticationError", "PLAIN"),
            (when("basic.publish", nth=2), CloseChannel(404, "NOT_FOUND - x"), "ChannelClosedByBroker", "404"),
            (when("basic.publish"), CloseConnection(541, "INTERNAL_ERROR"), "ConnectionClosedByBroker", "541"),
            (when("basic.ack", "out"), Do("restart"), "ConnectionClosedByBroker", "320"),
        ):
            self.assertFails(where, then, name, text)

    def test_connections_that_break(self) -> None:
        for where, then, name, text in (
            (None, ForeignHeader(), "IncompatibleProtocolError", ""),
            (when("basic.ack", "out"), Reset(), "StreamLostError", "Connection reset"),
            (when("basic.publish"), Down(60), "StreamLostError", "Connection reset"),
            (when("basic.deliver"), Cut("header"), "StreamLostError", "EOF"),
            (when("basic.deliver"), WrongFrameEnd(), "StreamLostError", "Invalid FRAME_END"),
            (when("basic.deliver"), UnknownFrame(9), "StreamLostError", "Unknown frame type: 9"),
        ):
            self.assertFails(where, then, name, text)

    def assertFails(self, where: When | None, then: Action, name: str, text: str) -> None:
        self.setUp()
        with self.subTest(str(then)):
            error = self.seen(then) if where is None else self.seen(where, then)
            self.assertEqual(name, error[0], error)
            self.assertIn(text, error[1])

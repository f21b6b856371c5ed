"""Whatever method a broker sends, whenever it sends it: each step ends in an answer or a ConnectorError, and nothing is
left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.testing import MemoryReactorClock
from twisted.trial.unittest import SynchronousTestCase
from txamqp.client import ChannelClosed, Closed, ConnectionClosed

from connector import (
    AmqpConnector,
    ChannelClosedByBroker,
    ClosedByBroker,
    ConnectionLost,
    ConnectorError,
    ProtocolError,
    TimedOut,
    Timeouts,
    WrongState,
)
from tests.connector.peer import SPEC, Answer, Peer, PeerTestCase, data, frame, hang_up, send

METHODS = [f"{klass.name}.{method.name}" for klass in SPEC.classes for method in klass.methods]
MOMENTS = (
    *("header", "connection.start-ok", "connection.open", "channel.open"),
    *("queue.declare", "channel.close", "connection.close"),
)
"""What the broker has just received."""


def then(*answers: Answer) -> Answer:
    """One answer behind the other, in one piece."""

    def all_of_them(peer: Peer) -> None:
        for answer in answers:
            answer(peer)

    return all_of_them


def on_channel(number: int, name: str) -> Answer:
    """A method on a channel of its own."""
    return data(frame(name, number))


class OutOfOrder(PeerTestCase):
    def setUp(self) -> None:
        super().setUp()
        self.on["queue.declare"] = send("queue.declare-ok", queue="q")
        self.on["channel.close"] = send("channel.close-ok")

    def outcome(self, step: Callable[[], Deferred[Any]]) -> Any:
        """What a step fires with, be it after the longest time that it may take; it never hangs."""
        outcome: list[Any] = []
        step().addBoth(outcome.append)
        for seconds in (0, *[1] * 9):
            if not outcome:
                self.clock.advance(seconds)
        self.assertTrue(outcome, "it hangs")
        return getattr(outcome[0], "value", outcome[0])

    def steps(self) -> Iterator[Callable[[], Deferred[Any]]]:
        """From nothing to a channel, what is asked of it, and back."""
        connector = self.connector
        yield from (connector.connect, connector.authenticate, connector.channel_open)
        yield lambda: connector.channel.queue_declare(queue="q")
        yield lambda: connector.channel.queue_declare(queue="q")
        yield lambda: connector.channel.channel_close()
        yield connector.channel_open

    def walk(self, **options: Any) -> Any:
        """The error that ends the way, which is a ConnectorError; None for none. Nothing is left at the end."""
        self.connector = self.make(heartbeat=2, **options)
        error = None
        for step in self.steps():
            error = self.outcome(step)
            if isinstance(error, Exception):
                break
            error = None
        self.assertIsInstance(error, (ConnectorError, type(None)))
        self.assertIsInstance(self.outcome(self.connector.disconnect), (ConnectorError, type(None)))
        self.assert_nothing_left()
        return error

    def test_every_method_at_every_moment(self) -> None:
        for moment in MOMENTS:
            usual = self.on[moment]
            for name in METHODS:
                for number in (0, 1):
                    extra = on_channel(number, name)
                    for way in (then(extra, usual), then(usual, extra), then(extra, hang_up)):
                        with self.subTest(moment=moment, method=name, channel=number):
                            self.on[moment] = way
                            self.walk()
            self.on[moment] = usual

    def test_every_answer_twice(self) -> None:
        for moment in MOMENTS:
            usual = self.on[moment]
            self.on[moment] = then(usual, usual)
            error = self.walk()
            self.on[moment] = usual
            # Of the last nobody hears any more.
            kind = type(None) if moment == "connection.close" else (ProtocolError, type(None))
            self.assertIsInstance(error, kind, moment)

    def test_an_answer_that_nobody_asked_for_is_no_answer_to_what_is_asked_next(self) -> None:
        self.on["channel.open"] = then(send("channel.open-ok"), send("channel.open-ok"))
        error = self.walk()
        self.assertIs(ProtocolError, type(error))
        self.assertIn("the broker sent channel.open-ok on channel 1, where nothing was asked", str(error))

    def test_another_answer_than_asked_for(self) -> None:
        self.on["queue.declare"] = send("queue.bind-ok")
        self.assertIn("queue.bind-ok on channel 1, where queue.declare was asked", str(self.walk()))

    def test_each_place_in_the_handshake_is_for_one(self) -> None:
        tune = self.on["connection.start-ok"]
        for moment, answer, text in (
            ("connection.start-ok", then(tune, tune), "connection.tune where it has no place"),
            ("header", then(tune, self.on["header"]), "connection.tune where it has no place"),
            ("connection.start-ok", then(self.on["header"], tune), "connection.start where it has no place"),
            ("connection.open", send("connection.secure", challenge="x"), "connection.secure where it has no place"),
            ("queue.declare", on_channel(1, "connection.tune"), "connection.tune on channel 1"),
            ("queue.declare", on_channel(7, "channel.flow"), "a frame on channel 7, which nobody has opened"),
            ("queue.declare", on_channel(1, "channel.alert"), "channel_alert"),
        ):
            usual, self.on[moment] = self.on[moment], answer
            self.assertIn(text, str(self.walk()))
            self.on[moment] = usual

    def test_content_that_does_not_come_or_that_nobody_announced(self) -> None:
        header = b"\x02\x00\x01\x00\x00\x00\x0e\x00\x3c\x00\x00" + bytes(7) + b"\x02\x00\x00\xce"
        body = b"\x03\x00\x01\x00\x00\x00\x03abc\xce"
        for answer, text in (
            (then(send("basic.get-ok"), send("queue.declare-ok")), "where the content of another method was to come"),
            (then(send("basic.get-ok"), data(body)), "a content body on channel 1 where none was to come"),
            (then(send("basic.get-ok"), data(header), data(body)), "a content body on channel 1"),
            (data(header), "a content header on channel 1 where none was to come"),
            (data(body), "a content body on channel 1 where none was to come"),
        ):
            self.on["basic.get"] = answer
            self.connector = self.make()
            self.log_in()
            channel = self.result(self.connector.channel_open())
            error = self.outcome(lambda: channel.basic_get(queue="q"))  # noqa: B023  # it is called at once
            self.assertIs(ProtocolError, type(error))
            self.assertIn(text, str(error))
            self.result(self.connector.disconnect())
            self.assert_nothing_left()

    def test_an_answer_that_is_late_is_passed_over(self) -> None:
        self.on["queue.declare"] = self.later(5, send("queue.declare-ok", queue="late"))
        self.connector = self.make()
        self.log_in()
        channel = self.result(self.connector.channel_open())
        late = channel.queue_declare(queue="late")
        self.clock.advance(0)
        late.cancel()
        self.failureResultOf(late, CancelledError)
        self.on["queue.declare"] = self.later(6, send("queue.declare-ok", queue="asked"))
        self.assertEqual("asked", self.outcome(lambda: channel.queue_declare(queue="asked")).queue)
        self.result(self.connector.disconnect())

    def test_a_close_that_crosses_the_broker_s(self) -> None:
        self.on["channel.close"] = then(send("channel.close", reply_code=406), send("channel.close-ok"))
        self.connector = self.make()
        self.log_in()
        channel = self.result(self.connector.channel_open())
        self.assertIsInstance(self.outcome(channel.channel_close), ChannelClosedByBroker)
        self.assertEqual(1, self.result(self.connector.channel_open()).id)
        self.result(self.connector.disconnect())


class WhatIsAskedOfAClosedChannel(PeerTestCase):
    def ask(self, end: Answer | None) -> Any:
        """What a method fails with, after the channel has ended."""
        self.on["queue.declare"] = end or send("queue.declare-ok")
        self.connector = self.make()
        self.log_in()
        channel = self.result(self.connector.channel_open())
        first = channel.queue_declare()
        self.clock.advance(0)
        if end is None:
            self.successResultOf(first)
            self.result(self.connector.disconnect())
        else:
            self.assertIsInstance(self.failureResultOf(first).value, ConnectorError)
        error = self.failureResultOf(channel.queue_declare()).value
        self.result(self.connector.disconnect())
        return error

    def test_is_an_error_of_the_connector_s_and_one_of_txamqp_s(self) -> None:
        for end, own, other in (
            (send("channel.close", reply_code=404, reply_text="no"), ChannelClosedByBroker, ChannelClosed),
            (data(frame("connection.close", 0, reply_code=320, reply_text="no")), ClosedByBroker, ConnectionClosed),
            (hang_up, ConnectionLost, Closed),
            (send("queue.bind-ok"), ProtocolError, Closed),
            (None, ConnectionLost, Closed),
        ):
            error = self.ask(end)
            self.assertIsInstance(error, own)
            self.assertIsInstance(error, other)
        closed = self.ask(send("channel.close", reply_code=404, reply_text="no"))
        self.assertEqual((404, 404, "no"), (closed.code, closed.args[0].reply_code, closed.text))
        self.assertNotIsInstance(closed, ConnectionClosed)

    def test_when_this_side_closed_it(self) -> None:
        self.on["channel.close"] = send("channel.close-ok")
        self.log_in()
        channel = self.result(self.connector.channel_open())
        self.result(channel.channel_close())
        error = self.failureResultOf(channel.queue_declare()).value
        self.assertIsInstance(error, WrongState)
        self.assertIsInstance(error, ChannelClosed)
        self.result(self.connector.disconnect())

    def test_a_text_of_the_broker_s_does_nothing_to_a_terminal(self) -> None:
        error = self.ask(send("channel.close", reply_code=404, reply_text="\x1b[31m\nno"))
        self.assertIn("404 \\x1b[31m\\nno", str(error))
        self.assertEqual("\x1b[31m\nno", error.text)


class OverTcp(SynchronousTestCase):
    """A port that takes no connection: nothing comes back."""

    def attempt(self, host: str, **options: Any) -> tuple[Any, MemoryReactorClock, Deferred[Any]]:
        reactor: Any = MemoryReactorClock()
        connector = AmqpConnector(host, 5672, reactor=reactor, **options)
        return connector, reactor, connector.connect()

    def test_no_answer_in_time_is_a_time_out(self) -> None:
        for seconds in (0.7, 45.0):  # Twisted's own limit is 30
            _, reactor, connecting = self.attempt("127.0.0.1", timeouts=Timeouts(connect=seconds))
            reactor.advance(seconds - 0.1)
            self.assertNoResult(connecting)
            reactor.advance(0.1)
            error = self.failureResultOf(connecting, TimedOut).value
            self.assertEqual(("connect", seconds), (error.step, error.seconds))
            self.assertEqual([], reactor.getDelayedCalls())

    def test_who_cancels_gets_what_cancelling_gives(self) -> None:
        _, reactor, connecting = self.attempt("127.0.0.1")
        connecting.cancel()
        self.failureResultOf(connecting, CancelledError)
        self.assertEqual([], reactor.getDelayedCalls())

    def test_who_disconnects_meanwhile_is_told_that_it_was_this_side(self) -> None:
        connector, reactor, connecting = self.attempt("127.0.0.1")
        self.successResultOf(connector.disconnect())
        self.failureResultOf(connecting, ConnectionLost)
        self.assertEqual([], reactor.getDelayedCalls())

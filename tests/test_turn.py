"""What is put off in a turn, in which order it is done, and where errors end."""

from __future__ import annotations

from collections.abc import Callable
from unittest import TestCase

from twisted.internet.task import Clock

from fakebroker import FakeBroker
from fakebroker.turn import Phase, Turn, TurnClock
from fakebroker.wire.command import Content
from fakebroker.wire.writer import encode
from tests.rawclient import RawClient


class Somebody:
    """Whom something is done for."""

    def __init__(self) -> None:
        self.has_crashed = False

    def crashed(self) -> None:
        self.has_crashed = True


class Broken(Somebody):
    """One that can't even end."""

    def crashed(self) -> None:
        raise KeyError("and again")


def fail() -> None:
    raise ZeroDivisionError


class Turns(TestCase):
    def setUp(self) -> None:
        self.errors: list[Exception] = []
        self.turn = Turn(self.errors.append)
        self.done: list[str] = []

    def do(self, name: str) -> None:
        self.done.append(name)
        if name == "first":
            self.turn.put_off(Phase.MAILBOXES, lambda: self.do("put off meanwhile"))

    def put_off(self) -> None:
        self.turn.put_off(Phase.MAILBOXES, lambda: self.do("first"))
        self.turn.put_off(Phase.MAILBOXES, lambda: self.do("second"))
        self.do("at once")

    def kinds(self) -> list[str]:
        return [type(error).__name__ for error in self.errors]

    def test_what_is_put_off_is_done_in_order_when_the_outermost_ends(self) -> None:
        with self.turn:
            self.turn.run(self.put_off)
            self.assertEqual(["at once"], self.done)
        self.assertEqual(["at once", "first", "second", "put off meanwhile"], self.done)

    def test_outside_a_turn_nothing_waits(self) -> None:
        self.put_off()
        self.assertEqual(["first", "put off meanwhile", "second", "at once"], self.done)

    def test_an_error_ends_its_owner_and_nothing_else(self) -> None:
        one, other = Somebody(), Somebody()
        with self.turn:
            self.turn.put_off(Phase.MAILBOXES, fail, one)
            self.turn.put_off(Phase.MAILBOXES, lambda: self.do("second"), other)
        self.assertEqual((True, False), (one.has_crashed, other.has_crashed))
        self.assertEqual(["second"], self.done)
        self.assertEqual(["ZeroDivisionError"], self.kinds())

    def test_an_error_while_something_is_handled_does_not_keep_back_what_was_put_off(self) -> None:
        one = Somebody()

        def handle() -> None:
            self.turn.put_off(Phase.MAILBOXES, lambda: self.do("second"))
            fail()

        self.turn.begin(handle, one)
        self.assertTrue(one.has_crashed)
        self.assertEqual(["second"], self.done)

    def test_an_owner_that_can_not_end_is_reported_too(self) -> None:
        self.turn.run(fail, Broken())
        self.assertEqual(["KeyError", "ZeroDivisionError"], self.kinds())

    def test_what_a_test_does_raises_in_the_test_and_the_turn_ends_all_the_same(self) -> None:
        with self.assertRaises(ZeroDivisionError), self.turn:
            self.turn.put_off(Phase.MAILBOXES, lambda: self.do("second"))
            fail()
        self.assertEqual(["second"], self.done)
        self.assertEqual([], self.errors)

    def test_what_comes_from_outside_begins_a_turn_even_if_the_one_before_never_ended(self) -> None:
        self.turn.__enter__()
        self.turn.begin(self.put_off)
        self.assertEqual(["at once", "first", "second", "put off meanwhile"], self.done)

    def test_an_interrupted_turn_ends_with_the_next_one(self) -> None:
        def interrupted() -> None:
            self.turn.put_off(Phase.MAILBOXES, lambda: self.do("second"))
            raise KeyboardInterrupt

        with self.assertRaises(KeyboardInterrupt):
            self.turn.begin(interrupted)
        self.turn.begin(lambda: self.do("next"))
        self.assertEqual(["next", "second"], self.done)

    def test_a_timer_is_a_turn_and_its_error_ends_its_owner(self) -> None:
        clock, one = Clock(), Somebody()
        timers = TurnClock(clock, self.turn, one)
        timers.callLater(1, self.put_off)
        timers.callLater(2, fail)
        timers.callLater(3, self.do, name="third")
        for _ in range(3):
            clock.advance(1)
        self.assertEqual(["at once", "first", "second", "put off meanwhile", "third"], self.done)
        self.assertTrue(one.has_crashed)
        self.assertEqual(3, timers.seconds())

    def test_errors_are_raised_where_nobody_is_there_to_be_told(self) -> None:
        with self.assertRaises(ZeroDivisionError):
            Turn().run(fail)


class Phases(TestCase):
    """Each call notes its name, and may put off another."""

    def setUp(self) -> None:
        self.turn = Turn()
        self.done: list[str] = []

    def noting(self, name: str, then: Callable[[], object] = lambda: None) -> Callable[[], None]:
        def call() -> None:
            self.done.append(name)
            then()

        return call

    def put_off(self, phase: Phase, then: Callable[[], object] = lambda: None) -> None:
        self.turn.put_off(phase, self.noting(phase.name, then))

    def test_phases_come_in_their_order_whatever_was_put_off_first(self) -> None:
        with self.turn:
            for phase in reversed(Phase):
                self.put_off(phase)
        self.assertEqual(["REST", "MAILBOXES", "DEAD_LETTERS", "FLUSH"], self.done)

    def test_what_a_call_puts_off_to_an_earlier_phase_comes_before_its_own_goes_on(self) -> None:
        with self.turn:
            self.put_off(Phase.FLUSH, lambda: self.put_off(Phase.DEAD_LETTERS, lambda: self.put_off(Phase.MAILBOXES)))
            self.put_off(Phase.FLUSH)
        self.assertEqual(["FLUSH", "DEAD_LETTERS", "MAILBOXES", "FLUSH"], self.done)

    def test_rest_comes_after_each_thing_that_is_handled(self) -> None:
        with self.turn:
            for phase in (Phase.MAILBOXES, Phase.REST):
                self.turn.handle(self.noting("handled", lambda phase=phase: self.put_off(phase)))  # type: ignore[misc]
            self.assertEqual(["handled", "handled", "REST"], self.done)
        self.assertEqual(["handled", "handled", "REST", "MAILBOXES"], self.done)

    def test_but_not_in_the_middle_of_what_is_handled(self) -> None:
        def handled() -> None:
            self.put_off(Phase.REST)
            self.turn.handle(self.noting("within"))
            self.done.append("all of it")

        self.turn.handle(handled)
        self.assertEqual(["within", "all of it", "REST"], self.done)

    def test_nor_in_the_middle_of_another_rest(self) -> None:
        def rest() -> None:
            self.put_off(Phase.REST)
            self.turn.handle(self.noting("within"))
            self.done.append("all of it")

        self.turn.handle(lambda: self.put_off(Phase.REST, rest))
        self.assertEqual(["REST", "within", "all of it", "REST"], self.done)

    def test_rest_comes_even_when_what_is_handled_raises(self) -> None:
        def handled() -> None:
            self.put_off(Phase.REST)
            fail()

        self.assertRaises(ZeroDivisionError, self.turn.handle, handled)
        self.assertEqual(["REST"], self.done)
        self.turn.handle(self.noting("handled", lambda: self.put_off(Phase.REST)))
        self.assertEqual(["REST", "handled", "REST"], self.done)


class Pieces(RawClient):
    """A client that counts what it reads at once."""

    pieces = 0

    def dataReceived(self, data: bytes) -> None:
        self.pieces += 1
        super().dataReceived(data)


class OfABroker(TestCase):
    """What a client sees of the order."""

    def setUp(self) -> None:
        clock = Clock()
        broker = FakeBroker(clock=clock)
        self.addCleanup(broker.stop)
        client = Pieces.connect(broker, clock).open()
        assert isinstance(client, Pieces)
        self.client = client
        client.open_channel(1)
        dying = {"x-max-length": 1, "x-dead-letter-exchange": "", "x-dead-letter-routing-key": "dead"}
        client.send("queue.declare", 1, queue="short", arguments=dying)
        client.send("queue.declare", 1, queue="dead")
        self.client.send("basic.consume", 1, queue="dead", no_ack=True)
        self.client.send("confirm.select", 1)

    def publish(self, queue: str) -> bytes:
        return encode(self.client.spec.command(1, "basic.publish", Content.make({}, b"m"), routing_key=queue), 0)

    def said(self, octets: bytes) -> list[str]:
        """What comes back when a client sends this in one piece."""
        before = len(self.client.names)
        self.client.pieces = 0
        self.client.send_octets(octets)
        return self.client.names[before:]

    def test_a_message_is_confirmed_before_another_that_dies_of_it_is_delivered(self) -> None:
        # RabbitMQ 3.10.8 as a rule: 14 times of 20, and 13 of 20 for three messages that are confirmed as one.
        self.said(self.publish("short"))
        self.assertEqual(["basic.ack", "basic.deliver"], self.said(self.publish("short")))
        self.assertEqual(["basic.ack", *["basic.deliver"] * 3], self.said(self.publish("short") * 3))

    def test_all_that_is_said_comes_in_one_piece(self) -> None:
        declare = encode(self.client.spec.command(1, "queue.declare", queue="other"), 0)
        self.said(self.publish("short"))
        said = self.said(declare + self.publish("dead") + self.publish("short"))
        self.assertEqual(["queue.declare-ok", "basic.deliver", "basic.ack", "basic.deliver"], said)
        self.assertEqual(1, self.client.pieces)

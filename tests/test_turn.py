"""What is put off to the end of a turn, and where errors end."""

from __future__ import annotations

from unittest import TestCase

from twisted.internet.task import Clock

from fakebroker.turn import Turn, TurnClock


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
            self.turn.at_end(lambda: self.do("put off meanwhile"))

    def put_off(self) -> None:
        self.turn.at_end(lambda: self.do("first"))
        self.turn.at_end(lambda: self.do("second"))
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
            self.turn.at_end(fail, one)
            self.turn.at_end(lambda: self.do("second"), other)
        self.assertEqual((True, False), (one.has_crashed, other.has_crashed))
        self.assertEqual(["second"], self.done)
        self.assertEqual(["ZeroDivisionError"], self.kinds())

    def test_an_error_while_something_is_handled_does_not_keep_back_what_was_put_off(self) -> None:
        one = Somebody()

        def handle() -> None:
            self.turn.at_end(lambda: self.do("second"))
            fail()

        self.turn.begin(handle, one)
        self.assertTrue(one.has_crashed)
        self.assertEqual(["second"], self.done)

    def test_an_owner_that_can_not_end_is_reported_too(self) -> None:
        self.turn.run(fail, Broken())
        self.assertEqual(["KeyError", "ZeroDivisionError"], self.kinds())

    def test_what_a_test_does_raises_in_the_test_and_the_turn_ends_all_the_same(self) -> None:
        with self.assertRaises(ZeroDivisionError), self.turn:
            self.turn.at_end(lambda: self.do("second"))
            fail()
        self.assertEqual(["second"], self.done)
        self.assertEqual([], self.errors)

    def test_what_comes_from_outside_begins_a_turn_even_if_the_one_before_never_ended(self) -> None:
        self.turn.__enter__()
        self.turn.begin(self.put_off)
        self.assertEqual(["at once", "first", "second", "put off meanwhile"], self.done)

    def test_an_interrupted_turn_ends_with_the_next_one(self) -> None:
        def interrupted() -> None:
            self.turn.at_end(lambda: self.do("second"))
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

"""Virtual time: calls run when they are due, and what never ends is named."""

from __future__ import annotations

from unittest import TestCase

from twisted.internet.defer import Deferred

from fakebroker.testing import NeverSettles, VirtualClock


class Turning(TestCase):
    def setUp(self) -> None:
        self.clock = VirtualClock()
        self.times: list[float] = []

    def beat(self, interval: float) -> None:
        self.times.append(self.clock.seconds())
        self.clock.callLater(interval, self.beat, interval)

    def test_a_long_step_runs_every_call_at_its_own_time(self) -> None:
        self.clock.callLater(10, self.beat, 10)
        self.clock.advance(35)
        self.assertEqual([10, 20, 30], self.times)
        self.assertEqual(35, self.clock.seconds())

    def test_settling_takes_no_time(self) -> None:
        self.clock.callLater(0, lambda: self.clock.callLater(0, self.times.append, 1))
        self.clock.callLater(1, self.times.append, 2)
        self.clock.settle()
        self.assertEqual(([1], 0), (self.times, self.clock.seconds()))

    def test_calls_due_at_the_same_time_keep_their_order(self) -> None:
        for number in range(5):
            self.clock.callLater(1, self.times.append, number)
        self.clock.advance(1)
        self.assertEqual([0, 1, 2, 3, 4], self.times)

    def test_it_jumps_to_the_next_call(self) -> None:
        self.clock.callLater(3600, self.times.append, 1)
        self.assertTrue(self.clock.jump())
        self.assertEqual(3600, self.clock.seconds())
        self.assertFalse(self.clock.jump())

    def test_it_runs_until_a_deferred_fires(self) -> None:
        done: Deferred[str] = Deferred()
        self.clock.callLater(86000, done.callback, "yes")
        self.assertEqual("yes", self.clock.result(done))
        self.assertEqual(86000, self.clock.seconds())

    def test_a_failure_is_raised(self) -> None:
        done: Deferred[str] = Deferred()
        self.clock.callLater(1, done.errback, KeyError("k"))
        self.assertRaises(KeyError, self.clock.result, done)


class Wrong(TestCase):
    """What can't be waited for is refused where it stands."""

    def test_time_does_not_go_back_nor_stand_anywhere_else(self) -> None:
        clock = VirtualClock()
        clock.advance(5)
        for amount in (-1, float("nan"), float("inf"), True):
            self.assertRaisesRegex(ValueError, "a number of seconds from 0, not", clock.advance, amount)
        for other in (None, "5", [1]):
            self.assertRaisesRegex(TypeError, "is a number of seconds, not", clock.advance, other)
        self.assertEqual(5, clock.seconds())

    def test_only_a_deferred_has_a_result(self) -> None:
        for value in (None, b"x", 7):
            self.assertRaisesRegex(TypeError, "waits for a Deferred, not for", VirtualClock().result, value)
            self.assertRaisesRegex(TypeError, "until a Deferred has fired or", VirtualClock().run, value)


class NeverSettling(TestCase):
    def setUp(self) -> None:
        self.clock = VirtualClock()

    def spin(self) -> None:
        self.clock.callLater(0, self.spin)

    def beat(self) -> None:
        self.clock.callLater(10, self.beat)

    def test_calls_that_make_each_other_without_end_are_named(self) -> None:
        self.spin()
        self.assertRaisesRegex(NeverSettles, r"NeverSettling\.spin at 0\.000 s", self.clock.settle)

    def test_what_does_not_happen_in_time_names_what_is_due(self) -> None:
        self.beat()
        self.assertRaisesRegex(
            NeverSettles, r"within 60 s; .*NeverSettling\.beat at 70\.000 s", self.clock.run, Deferred(), 60
        )

    def test_nothing_due_at_all(self) -> None:
        self.assertRaisesRegex(NeverSettles, "all is quiet at 0.000 s, nothing is due", self.clock.run, Deferred())

"""The timer that queues and channels use."""

from __future__ import annotations

from unittest import TestCase
from weakref import ref

from twisted.internet.task import Clock

from fakebroker.broker.timer import Timer, milliseconds


class Timers(TestCase):
    def setUp(self) -> None:
        self.clock = Clock()
        self.clock.advance(1.7e9 + 0.0123)
        self.rung = 0
        self.timer = Timer(self.clock)
        self.start = milliseconds(self.clock)

    def ring(self) -> None:
        self.rung += 1

    def test_it_rings_once_when_it_is_due(self) -> None:
        self.timer.set(self.start + 50, self.ring)
        self.clock.advance(0.049)
        self.assertEqual(0, self.rung)
        self.clock.advance(0.002)
        self.assertEqual((1, []), (self.rung, self.clock.getDelayedCalls()))

    def test_an_earlier_time_takes_the_place_of_a_later_one(self) -> None:
        self.timer.set(self.start + 50, self.ring)
        self.timer.set(self.start + 5, self.ring)
        self.clock.advance(0.006)
        self.assertEqual((1, []), (self.rung, self.clock.getDelayedCalls()))

    def test_so_does_a_later_one_and_nothing_more_is_pending(self) -> None:
        self.timer.set(self.start + 5, self.ring)
        self.timer.set(self.start + 50, self.ring)
        self.clock.advance(0.006)
        self.assertEqual((0, 1), (self.rung, len(self.clock.getDelayedCalls())))
        self.clock.advance(0.045)
        self.assertEqual((1, []), (self.rung, self.clock.getDelayedCalls()))

    def test_cancelled_it_leaves_nothing_behind(self) -> None:
        self.timer.set(self.start + 5, self.ring)
        self.timer.cancel()
        self.assertEqual([], self.clock.getDelayedCalls())
        self.timer.cancel()

    def test_it_can_be_set_when_it_rings(self) -> None:
        def ring() -> None:
            self.ring()
            again.set(milliseconds(self.clock) + 5, ring)

        again = Timer(self.clock)
        again.set(self.start + 5, ring)
        self.clock.pump([0.006, 0.006])
        again.cancel()
        self.assertEqual(2, self.rung)

    def test_what_is_due_already_rings_at_the_next_moment(self) -> None:
        self.timer.set(self.start - 5, self.ring)
        self.clock.advance(0)
        self.assertEqual(1, self.rung)


class Moments(TestCase):
    """A clock at zero: what is due is due at its very millisecond."""

    def setUp(self) -> None:
        self.clock = Clock()
        self.rung: list[int] = []
        self.timer = Timer(self.clock)

    def ring(self) -> None:
        self.rung.append(milliseconds(self.clock))

    def test_milliseconds_are_rounded_to_the_nearest(self) -> None:
        for seconds, expected in ((0.0004, 0), (0.0006, 1), (1.2344, 1234), (1.2346, 1235), (1.7e9, 1_700_000_000_000)):
            clock = Clock()
            clock.advance(seconds)
            self.assertEqual(expected, milliseconds(clock))

    def test_it_rings_at_the_moment_itself(self) -> None:
        self.timer.set(50, self.ring)
        self.clock.advance(0.05)
        self.assertEqual([50], self.rung)

    def test_it_sleeps_until_then_be_it_long(self) -> None:
        self.timer.set(1_000_000, self.ring)
        self.assertEqual([1000], [call.getTime() for call in self.clock.getDelayedCalls()])
        self.clock.advance(1000)
        self.assertEqual([1_000_000], self.rung)

    def test_cancelled_it_keeps_nobody(self) -> None:
        class Owner:
            def ring(self) -> None:
                """Never called."""

        owner = Owner()
        alive = ref(owner)
        self.timer.set(50, owner.ring)
        self.timer.cancel()
        del owner
        self.assertIsNone(alive())

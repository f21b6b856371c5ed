"""The timer that queues and channels use."""

from __future__ import annotations

from unittest import TestCase

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

"""Python's clocks in a block: they follow the broker's."""

from __future__ import annotations

import time
from threading import Event, Thread
from time import monotonic
from typing import Any
from unittest import TestCase

import fakebroker

NOVEMBER = 1_700_000_000  # 14 November 2023, 22:13:20 UTC
HOUR = 3600


def stamp(clock=monotonic, *, wall=time.time):
    """A function that has its clocks from its defaults."""
    return clock(), wall()


class Stopwatch:
    """A class that has its clock as an attribute."""

    now: Any = monotonic  # a function of C does not become a method
    wall = staticmethod(time.time)


def pause(seconds):
    time.sleep(seconds)


class Clocks(TestCase):
    def test_an_hour_passes_in_no_time(self):
        began = time.perf_counter()
        with fakebroker.memory() as broker:
            pause(HOUR)
            self.assertEqual(HOUR, broker.clock.seconds())
        self.assertLess(time.perf_counter() - began, 60)

    def test_all_of_them_tell_one_time(self):
        with fakebroker.memory() as broker:
            broker.clock.advance(HOUR)
            self.assertEqual((HOUR, HOUR), (time.monotonic(), time.perf_counter()))
            self.assertEqual((HOUR * 10**9, HOUR * 10**9), (time.monotonic_ns(), time.perf_counter_ns()))
            self.assertEqual(NOVEMBER + HOUR, time.time())
            self.assertEqual((NOVEMBER + HOUR) * 10**9, time.time_ns())
            self.assertEqual(HOUR, time.clock_gettime(time.CLOCK_MONOTONIC))
            self.assertEqual((NOVEMBER + HOUR) * 10**9, time.clock_gettime_ns(time.CLOCK_REALTIME))

    def test_the_present_is_the_brokers_in_words_too(self):
        with fakebroker.memory() as broker:
            broker.clock.advance(HOUR)
            now = time.localtime(NOVEMBER + HOUR)
            self.assertEqual((now, now), (time.localtime(), time.localtime(None)))
            self.assertEqual(time.gmtime(NOVEMBER + HOUR), time.gmtime())
            self.assertEqual([time.ctime(NOVEMBER + HOUR)] * 3, [time.ctime(), time.ctime(None), time.asctime()])
            self.assertEqual(time.strftime("%c", now), time.strftime("%c"))

    def test_another_time_is_told_as_ever(self):
        before = time.gmtime(0), time.ctime(0), time.asctime(time.gmtime(0)), time.strftime("%c", time.gmtime(0))
        with fakebroker.memory():
            after = time.gmtime(0), time.ctime(0), time.asctime(time.gmtime(0)), time.strftime("%c", time.gmtime(0))
        self.assertEqual(before, after)

    def test_the_work_of_the_processor_is_counted_as_ever(self):
        with fakebroker.memory() as broker:
            broker.clock.advance(HOUR)
            self.assertLess(time.process_time(), HOUR)
            self.assertLess(time.clock_gettime(time.CLOCK_PROCESS_CPUTIME_ID), HOUR)

    def test_the_epoch_may_be_chosen(self):
        with fakebroker.memory(epoch=0):
            self.assertEqual("1970-01-01", time.strftime("%F", time.gmtime()))

    def test_clocks_taken_by_name_follow_too(self):
        with fakebroker.memory() as broker:
            broker.clock.advance(HOUR)
            self.assertEqual(HOUR, monotonic())
            self.assertEqual((HOUR, NOVEMBER + HOUR), stamp())
            self.assertEqual((HOUR, NOVEMBER + HOUR), (Stopwatch().now(), Stopwatch.wall()))

    def test_what_cannot_be_slept_is_told_in_pythons_words(self):
        for wrong in (-1, float("nan"), float("inf"), "a while", None):
            errors = []
            for block in (None, fakebroker.memory()):
                if block is not None:
                    block.__enter__()
                try:
                    pause(wrong)
                except Exception as error:
                    errors.append((type(error), str(error)))
                finally:
                    if block is not None:
                        block.__exit__(None, None, None)
            self.assertEqual(errors[0], errors[1])


class ThreadsFromBefore(TestCase):
    def test_a_thread_that_takes_no_part_sees_the_real_time(self):
        seen = []
        go = Event()

        def live():
            go.wait()
            seen.append((time.time(), monotonic(), stamp(), Stopwatch().now()))

        thread = Thread(target=live)
        thread.start()
        with fakebroker.memory():
            go.set()
            thread.join()
        [(wall, ticks, (default, _), attribute)] = seen
        self.assertGreater(wall, NOVEMBER + 300 * 24 * HOUR)
        self.assertLessEqual(ticks, default)
        self.assertLessEqual(default, attribute)

"""Code that does not wait for a time, but looks at the clock again and again."""

from __future__ import annotations

import asyncio
import threading
import time
from datetime import datetime, timedelta
from unittest import TestCase

from fakebroker import memory
from fakebroker.testing import NeverSettles, aio


class ClocksThatAreReadAgainAndAgain(TestCase):
    def test_a_little_time_passes(self) -> None:
        with memory():
            while time.monotonic() < 5:
                pass
            self.assertLess(time.monotonic(), 5.1)

    def test_in_each_way_to_tell_the_time(self) -> None:
        for read in (time.time, time.perf_counter, lambda: datetime.now().timestamp(), lambda: time.clock_gettime(1)):
            with memory():
                before = read()
                while read() < before + 0.01:
                    pass

    def test_a_sleep_of_no_time_is_a_look(self) -> None:
        with memory() as broker:
            while broker.clock.seconds() < 5:
                time.sleep(0)

    def test_time_stands_still_for_whoever_waits_now_and_then(self) -> None:
        with memory():
            for _ in range(20):
                for _ in range(500):
                    time.time()
                time.sleep(1)
            self.assertEqual(time.monotonic(), 20)

    def test_frozen_time_stands_still_all_the_same(self) -> None:
        with memory() as broker, broker.clock.freeze():
            self.assertEqual({time.monotonic() for _ in range(3000)}, {0.0})

    def test_others_go_on_meanwhile(self) -> None:
        come: list[float] = []

        def come_later() -> None:
            time.sleep(2)
            come.append(time.monotonic())

        with memory():
            threading.Thread(target=come_later).start()
            while not come and time.monotonic() < 60:
                pass
            self.assertEqual(come, [2])

    def test_a_time_that_never_comes_is_an_error(self) -> None:
        with memory(limit=1), self.assertRaisesRegex(NeverSettles, "again and again, did not come within 1 s"):
            while time.time() < 5e9:
                pass

    def test_in_a_coroutine_the_loop_was_blocked(self) -> None:
        async def main() -> float:
            async with memory():
                end = datetime.now() + timedelta(seconds=1)
                while datetime.now() < end:
                    pass
                return asyncio.get_running_loop().time()

        self.assertAlmostEqual(aio.run(main()), 1, delta=0.01)

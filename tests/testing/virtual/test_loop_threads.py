"""Threads beside a virtual loop: what they tell it is heard in the same order in each run."""

from __future__ import annotations

import asyncio
import threading
from asyncio import sleep
from functools import partial
from time import sleep as rest
from unittest import TestCase, mock

from fakebroker.testing import aio
from fakebroker.testing.virtual import loop_outside


class Order(TestCase):
    """What threads tell is heard in the order of jobs and threads, not in that of real time."""

    PAUSES = (0.03, 0.0, 0.02, 0.01)

    def test_jobs_end_in_the_order_in_which_they_were_given(self) -> None:
        async def main() -> list[int]:
            ended: list[int] = []

            def note(number: int, _: object) -> None:
                ended.append(number)

            jobs = [asyncio.ensure_future(asyncio.to_thread(rest, pause)) for pause in self.PAUSES]
            for number, job in enumerate(jobs):
                job.add_done_callback(partial(note, number))
            await asyncio.wait(jobs)
            await sleep(0)
            return ended

        self.assertEqual(aio.run(main()), [0, 1, 2, 3])

    def test_threads_are_heard_in_the_order_in_which_they_were_started(self) -> None:
        async def main() -> list[int]:
            heard: list[int] = []
            loop = asyncio.get_running_loop()

            def tell(number: int, pause: float) -> None:
                rest(pause)
                loop.call_soon_threadsafe(heard.append, number)

            threads = [threading.Thread(target=tell, args=each) for each in enumerate(self.PAUSES)]
            for thread in threads:
                thread.start()
            await sleep(1)
            return heard

        self.assertEqual(aio.run(main()), [0, 1, 2, 3])

    def test_who_takes_long_is_not_waited_for(self) -> None:
        async def main() -> None:
            jobs = [asyncio.ensure_future(asyncio.to_thread(rest, pause)) for pause in (0.5, 0.0)]
            done, pending = await asyncio.wait(jobs, return_when=asyncio.FIRST_COMPLETED)
            self.assertEqual((len(done), pending), (1, {jobs[0]}))
            await jobs[0]

        aio.run(main())

    def test_a_loop_that_is_busy_hears_them_too(self) -> None:
        async def main() -> None:
            loop, told = asyncio.get_running_loop(), asyncio.Event()
            threading.Thread(target=loop.call_soon_threadsafe, args=(told.set,)).start()
            while not told.is_set():
                await sleep(0)

        with mock.patch.object(loop_outside, "BUSY", 0.01):
            aio.run(main())

"""A test that waits for ever ends at once, and says where each task waits."""

from __future__ import annotations

import asyncio
from asyncio import sleep
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any
from unittest import TestCase

from fakebroker import memory
from fakebroker.testing import NeverSettles, aio


class WaitsForEver(TestCase):
    def told(self, main: Coroutine[Any, Any, object]) -> str:
        """What is said about a coroutine that waits for ever."""
        with self.assertRaises(NeverSettles) as caught:
            aio.run(main)
        return str(caught.exception)

    def test_each_task_is_named_with_the_place_where_it_waits(self) -> None:
        async def consume(queue: asyncio.Queue[int]) -> int:
            return await queue.get()

        async def main() -> None:
            async with memory():
                task = asyncio.create_task(consume(asyncio.Queue()), name="consumer")
                await sleep(5)
                await task

        told = self.told(main())
        self.assertTrue(told.startswith("all is quiet at 5.000 s, and nothing is due; the tasks wait here:\n"), told)
        self.assertRegex(told, r"\n    \S*test_loop_waits\.py:\d+ in main: await task\n    for consumer\n")
        self.assertRegex(
            told, r"\n  consumer\n    \S*test_loop_waits\.py:\d+ in consume: return await queue\.get\(\)\n"
        )

    def test_the_main_task_gets_the_error_where_it_waits(self) -> None:
        async def main() -> str:
            async with memory():
                try:
                    await asyncio.get_running_loop().create_future()
                except NeverSettles:
                    return "caught"
                return "not caught"

        self.assertEqual(aio.run(main()), "caught")

    def test_who_catches_it_again_and_again_is_ended(self) -> None:
        async def main() -> None:
            while True:
                with suppress(NeverSettles):
                    await asyncio.Event().wait()

        self.assertIn("all is quiet", self.told(main()))

    def test_time_that_is_frozen_is_named(self) -> None:
        async def main() -> None:
            async with memory() as broker:
                with broker.clock.freeze():
                    await sleep(5)

        self.assertIn("broker.clock is frozen at 0.000 s, and the next call is due at 5.000 s; ", self.told(main()))

    def test_frozen_time_can_be_advanced(self) -> None:
        async def main() -> list[float]:
            seen: list[float] = []
            loop = asyncio.get_running_loop()
            async with memory() as broker:
                loop.call_later(5, lambda: seen.append(loop.time()))
                with broker.clock.freeze():
                    broker.clock.advance(7)
                    await sleep(0)
                    await sleep(0)
            return seen

        self.assertEqual(aio.run(main()), [7.0])

    def test_the_limit_is_named(self) -> None:
        async def main() -> None:
            while True:
                await sleep(600)

        with self.assertRaisesRegex(NeverSettles, "the limit of 1000 s is reached, and the next call is due at 1200."):
            aio.run(main(), limit=1000)

    def test_a_client_that_only_sends_heartbeats_reaches_the_limit(self) -> None:
        async def main() -> None:
            async with memory() as broker:
                broker.clock.callLater(0, beat, broker.clock)
                await asyncio.Event().wait()

        def beat(clock: Any) -> None:
            clock.callLater(30, beat, clock)

        self.assertIn("the limit of 86400 s is reached", self.told(main()))

    def test_of_many_calls_the_first_and_the_last_are_shown(self) -> None:
        async def deeper(steps: int) -> None:
            await (deeper(steps - 1) if steps else asyncio.Event().wait())

        async def main() -> None:
            await asyncio.create_task(deeper(30), name="diver")

        told = self.told(main()).partition("  diver\n")[2]
        lines = [line.strip() for line in told.splitlines()]
        self.assertLess(len(lines), 10)
        self.assertEqual(lines[1], "...")
        self.assertIn("in deeper: ", lines[0])
        self.assertIn(" in wait: ", lines[-1])

    def test_many_tasks_are_counted(self) -> None:
        async def main() -> None:
            await asyncio.gather(*(asyncio.Event().wait() for _ in range(30)))

        told = self.told(main())
        self.assertTrue(told.endswith("  and 11 more"), told)


class CasesWaitForEver(TestCase):
    def test_a_test_case_fails_and_its_teardown_runs(self) -> None:
        ended: list[str] = []

        class Case(aio.VirtualTestCase):
            async def asyncTearDown(self) -> None:
                await sleep(1)
                ended.append("torn down")

            async def test_it(self) -> None:
                try:
                    await asyncio.Event().wait()
                finally:
                    ended.append("left")

        result = Case("test_it").run()
        assert result is not None
        [(_, told)] = result.failures
        self.assertIn("all is quiet at 0.000 s", told)
        self.assertEqual(ended, ["left", "torn down"])

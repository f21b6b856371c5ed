"""The runners of coroutines in virtual time, for test frameworks."""

from __future__ import annotations

import asyncio
from typing import Any
from unittest import TestCase

from fakebroker.testing import aio
from fakebroker.testing.aio import VirtualLoopPolicy, VirtualTestCase


class AnHour(VirtualTestCase):
    async def asyncSetUp(self) -> None:
        self.begin = asyncio.get_running_loop().time()

    async def test_it_passes_while_the_test_sleeps(self) -> None:
        await asyncio.sleep(3600)
        self.assertEqual(self.begin + 3600, asyncio.get_running_loop().time())


class Policies(TestCase):
    def test_a_policy_makes_loops_in_virtual_time(self) -> None:
        loop = VirtualLoopPolicy(seed=7).new_event_loop()
        self.addCleanup(loop.close)
        loop.run_until_complete(asyncio.sleep(3600))
        self.assertEqual(3600, loop.time())


class Runs(TestCase):
    def test_debug_mode_is_on_when_it_is_asked_for(self) -> None:
        async def main() -> bool:
            return asyncio.get_running_loop().get_debug()

        self.assertEqual([aio.run(main(), debug=debug) for debug in (True, False)], [True, False])

    def test_what_fails_while_it_is_cancelled_at_the_end_is_told(self) -> None:
        async def fails() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                raise ValueError("on the way out")

        async def main() -> None:
            asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
            running.append(asyncio.create_task(fails()))
            await asyncio.sleep(0)

        told: list[dict[str, Any]] = []
        running: list[asyncio.Task[None]] = []
        aio.run(main())
        (context,) = told
        self.assertEqual(str(context["exception"]), "on the way out")
        self.assertEqual(context["message"], "unhandled exception during fakebroker.testing.aio.run() shutdown")

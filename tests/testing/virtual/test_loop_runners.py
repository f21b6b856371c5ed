"""The runners of coroutines in virtual time, for test frameworks."""

from __future__ import annotations

import asyncio
from unittest import TestCase

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

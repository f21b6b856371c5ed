"""``with fakebroker.memory()``: inside another, in threads, in event loops, used again, interrupted at any moment."""

from __future__ import annotations

import asyncio
import re
import sys
import threading
import time
from types import FrameType
from typing import Any
from unittest import TestCase

from kombu.connection import Connection

import fakebroker
from fakebroker.testing import NeverSettles
from fakebroker.testing.aio import run
from fakebroker.testing.virtual.simulation import current
from tests.testing.virtual.snapshot import changes, snapshot
from tests.testing.virtual.test_patches import real_thread, talk

HERE = "/fakebroker/testing/virtual/"


def clients(broker: fakebroker.FakeBroker) -> int:
    """How many have connected."""
    return broker.journal.transcript().count("(o)")


def reach(port: int = 5672, host: str = "localhost") -> None:
    with Connection(f"amqp://{host}:{port}", connect_timeout=5) as connection:
        connection.connect()


class BlocksInBlocks(TestCase):
    def test_brokers_at_several_addresses_live_in_one_time(self):
        with fakebroker.memory() as one, fakebroker.memory(port=5673) as two, fakebroker.memory(host="rabbit") as three:
            for address in ((5672, "localhost"), (5673, "127.0.0.1"), (5672, "rabbit")):
                reach(*address)
            time.sleep(60)
            self.assertEqual([60, 60, 60], [broker.clock.seconds() for broker in (one, two, three)])
            self.assertEqual([1, 1, 1], [clients(broker) for broker in (one, two, three)])

    def test_an_address_is_free_again_after_its_block(self):
        with fakebroker.memory():
            with fakebroker.memory(port=5673):
                reach(5673)
            with fakebroker.memory(port=5673) as second:
                reach(5673)
                self.assertEqual(1, clients(second))
            with self.assertRaises(ConnectionRefusedError):
                reach(5673)
            reach()

    def test_one_address_has_one_broker(self):
        with fakebroker.memory() as first:
            with self.assertRaisesRegex(ValueError, "127.0.0.1:5672 already: choose another port"):
                with fakebroker.memory(host="127.0.0.1"):
                    self.fail("there are two")
            reach()
            self.assertEqual(1, clients(first))

    def test_fail_over_goes_to_the_second_broker_while_the_first_is_down(self):
        with fakebroker.memory() as first, fakebroker.memory(port=5673) as second:
            addresses = "amqp://localhost:5672;amqp://localhost:5673"
            first.down(60)
            with Connection(addresses) as connection:
                connection.ensure_connection(max_retries=3)
            self.assertEqual((0, 1), (clients(first), clients(second)))
            time.sleep(60)
            with Connection(addresses) as connection:
                connection.ensure_connection(max_retries=3)
            self.assertEqual((1, 1), (clients(first), clients(second)))


class WhatABlockIsGiven(TestCase):
    def test_what_is_wrong_is_named_with_what_would_be_right(self):
        wrong: list[tuple[dict[str, Any], str]] = [
            ({"port": "5672"}, "port is a whole number from 1 to 65535, or None, not '5672'"),
            ({"port": 0}, "port is a whole number from 1 to 65535, or None, not 0"),
            ({"host": 5}, "host is a name or an address, not 5"),
            ({"seed": "x"}, "seed is a whole number, not 'x'"),
            ({"tls": "yes"}, "tls is True, False or a Tls, not 'yes'"),
            ({"limit": -1}, "limit is a number of seconds from 0, not -1"),
            ({"epoch": None}, "epoch is a number of seconds, not None"),
        ]
        for given, error in wrong:
            with self.subTest(given=given), self.assertRaisesRegex((TypeError, ValueError), f"^{re.escape(error)}$"):
                fakebroker.memory(**given)

    def test_what_would_have_no_effect_in_an_inner_block_is_refused(self):
        options: dict[str, Any] = {"limit": 5, "epoch": 5, "modules": "pika"}
        for name, value in options.items():
            with self.subTest(name), fakebroker.memory():
                with self.assertRaisesRegex(ValueError, f"{name}= is for the outermost block"):
                    fakebroker.memory(5673, **{name: value}).__enter__()

    def test_the_limit_and_the_epoch_hold_in_an_event_loop_too(self):
        async def main():
            async with fakebroker.memory(limit=10, epoch=1000):
                self.assertEqual(time.time(), 1000)
                await asyncio.sleep(11)

        with self.assertRaisesRegex(NeverSettles, "the limit of 10 s is reached"):
            run(main())


class UsedAgain(TestCase):
    def test_a_block_may_be_entered_again_when_it_was_left(self):
        block = fakebroker.memory(seed=3)
        transcripts = []
        for _ in range(2):
            with block as broker:
                talk()
                time.sleep(1)
                transcripts.append(broker.journal.transcript())
        self.assertEqual(*transcripts)

    def test_an_error_of_the_first_time_is_not_told_at_the_second(self):
        block = fakebroker.memory()
        with self.assertRaisesRegex(ValueError, "crashed"):
            with block as broker:
                broker.on_error[-1](ValueError("crashed"))
        with block:
            talk()

    def test_a_block_cannot_be_entered_twice_at_a_time(self):
        block = fakebroker.memory()
        with block:
            with self.assertRaisesRegex(RuntimeError, "needs a memory\\(\\) of its own"):
                with block:
                    self.fail("it was entered twice")
            talk()
        self.assertIsNone(current())


class OtherThreads(TestCase):
    def test_a_second_thread_is_told_that_it_cannot_have_a_block_meanwhile(self):
        problems: list[Exception] = []

        def second():
            try:
                with fakebroker.memory(port=5673):
                    self.fail("there are two")
            except RuntimeError as error:
                problems.append(error)

        with fakebroker.memory():
            real_thread(second)
            talk()
        self.assertRegex(str(problems), "MainThread is in `with fakebroker.memory\\(\\)`.*Start the thread inside")

    def test_a_second_thread_may_have_one_afterwards(self):
        with fakebroker.memory():
            talk()
        seen: list[float] = []

        def second():
            with fakebroker.memory():
                talk()
                time.sleep(60)
                seen.append(time.monotonic())

        real_thread(second)
        self.assertEqual([60], seen)

    def test_event_loops_of_several_threads_have_blocks_of_their_own(self):
        seen: list[float] = []
        both = threading.Barrier(2)

        async def main(seconds: float):
            async with fakebroker.memory():
                both.wait()
                await asyncio.sleep(seconds)
                seen.append(time.monotonic())
                both.wait()

        threads = [threading.Thread(target=lambda seconds=seconds: run(main(seconds))) for seconds in (60, 3600)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([60, 3600], sorted(seen))
        self.assertGreater(time.time(), 1_750_000_000)


class EventLoops(TestCase):
    def test_clocks_and_chance_are_the_blocks_in_a_virtual_loop(self):
        async def main():
            async with fakebroker.memory() as broker:
                await asyncio.sleep(60)
                return time.monotonic(), time.time(), broker.clock.seconds()

        self.assertEqual((60, 1_700_000_060, 60), run(main()))
        self.assertGreater(time.time(), 1_750_000_000)

    def test_with_does_as_async_with_there(self):
        async def main():
            with fakebroker.memory():
                await asyncio.sleep(60)
                return time.monotonic()

        self.assertEqual(60, run(main()))

    def test_a_loop_in_real_time_is_told_what_to_do(self):
        async def with_it():
            with fakebroker.memory():
                self.fail("that loop would see time jump")

        async def async_with_it():
            async with fakebroker.memory():
                self.fail("that loop would see time jump")

        asyncio.run(asyncio.sleep(0))
        before = snapshot()
        for main in (with_it, async_with_it):
            with self.assertRaisesRegex(RuntimeError, "keeps real time: fakebroker.testing.aio.run\\(main\\(\\)\\)"):
                asyncio.run(main())
        self.assertEqual([], changes(before, snapshot()))


class Interrupted(TestCase):
    """Control-C at any moment of a block leaves nothing behind."""

    def test_at_lines_all_over_a_block(self):
        with fakebroker.memory():
            pass
        before = snapshot()
        lines = 0
        while self.interrupted_at(lines):
            lines += 37
            self.assertIsNone(current(), lines)
            self.assertGreater(time.time(), 1_750_000_000, lines)
        self.assertEqual([], changes(before, snapshot()))
        self.assertGreater(lines, 1000)

    def interrupted_at(self, line: int) -> bool:
        """Interrupt a block at a line of what enters and leaves it; the first is 0.

        :returns: whether there were so many lines.
        """
        left, before = line, sys.gettrace()

        def trace(frame: FrameType, event: str, argument: object) -> Any:
            nonlocal left
            if HERE not in frame.f_code.co_filename:
                return None
            if event == "line":
                left -= 1
                if left < 0:
                    sys.settrace(None)
                    raise KeyboardInterrupt
            return trace

        sys.settrace(trace)
        try:
            with fakebroker.memory():
                pass
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)  # such as coverage.py's
        return False

"""``memory(modules=...)``: a block for the calls of some packages; all others live in real time."""

from __future__ import annotations

import os
import random
import socket
import sys
import textwrap
import threading
import time
import uuid
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from unittest import TestCase

from kombu.connection import Connection

import fakebroker

SHOP = """
    import logging, os, random, socket, threading, time, uuid
    from datetime import datetime, timezone
    from time import monotonic, sleep
    def clocks(): return time.time(), monotonic(), datetime.now(timezone.utc).timestamp()
    def chance(): return random.random(), os.urandom(4), uuid.uuid4()
    def logged(): return logging.makeLogRecord({}).created
    def pause(seconds):
        sleep(seconds)
        return monotonic()
    def in_thread(work):
        seen = []
        thread = threading.Thread(target=lambda: seen.append(work()))
        thread.start()
        thread.join()
        return seen[0]
    def connect(): return socket.create_connection(("localhost", 5672))
    """


class SomeModules(TestCase):
    def setUp(self):
        folder = TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.shop = self.module(folder.name, "virtual_shop")
        self.other = self.module(folder.name, "virtual_shopping")

    def module(self, folder: str, name: str) -> ModuleType:
        path = Path(folder, f"{name}.py")
        path.write_text(textwrap.dedent(SHOP))
        module = ModuleType(name)
        exec(compile(path.read_text(), str(path), "exec"), vars(module))
        sys.modules[name] = module
        self.addCleanup(sys.modules.pop, name)
        return module

    def test_their_time_is_virtual_and_that_of_the_others_real(self):
        with fakebroker.memory(modules=["virtual_shop"]) as broker:
            broker.clock.advance(60)
            self.assertEqual((1_700_000_060, 60, 1_700_000_060), self.shop.clocks())
            self.assertEqual(3660, self.shop.pause(3600))
            for real in (self.other.clocks()[0], time.time(), datetime.now(timezone.utc).timestamp()):
                self.assertGreater(real, 1_750_000_000)

    def test_what_pythons_modules_do_for_them_is_theirs(self):
        with fakebroker.memory(modules="virtual_shop"):
            self.assertEqual(1_700_000_000, self.shop.logged())
            self.assertGreater(self.other.logged(), 1_750_000_000)

    def test_their_chance_comes_from_the_seed(self):
        draws = []
        for _ in range(2):
            with fakebroker.memory(modules=["virtual_shop"]):
                draws.append((self.shop.chance(), self.other.chance(), os.urandom(8)))
                random.random()
        self.assertEqual(draws[0][0], draws[1][0])
        self.assertNotEqual(draws[0][1], draws[1][1])
        self.assertNotEqual(draws[0][2], draws[1][2])

    def test_their_connections_are_in_memory_and_those_of_the_others_real(self):
        with fakebroker.memory(port=1, modules=["kombu", "amqp"]) as broker:
            with Connection("amqp://localhost:1") as connection:
                connection.connect()
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("localhost", 1))
            self.assertEqual(1, broker.journal.transcript().count("(o)"))

    def test_threads_that_they_start_take_part(self):
        with fakebroker.memory(modules=["virtual_shop"]) as broker:
            broker.clock.advance(60)
            self.assertEqual(60, self.shop.in_thread(lambda: self.shop.clocks()[1]))
            self.assertEqual(60, self.shop.in_thread(lambda: self.shop.pause(0)))
            thread = threading.Thread(target=lambda: seen.append(self.shop.clocks()[0]))
            seen: list[float] = []
            thread.start()
            thread.join()
            self.assertGreater(seen[0], 1_750_000_000)

    def test_a_block_inside_is_for_the_same(self):
        with fakebroker.memory(modules=["virtual_shop"]):
            with fakebroker.memory(port=5673):
                self.assertEqual(1_700_000_000, self.shop.clocks()[0])
                self.assertGreater(time.time(), 1_750_000_000)
            with self.assertRaisesRegex(ValueError, "outermost block"):
                with fakebroker.memory(port=5673, modules=["other"]):
                    self.fail("there are two opinions")

    def test_modules_are_named(self):
        for wrong in ([uuid], [""], [3]):
            with self.assertRaisesRegex(TypeError, "names of packages"):
                fakebroker.memory(modules=wrong)  # type: ignore[arg-type]

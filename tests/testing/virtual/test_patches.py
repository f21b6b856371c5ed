"""What a block replaces in the process, and that nothing of it stays, whatever happens in the block."""

from __future__ import annotations

import gc
import importlib
import os
import socket
import sys
import textwrap
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import TestCase

from kombu.connection import Connection

import fakebroker
from fakebroker.faults import Drop, when
from fakebroker.testing.virtual.simulation import current, enter
from tests.testing.virtual.snapshot import changes, snapshot

for client in ("aio_pika", "amqp", "amqpstorm", "celery.app.base", "celery.utils.timer2", "kombu.asynchronous.hub"):
    with suppress(ImportError):  # AMQPStorm is not for every version of Python
        importlib.import_module(client)


def talk() -> None:
    """A client's conversation with the broker."""
    with Connection("amqp://localhost") as connection:
        connection.default_channel.queue_declare("q")


def real_thread(work: Callable[[], object]) -> threading.Thread:
    """Do some work in a thread that takes part in no simulation."""
    there = current()
    enter(None)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    enter(there)
    return thread


class NothingStays(TestCase):
    def setUp(self):
        with fakebroker.memory():
            talk()  # what is imported when it is needed
        self.before = snapshot()
        self.threads = set(threading.enumerate())

    def tearDown(self):
        self.assertEqual([], changes(self.before, snapshot()))
        self.assertIsNone(current())
        self.assertGreater(time.time(), 1_750_000_000)
        self.assertEqual(self.threads, set(threading.enumerate()))

    def test_a_block_does_replace_things(self):
        with fakebroker.memory():
            replaced = changes(self.before, snapshot())
        for name in (
            "time.time",
            "time.sleep",
            "random.random",
            "random.Random.seed",
            "os.urandom",
            "posix.urandom",
            "uuid.uuid1",
            "socket.socket.connect",
            "select.epoll",
            "kombu.asynchronous.timer.monotonic",
            "kombu.asynchronous.timer.to_timestamp.default 1",
            "threading._time",
        ):
            self.assertIn(name, replaced)

    def test_after_success(self):
        with fakebroker.memory():
            talk()

    def test_after_an_exception(self):
        with self.assertRaises(ZeroDivisionError):
            with fakebroker.memory():
                talk()
                raise ZeroDivisionError

    def test_after_control_c(self):
        with self.assertRaises(KeyboardInterrupt):
            with fakebroker.memory():
                talk()
                raise KeyboardInterrupt

    def test_after_an_exit(self):
        with self.assertRaises(SystemExit):
            with fakebroker.memory():
                sys.exit(3)

    def test_after_an_error_of_the_broker(self):
        with self.assertRaisesRegex(ValueError, "crashed"):
            with fakebroker.memory() as broker:
                broker.on_error[-1](ValueError("crashed"))

    def test_after_a_rule_that_never_acted(self):
        with self.assertRaisesRegex(AssertionError, "never acted"):
            with fakebroker.memory(strict_faults=True) as broker:
                broker.faults.add(when("basic.publish"), Drop())

    def test_after_a_block_inside(self):
        with fakebroker.memory():
            with fakebroker.memory(port=5673):
                talk()
            talk()

    def test_after_a_block_that_cannot_begin(self):
        with self.assertRaisesRegex(ValueError, "5672"):
            with fakebroker.memory():
                with fakebroker.memory():
                    self.fail("there are two brokers at one address")

    def test_after_a_module_was_imported_inside(self):
        text = """
            import random, time
            from time import sleep, monotonic as now
            from os import urandom
            from uuid import uuid1
            def wait(pause=sleep, *, clock=now): return pause, clock
            def made(clock):
                def inner(): return clock()
                return inner
            from_made = made(now)
            class Timer:
                clock = now
                wall = staticmethod(time.time)
                def since(self, clock=now): return clock
            """
        with TemporaryDirectory() as folder:
            self.before = snapshot()
            Path(folder, "imported_inside.py").write_text(textwrap.dedent(text))
            sys.path.insert(0, folder)
            try:
                with fakebroker.memory() as broker:
                    inside = importlib.import_module("imported_inside")
                    broker.clock.advance(60)
                    self.assertEqual([60, 60], [inside.now(), inside.Timer().clock()])
            finally:
                sys.path.remove(folder)
                del sys.modules["imported_inside"]
        self.assertEqual(
            [time.sleep, time.monotonic, os.urandom, time.time, time.monotonic],
            [inside.sleep, inside.now, inside.urandom, inside.Timer.wall, vars(inside.Timer)["clock"]],
        )
        self.assertEqual((time.sleep, time.monotonic), inside.wait())
        self.assertEqual(time.monotonic, inside.Timer().since())
        self.assertEqual([time.monotonic], [cell.cell_contents for cell in inside.from_made.__closure__])

    def test_after_a_generator_that_was_not_finished(self):
        def broker():
            with fakebroker.memory() as broker:
                yield broker

        generator = broker()
        next(generator)
        del generator
        gc.collect()

    def test_after_blocks_that_end_in_the_wrong_order(self):
        outer, inner = fakebroker.memory(), fakebroker.memory(port=5673)
        outer.__enter__()
        inner.__enter__()
        outer.__exit__(None, None, None)
        self.assertEqual([], changes(self.before, snapshot()))
        inner.__exit__(None, None, None)

    def test_after_the_end_in_another_thread(self):
        block = fakebroker.memory()
        block.__enter__()
        thread = real_thread(lambda: block.__exit__(None, None, None))
        self.assertIsNone(current())
        self.assertFalse(thread.is_alive())


class Forked(TestCase):
    """A child of ``os.fork`` lives in real time, with nothing replaced, and leaves the connections alone."""

    def setUp(self):
        with fakebroker.memory():
            talk()

    def in_child(self, work: Callable[[], object]) -> str:
        """What a piece of work gives in a forked child."""
        reader, writer = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.write(writer, str(work()).encode())
            except BaseException as error:
                os.write(writer, repr(error).encode())
            os._exit(0)
        os.close(writer)
        os.waitpid(child, 0)
        return said(reader)

    def test_nothing_is_replaced_there(self):
        before = snapshot()
        of_forks = self.in_child(lambda: changes(before, snapshot()))  # threading has new locks in a child
        with fakebroker.memory():
            replaced = changes(before, snapshot())
            self.assertEqual(of_forks, self.in_child(lambda: changes(before, snapshot())))
            self.assertEqual("None", self.in_child(current))
            self.assertEqual(replaced, changes(before, snapshot()))

    def test_its_time_is_real(self):
        with fakebroker.memory():
            self.assertGreater(float(self.in_child(time.time)), 1_750_000_000)
            self.assertEqual(1_700_000_000, time.time())

    def test_a_fork_of_a_thread_that_takes_no_part_is_free_too(self):
        before, seen = snapshot(), []

        def work():
            seen.append(self.in_child(lambda: changes(before, snapshot())))

        real_thread(work)
        with fakebroker.memory():
            real_thread(work)
        self.assertEqual(*seen)

    def test_the_connection_goes_on_in_the_parent_alone(self):
        with fakebroker.memory() as broker:
            client = socket.create_connection(("localhost", 5672))
            self.assertEqual("b''", self.in_child(lambda: client.recv(1)))
            self.assertEqual("BrokenPipeError(32, 'Broken pipe')", self.in_child(lambda: client.send(b"AMQP")))
            client.send(b"AMQP\0\0\x09\1")
            self.assertEqual(b"\1", client.recv(1))
            self.assertNotIn("lost", broker.journal.transcript())

    def test_a_broker_sees_the_parents_client_go_while_the_child_lives(self):
        with fakebroker.memory() as broker:
            client = socket.create_connection(("localhost", 5672))
            stop, go = os.pipe()
            is_there, says_so = os.pipe()
            child = os.fork()
            if not child:
                os.close(go)
                os.write(says_so, b"!")
                os.read(stop, 1)
                os._exit(0)
            os.read(is_there, 1)
            client.close()
            self.assertIn("lost: closed by the client", broker.journal.transcript())
            os.close(go)
            os.waitpid(child, 0)
            for each in (stop, is_there, says_so):
                os.close(each)

    def test_the_block_may_end_in_the_child(self):
        reader, writer = os.pipe()
        child = -1
        try:
            with fakebroker.memory():
                talk()
                child = os.fork()
        except BaseException as error:
            os.write(writer, repr(error).encode())
        if not child:
            os._exit(0)
        os.waitpid(child, 0)
        os.close(writer)
        self.assertEqual("", said(reader))


def said(reader: int) -> str:
    """All that comes from a pipe."""
    found = b""
    while chunk := os.read(reader, 65536):
        found += chunk
    os.close(reader)
    return found.decode()
